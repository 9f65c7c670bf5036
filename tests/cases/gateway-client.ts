import { request as requestHTTP } from 'node:http'
import { request as requestHTTPS } from 'node:https'
import { expect } from '@jest/globals'
import type { Echo } from './edge.cases.ts'
import type { GatewayCase } from './gateway.cases.ts'

export interface GatewayAnswerSeen {
  status: number
  headers: Record<string, string>
  body: string
}

/** Sends the request of a case to the address that stands for its port, as a load balancer does: no certificate is checked. */
export function sendCase(
  address: { host: string; port: number },
  {
    request: { port, tls = port === 'https', serverName = '', host, path, method = 'GET', headers = {} }
  }: Pick<GatewayCase, 'request'>
): Promise<GatewayAnswerSeen | 'reset'> {
  const send = tls ? requestHTTPS : requestHTTP
  return new Promise(resolve => {
    const sent = send(
      {
        ...address,
        path,
        method,
        agent: false,
        headers: { host, ...headers },
        rejectUnauthorized: false,
        servername: serverName
      },
      response => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', chunk => {
          body += chunk
        })
        response.once('end', () =>
          resolve({
            status: response.statusCode!,
            headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
            body
          })
        )
      }
    )
    sent.once('error', () => resolve('reset'))
    sent.end()
  })
}

export function expectCase(seen: GatewayAnswerSeen | 'reset', { expected }: GatewayCase): void {
  if (expected === 'reset' || seen === 'reset') {
    expect(seen).toBe(expected)
    return
  }
  const { status, headers = {}, body, service } = expected
  expect(seen).toMatchObject({ status, headers, ...(body !== undefined && { body }) })
  if (!service) {
    return
  }
  const echo = JSON.parse(seen.body) as Echo
  expect(echo.service).toBe(service.name)
  if (service.path) {
    expect(echo.path).toBe(service.path)
  }
  for (const [name, value] of Object.entries(service.headers ?? {})) {
    expect([name, echo.headers[name]]).toEqual([name, value])
  }
}
