import { request as requestHTTP } from 'node:http'
import { request as requestHTTPS } from 'node:https'
import { askedOf, type IstioRequest, type Told } from '../cases/istio-cases.ts'

/** What came back of a request. */
export interface Seen extends Told {
  headers: Record<string, string>
  body: string
  /** Of a Service: what it saw of the request's headers. */
  request: Record<string, string>
}

/** Sends a request as a load balancer does, and tells what comes back. */
export function sendRequest(address: { host: string; port: number }, asked: Omit<IstioRequest, 'real'>): Promise<Seen> {
  const { connection, request } = askedOf({ ...asked, real: '' })
  const sender = connection.tls ? requestHTTPS : requestHTTP
  const nothing = { headers: {}, body: '', request: {} }
  return new Promise(resolve => {
    const sent = sender(
      {
        ...address,
        method: request.method,
        path: request.path.split('#')[0]!,
        agent: false,
        headers: Object.fromEntries(request.headers),
        rejectUnauthorized: false,
        servername: connection.tls?.serverName ?? '',
        ...(connection.tls && { maxVersion: connection.tls.maxVersion ?? 'TLSv1.2' })
      },
      response => {
        const headers = response.headers as Record<string, string>
        let body = ''
        response.setEncoding('utf8')
        response.on('data', chunk => {
          body += chunk
        })
        response.once('end', () => resolve({ ...tellOf(response.statusCode!, headers, body), headers, body }))
      }
    )
    sent.once('upgrade', (response, socket) => {
      socket.destroy()
      resolve({ ...nothing, kind: 'upgrade', status: response.statusCode! })
    })
    sent.once('error', () => resolve({ ...nothing, kind: 'reset' }))
    sent.end()
  })
}

function tellOf(status: number, { location }: Record<string, string>, body: string): Told & Pick<Seen, 'request'> {
  if (body.startsWith('{"service"')) {
    const { service, path, headers } = JSON.parse(body) as {
      service: string
      path: string
      headers: Record<string, string>
    }
    return { kind: 'service', service, path, request: headers }
  }
  return { kind: 'status', status, ...(location !== undefined && { location }), request: {} }
}
