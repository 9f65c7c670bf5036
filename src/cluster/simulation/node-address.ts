import { createServer } from 'node:net'

function canBind(host: string): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(0, host, () => server.close(() => resolve(true)))
  })
}

/** 127.64.0.0 and up: away from what people bind by hand. */
function networkOf(processID: number): { second: number; third: number } {
  return { second: Math.floor(processID / 256) % 64, third: processID % 256 }
}

/**
 * Loopback addresses for the nodes of an embedded cluster, distinct for each process, so that runs beside each other may
 * use the same node ports. Where only 127.0.0.1 is configured, as on macOS, the cluster has that one node.
 */
export async function chooseNodeAddresses(count: number, processID = process.pid): Promise<string[]> {
  const { second, third } = networkOf(processID)
  const addresses = Array.from({ length: count }, (_, index) => `127.${64 + second}.${third}.${index + 1}`)
  return (await canBind(addresses[0]!)) ? addresses : ['127.0.0.1']
}

/** Pods to each network. */
const networkSize = 250

/** The loopback address of a pod, away from those of the nodes; the one there is where nodes share it. */
export function podAddressAt(index: number, nodes: readonly string[], processID = process.pid): string {
  if (nodes.length === 1 && nodes[0] === '127.0.0.1') {
    return nodes[0]
  }
  const { second, third } = networkOf(processID)
  const more = Math.floor(index / networkSize)
  return `127.${128 + second}.${(third + more) % 256}.${(index % networkSize) + 1}`
}
