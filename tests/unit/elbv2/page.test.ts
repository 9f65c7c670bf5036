import { expect, it } from '@jest/globals'
import { ownPage, pageOf, reasons } from '../../../src/elbv2/page.ts'
import { connect } from '../load-balancer/client.ts'
import { respond, useRigs } from '../load-balancer/rig.ts'

const { start } = useRigs()

// Sizes captured from AWS.
it.each([
  [301, 134],
  [302, 110],
  [400, 122],
  [403, 118],
  [502, 122],
  [503, 162],
  [504, 132]
])('the page of %d has %d bytes', (status, bytes) => {
  expect(Buffer.byteLength(pageOf(status))).toBe(bytes)
})

it('a page is its code and reason, in lines that end in CRLF', () => {
  expect(pageOf(502)).toBe(
    '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n'
  )
})

it('463 and 464 have neither reason nor page', () => {
  for (const status of [463, 464]) {
    expect(ownPage(status)).toEqual({ status, reason: '', body: '', headers: [] })
  }
})

it('411 and 431 are not among the codes', () => {
  expect(Object.keys(reasons).map(Number)).toEqual([
    301, 302, 400, 401, 403, 405, 408, 413, 414, 463, 464, 500, 501, 502, 503, 504, 505, 507, 561
  ])
})

const date = 'Thu, 01 Jan 2026 00:00:00 GMT'

it('goes out byte for byte as AWS sends it', async () => {
  const rig = await start({ listeners: [{ port: 80 }] })
  expect(await rig.raw(80, 'GET / HTTP/1.1\r\n\r\n')).toBe(
    [
      'HTTP/1.1 400 Bad Request',
      'Server: awselb/2.0',
      `Date: ${date}`,
      'Content-Type: text/html',
      'Content-Length: 122',
      'Connection: close',
      '',
      pageOf(400)
    ].join('\r\n')
  )
})

it.each([
  {
    name: 'redirect',
    action: { type: 'redirect' as const, redirectConfig: { statusCode: 'HTTP_301', port: '443', protocol: 'HTTPS' } },
    head: [
      'HTTP/1.1 301 Moved Permanently',
      'Server: awselb/2.0',
      `Date: ${date}`,
      'Content-Type: text/html',
      'Content-Length: 134',
      'Connection: keep-alive',
      'Location: https://app.test:443/'
    ]
  },
  {
    name: 'fixed response',
    action: respond('418', 'tea'),
    head: [
      "HTTP/1.1 418 I'm a Teapot",
      'Server: awselb/2.0',
      `Date: ${date}`,
      'Content-Type: text/plain; charset=utf-8',
      'Content-Length: 3',
      'Connection: keep-alive'
    ]
  },
  {
    name: 'fixed response without a body',
    action: respond('503', undefined, ''),
    head: [
      'HTTP/1.1 503 Service Temporarily Unavailable',
      'Server: awselb/2.0',
      `Date: ${date}`,
      'Content-Type: text/plain; charset=utf-8',
      'Content-Length: 0',
      'Connection: keep-alive'
    ]
  },
  {
    name: '204',
    action: respond('204'),
    head: ['HTTP/1.1 204 No Content', 'Server: awselb/2.0', `Date: ${date}`, 'Connection: keep-alive']
  }
])('a $name has its headers in AWS’s order', async ({ action, head }) => {
  const rig = await start({ listeners: [{ port: 80, defaultActions: [action] }] })
  const client = await connect(rig.portOf(80))
  client.send('GET / HTTP/1.1\r\nHost: app.test\r\n\r\n')
  expect((await client.answer()).head.split('\r\n')).toEqual(head)
  client.send('HEAD / HTTP/1.1\r\nHost: app.test\r\n\r\nGET / HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n')
  // HEAD: the same headers and nothing behind them.
  const text = (await client.closed).slice(-1_000)
  expect(text).toContain(`${head.join('\r\n')}\r\n\r\nHTTP/1.1`)
})

it('the listener’s attributes take `Server` away and set headers, over what is there', async () => {
  const attributes = {
    'routing.http.response.server.enabled': 'false',
    'routing.http.response.strict_transport_security.header_value': 'max-age=31536000',
    'routing.http.response.x_frame_options.header_value': 'DENY'
  }
  const rig = await start({ listeners: [{ port: 80, attributes }] })
  const answer = await rig.get(80, '/')
  expect(answer.headers.map(([name]) => name)).toEqual([
    'Date',
    'Content-Type',
    'Content-Length',
    'Connection',
    'Strict-Transport-Security',
    'X-Frame-Options'
  ])
})
