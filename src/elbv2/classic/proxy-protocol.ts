import { isIPv4 } from 'node:net'
import type { ProxiedConnection } from '../network/proxy-protocol.ts'

/**
 * The header of the PROXY protocol, version 1: one line of text. (User guide: "Configure proxy protocol support for your Classic
 * Load Balancer"; HAProxy: proxy-protocol.txt §2.1.)
 */
export function textProxyHeader({ source, destination }: ProxiedConnection): Buffer {
  const family = isIPv4(source.address) && isIPv4(destination.address) ? 'TCP4' : 'TCP6'
  return Buffer.from(
    `PROXY ${family} ${source.address} ${destination.address} ${source.port} ${destination.port}\r\n`,
    'latin1'
  )
}
