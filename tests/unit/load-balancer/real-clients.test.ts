/** The clients that people have: what they get and say is what counts. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { createDevelopmentAuthority } from '../../../src/load-balancer/index.ts'
import { forwardTo, type ListenerSketch, type Rig, respond, useRigs } from './rig.ts'
import { describeWith, run } from './tool.ts'

const { start, startTarget, cleanups } = useRigs()

const http: ListenerSketch = { port: 80, defaultActions: [respond('200', 'plain')] }
const httpsSketch: ListenerSketch = {
  port: 443,
  protocol: 'HTTPS',
  sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
  defaultActions: [respond('200', 'secure')]
}

/** A file with that text, gone after the test. */
async function fileOf(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'istio-alb-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  const file = join(folder, 'file')
  await writeFile(file, text)
  return file
}

describeWith('curl', () => {
  /** A curl that trusts the rig, and finds its listeners behind AWS's ports. */
  async function curl(rig: Rig, ...args: string[]) {
    const { listeners } = rig.loadBalancer.describe()
    const detours = listeners.flatMap(({ port, address }) => ['--connect-to', `app.test:${port}:${address}`])
    const authority = await fileOf(rig.authority.certificate)
    const common = ['-sS', '--noproxy', '*', '--max-time', '20', '--cacert', authority, ...detours]
    return run('curl', [...common, ...args])
  }
  const Report = ['-o', '/dev/null', '-w', '%{http_version} %{http_code} %{size_download} %{num_connects}']

  it.each([
    ['--http1.0', 'http://app.test/', '1.1 200 5 1'],
    ['--http1.1', 'http://app.test/', '1.1 200 5 1'],
    ['--http1.1', 'https://app.test/', '1.1 200 6 1'],
    ['--http2', 'https://app.test/', '2 200 6 1'],
    // No upgrade to HTTP/2 over plain HTTP.
    ['--http2', 'http://app.test/', '1.1 200 5 1']
  ])('%s %s', async (version, url, report) => {
    const rig = await start({ listeners: [http, httpsSketch] })
    expect(await curl(rig, version, ...Report, url)).toEqual({ code: 0, output: report, errors: '' })
  })

  it('speaks no HTTP/2 with prior knowledge to an HTTP listener', async () => {
    const rig = await start({ listeners: [http] })
    expect((await curl(rig, '--http2-prior-knowledge', 'http://app.test/')).code).not.toBe(0)
    expect(rig.requests()).toMatchObject([{ status: 505 }])
  })

  it('follows a redirect to HTTPS, and keeps one connection for several requests', async () => {
    const redirect = {
      type: 'redirect' as const,
      redirectConfig: { statusCode: 'HTTP_301', protocol: 'HTTPS', port: '443' }
    }
    const rig = await start({ listeners: [{ port: 80, defaultActions: [redirect] }, httpsSketch] })
    const followed = await curl(rig, '-L', '-w', ' %{url_effective}', 'http://app.test/a?b')
    expect(followed).toMatchObject({ code: 0, output: 'secure https://app.test:443/a?b' })
    const twice = await curl(
      rig,
      ...Report,
      '-w',
      '%{num_connects} ',
      'https://app.test/1',
      '-o',
      '/dev/null',
      'https://app.test/2'
    )
    expect(twice.output).toBe('1 0 ')
  })

  it('uploads a megabyte once it is told to continue, and chunks without a length', async () => {
    const target = await startTarget()
    const rig = await start(
      { listeners: [{ port: 80, defaultActions: [forwardTo('app')] }], targetGroups: { app: {} } },
      { app: [target.target()] }
    )
    await rig.check()
    const file = await fileOf('x'.repeat(2_000_000))
    const upload = await curl(rig, '-v', '-H', 'Expect: 100-continue', '-T', file, ...Report, 'http://app.test/up')
    expect(upload.errors).toContain('< HTTP/1.1 100 Continue')
    expect(target.seen[0]?.body).toHaveLength(2_000_000)
    await curl(rig, '-H', 'Transfer-Encoding: chunked', '-d', `@${file}`, ...Report, 'http://app.test/up')
    expect(target.seen[1]?.body).toHaveLength(2_000_000)
  })

  it('asks for the head alone', async () => {
    const rig = await start({ listeners: [http] })
    const { output } = await curl(rig, '-I', 'http://app.test/')
    expect(output).toMatch(/^HTTP\/1\.1 200 OK\r\nServer: awselb\/2\.0\r\n.*Content-Length: 5\r\n.*\r\n\r\n$/s)
  })
})

