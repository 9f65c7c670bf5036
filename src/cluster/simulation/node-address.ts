import { createServer } from 'node:net'

function canBind(host: string): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(0, host, () => server.close(() => resolve(true)))
  })
}

/**
 * Loopback addresses for the nodes of an embedded cluster, distinct for each process, so that runs beside each other may
 * use the same node ports. Where only 127.0.0.1 is configured, as on macOS, the cluster has that one node.
 */
export async function chooseNodeAddresses(count: number, processID = process.pid): Promise<string[]> {
  // 127.64.0.0 and up: away from what people bind by hand.
  const network = `127.${64 + (Math.floor(processID / 256) % 128)}.${processID % 256}`
  const addresses = Array.from({ length: count }, (_, index) => `${network}.${index + 1}`)
  return (await canBind(addresses[0]!)) ? addresses : ['127.0.0.1']
}
