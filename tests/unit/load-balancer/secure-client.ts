import https from 'node:https'
import type { RawAnswer, Rig } from './rig.ts'

/** One request of a client that trusts the rig, to its HTTPS listener. */
export function getSecurely(
  rig: Rig,
  path: string,
  headers: Record<string, string> = {}
): Promise<Pick<RawAnswer, 'status' | 'headers' | 'body'>> {
  return new Promise((resolve, reject) => {
    const request = https.request(
      {
        host: '127.0.0.1',
        port: rig.portOf(443),
        servername: 'app.test',
        ca: rig.authority.certificate,
        path,
        agent: false,
        headers: { Host: 'app.test', ...headers }
      },
      response => {
        let body = ''
        response.on('data', chunk => {
          body += chunk
        })
        response.on('end', () => {
          const raw = response.rawHeaders
          const pairs = raw.flatMap((name, index): [string, string][] => (index % 2 ? [] : [[name, raw[index + 1]!]]))
          resolve({ status: response.statusCode ?? 0, headers: pairs, body })
        })
      }
    )
    request.on('error', reject)
    request.end()
  })
}