describeWith('openssl', () => {
  const domains = { 'arn:default': ['default.test'], 'arn:app': ['*.app.test'] }
  function client(rig: Rig, args: string[], input = 'Q\n') {
    return run('openssl', ['s_client', '-connect', `127.0.0.1:${rig.portOf(443)}`, ...args], input)
  }
  const listener = { ...httpsSketch, certificates: ['arn:default', 'arn:app'] }

  it.each([
    [['-servername', 'www.app.test'], '*.app.test'],
    [['-servername', 'other.test'], 'default.test'],
    [['-noservername'], 'default.test']
  ])('%j shows %s', async (args, name) => {
    const rig = await start({ listeners: [listener] }, {}, { domains })
    expect((await client(rig, args)).output).toContain(`subject=CN = ${name}`)
  })

  it.each([
    ['ELBSecurityPolicy-2016-08', '-tls1', 'TLSv1.0'],
    ['ELBSecurityPolicy-TLS13-1-2-2021-06', '-tls1', undefined],
    ['ELBSecurityPolicy-TLS13-1-2-2021-06', '-tls1_2', 'TLSv1.2'],
    ['ELBSecurityPolicy-TLS13-1-3-2021-06', '-tls1_2', undefined],
    ['ELBSecurityPolicy-TLS13-1-3-2021-06', '-tls1_3', 'TLSv1.3']
  ])('%s with %s: %s', async (sslPolicy, option, protocol) => {
    const rig = await start({ listeners: [{ ...httpsSketch, sslPolicy }] })
    const { output } = await client(rig, [option, '-cipher', 'ALL:@SECLEVEL=0'])
    expect(/New, (\S+), Cipher is (?!\(NONE\))/.exec(output)?.[1]).toBe(protocol)
  })

  it('may not renegotiate', async () => {
    const rig = await start({ listeners: [{ ...httpsSketch, sslPolicy: 'ELBSecurityPolicy-2016-08' }] })
    const { output, errors } = await client(rig, ['-tls1_2'], 'R\nQ\n')
    expect(output + errors).toMatch(/RENEGOTIATING/)
    expect(errors).toMatch(/no renegotiation/i)
  })

  it('resumes its session, but not where clients show certificates', async () => {
    const mutual = { mutualAuthentication: { mode: 'passthrough' } }
    for (const [more, count] of [
      [{}, 5],
      [mutual, 0]
    ] as const) {
      const rig = await start({
        listeners: [{ ...httpsSketch, ...more, sslPolicy: 'ELBSecurityPolicy-TLS-1-2-2017-01' }]
      })
      const { output } = await client(rig, ['-tls1_2', '-reconnect'])
      expect(output.match(/^Reused, /gm) ?? []).toHaveLength(count)
    }
  })

  it('goes on without ALPN where no protocol is common', async () => {
    const rig = await start({ listeners: [httpsSketch] })
    expect((await client(rig, ['-alpn', 'acme-tls/1'])).output).toContain('No ALPN negotiated')
    expect((await client(rig, ['-alpn', 'acme-tls/1,h2'])).output).toContain('ALPN protocol: h2')
  })

  it('hears an alert where it has no certificate to show', async () => {
    const rig = await start(
      { listeners: [{ ...httpsSketch, mutualAuthentication: { mode: 'verify', trustStoreArn: 'arn:trust' } }] },
      {},
      {
        trustStoreFor: async () => (await createDevelopmentAuthority()).certificate
      }
    )
    const { errors } = await client(rig, ['-tls1_2'])
    expect(errors).toMatch(/alert handshake failure/)
  })
})

describeWith('nghttp', () => {
  it('is told the settings, and multiplexes', async () => {
    const rig = await start({ listeners: [httpsSketch] })
    const url = `https://127.0.0.1:${rig.portOf(443)}/`
    const { output, code } = await run('nghttp', ['-v', '-n', '--no-verify-peer', '-m', '20', url])
    expect(code).toBe(0)
    expect(output).toContain('SETTINGS_MAX_CONCURRENT_STREAMS(0x03):128')
    expect(output).toContain('SETTINGS_ENABLE_PUSH(0x02):0')
    expect(output.match(/:status: 200/g)).toHaveLength(20)
    expect(output).toContain('server: awselb/2.0')
  })
})

describeWith('h2load', () => {
  it('gets 10,000 answers of a connection, and then GOAWAY', async () => {
    const rig = await start({ listeners: [httpsSketch] })
    const { output } = await run('h2load', [
      '-n',
      '10050',
      '-c',
      '1',
      '-m',
      '50',
      `https://127.0.0.1:${rig.portOf(443)}/`
    ])
    const done = Number(/(\d+) succeeded/.exec(output)?.[1])
    expect(done).toBe(10_000)
  }, 60_000)
})
