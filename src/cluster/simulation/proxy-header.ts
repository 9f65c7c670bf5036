import type { Readable } from 'node:stream'
import { type ProxyHeader, readProxyHeader } from '../../istio/index.ts'
import { GatheredBytes } from '../../load-balancer/index.ts'

/** Waits for a header of the PROXY protocol and takes it off; hands over undefined where the connection begins without. */
export function takeProxyHeader(socket: Readable, onHeader: (header: ProxyHeader | undefined) => void): void {
  const gathered = new GatheredBytes()
  function onData(chunk: Buffer): void {
    gathered.add(chunk)
    const { bytes } = gathered
    const header = readProxyHeader(bytes)
    if (header === 'incomplete') {
      return
    }
    socket.off('data', onData).pause()
    const rest = bytes.subarray(header?.length ?? 0)
    if (rest.length > 0) {
      socket.unshift(rest)
    }
    onHeader(header)
  }
  socket.on('data', onData)
}
