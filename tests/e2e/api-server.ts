import { execa } from 'execa'

/** Where the kubelet finds it, and where it does not. */
const [manifest, kept] = ['/etc/kubernetes/manifests/kube-apiserver.yaml', '/kind/kube-apiserver.yaml']

/** Takes the API server of a kind cluster away; resolves, long before it is gone, to what brings it back, with more flags. */
export async function stopAPIServer(cluster: string): Promise<(...flags: string[]) => Promise<void>> {
  function inNode(script: string) {
    return execa('docker', ['exec', `${cluster}-control-plane`, 'sh', '-c', script])
  }
  await inNode(`mv ${manifest} ${kept}`)
  return async (...flags) => {
    const lines = flags.map(flag => `\\n    - ${flag}`).join('')
    await inNode(`sed 's/^    - kube-apiserver$/&${lines}/' ${kept} > ${manifest}`)
  }
}
