import { execa } from 'execa'
import { stringify } from 'yaml'
import type { PortRange } from '../bindings.ts'
import { type RunOptions, runTool } from '../tool.ts'

/** The kubeconfig context that kind makes for a cluster. */
export function contextOf(cluster: string): string {
  return `kind-${cluster}`
}

/** Node ports that the host's loopback leads to, the same on both sides: that works on Linux, macOS and Windows alike. */
function portMappings({ first, last }: PortRange): object[] {
  return Array.from({ length: last - first + 1 }, (_, index) => ({
    containerPort: first + index,
    hostPort: first + index,
    listenAddress: '127.0.0.1'
  }))
}

/** What a cluster is made of. */
export interface ClusterShape {
  nodes: number
  ports?: PortRange
  /** The provider ID of each node, by its place; default kind's own, which cannot be changed later. */
  providerID?(place: number): string
}

/** The configuration of a cluster: one control plane node, the rest workers. */
export function kindConfiguration({ nodes, ports, providerID }: ClusterShape): string {
  function identity(kind: 'InitConfiguration' | 'JoinConfiguration', place: number): object {
    const nodeRegistration = { kubeletExtraArgs: { 'provider-id': providerID?.(place) } }
    return providerID ? { kubeadmConfigPatches: [stringify({ kind, nodeRegistration })] } : {}
  }
  return stringify({
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    nodes: [
      {
        role: 'control-plane',
        ...(ports && { extraPortMappings: portMappings(ports) }),
        ...identity('InitConfiguration', 0)
      },
      ...Array.from({ length: nodes - 1 }, (_, index) => ({
        role: 'worker',
        ...identity('JoinConfiguration', index + 1)
      }))
    ]
  })
}

export async function clusterExists(cluster: string, options: RunOptions = {}): Promise<boolean> {
  return (await runTool('kind', ['get', 'clusters', '--quiet'], options)).split('\n').includes(cluster)
}

export async function createCluster(
  { name, image, ...shape }: ClusterShape & { name: string; image?: string },
  options: RunOptions = {}
): Promise<void> {
  const flags = ['--name', name, '--config', '-', ...(image ? ['--image', image] : [])]
  await runTool('kind', ['create', 'cluster', ...flags], { ...options, input: kindConfiguration(shape) })
}

/** Deletes a cluster, whether or not it is there. */
export async function deleteCluster(name: string, options: RunOptions = {}): Promise<void> {
  return void (await runTool('kind', ['delete', 'cluster', '--name', name], options))
}

/** Which of the images the container engine has, and which a node would pull. */
export async function presentImages(images: readonly string[]): Promise<{ present: string[]; absent: string[] }> {
  const looked = await Promise.all(
    images.map(async image => {
      const { failed } = await execa('docker', ['image', 'inspect', '--format', '{{.Id}}', image], { reject: false })
      return { image, failed }
    })
  )
  function of(wanted: boolean) {
    return looked.filter(({ failed }) => failed === wanted).map(({ image }) => image)
  }
  return { present: of(false), absent: of(true) }
}

/** The nodes that pods run on: of several, all but the control plane. */
export function podNodes(nodes: readonly string[]): string[] {
  return nodes.length === 1 ? [...nodes] : nodes.filter(node => !/-control-plane\d*$/.test(node))
}

/** Copies images of the container engine to the nodes that pods run on. */
export async function loadImages(cluster: string, images: readonly string[], options: RunOptions = {}): Promise<void> {
  if (images.length === 0) {
    return
  }
  const nodes = podNodes((await runTool('kind', ['get', 'nodes', '--name', cluster], options)).split('\n'))
  await runTool('kind', ['load', 'docker-image', '--name', cluster, '--nodes', nodes.join(), ...images], options)
}
