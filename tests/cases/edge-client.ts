import { request as requestHTTP } from 'node:http'
import { request as requestHTTPS } from 'node:https'
import type { EdgeAnswer, EdgeRequest } from './edge.cases.ts'

/**
 * Sends one request to a listener's address, as a client that resolved `host` to it. Rejects with the socket's error.
 *
 * @param signal ends it, where the way there may lead to a pod that is no more.
 */
export function sendTo(
  address: string,
  host: string,
  { scheme, path, method = 'GET', headers = {} }: EdgeRequest,
  ca?: string,
  signal?: AbortSignal
): Promise<EdgeAnswer> {
  const [hostname, port] = address.split(/:(?=\d+$)/) as [string, string]
  const send = scheme === 'https' ? requestHTTPS : requestHTTP
  return new Promise((resolve, reject) => {
    const request = send(
      { hostname, port, path, method, servername: host, ca, agent: false, headers: { host, ...headers }, signal },
      response => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', chunk => {
          body += chunk
        })
        response.once('error', reject)
        response.once('end', () =>
          resolve({
            status: response.statusCode!,
            headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
            body
          })
        )
      }
    )
    request.once('error', reject)
    request.end()
  })
}
