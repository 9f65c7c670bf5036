/**
 * The access log of TLS listeners: one line a connection, in AWS's 22 fields. (User guide: "Access logs for your Network Load
 * Balancer".)
 *
 * @module
 */

import { endpointText } from '../listen.ts'
import type { EndedFlow } from './ended-flow.ts'

/** Characters of a client's list of protocols that are logged. */
const longestList = 256

/** Seconds alone, without a zone. */
function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19)
}

function protocolList(protocols: readonly string[]): string {
  const list = protocols.map(protocol => `"${encodeURIComponent(protocol)}"`).join(',')
  return list === '' ? '-' : list.slice(0, longestList)
}

/** `TLSv1.2` is `tlsv12`. */
function version(protocol: string): string {
  return protocol === 'TLSv1' ? 'tlsv1' : protocol.toLowerCase().replace('.', '')
}

/** The line of one connection, without its end. Times are of the end, and of the beginning. */
export function tlsLogLine(
  { listener, client, bytesIn, bytesOut, started, tls = {} }: EndedFlow,
  { loadBalancer, now, milliseconds }: { loadBalancer: string; now: number; milliseconds: number }
): string {
  const { hello, session, alert, targetProtocol } = tls
  return [
    'tls',
    '2.0',
    time(now),
    loadBalancer,
    listener.port,
    endpointText(client.address, client.port),
    endpointText(client.nodeAddress, listener.port),
    Math.round(milliseconds),
    session ? Math.round(session.established - started) : '-',
    bytesIn,
    bytesOut,
    alert ?? '-',
    session?.certificateARN ?? '-',
    '-',
    session?.cipher ?? '-',
    session ? version(session.protocol) : '-',
    '-',
    hello?.serverName === undefined ? '-' : encodeURIComponent(hello.serverName),
    session?.protocolByALPN ?? '-',
    targetProtocol ?? '-',
    listener.protocols.length === 0 ? '-' : protocolList(hello?.protocols ?? []),
    time(now - milliseconds)
  ].join(' ')
}
