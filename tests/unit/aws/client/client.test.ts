import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { type Caller, Client, callAll } from '../../../../src/aws/client/client.ts'
import { findCredentials, localCredentials } from '../../../../src/aws/client/credentials.ts'
import { writableEndpoint } from '../../../../src/aws/client/endpoint-url.ts'
import { Failure } from '../../../../src/failure.ts'

describe('an endpoint that may be written to', () => {
  test.each([
    [undefined, {}, 'http://127.0.0.1:4566/'],
    [undefined, { AWS_ENDPOINT_URL: 'http://localhost:5000' }, 'http://localhost:5000/'],
    [undefined, { AWS_ENDPOINT_URL: 'http://[::1]:5000' }, 'http://[::1]:5000/'],
    ['http://emulator.internal:4566', { AWS_ENDPOINT_URL: 'http://x' }, 'http://emulator.internal:4566/']
  ])('named %j, in the environment %j: %s', (named, env, expected) => {
    expect(writableEndpoint(named, env).href).toBe(expected)
  })

  test.each([
    [undefined, { AWS_ENDPOINT_URL: 'http://10.0.0.1:4566' }, 'ENDPOINT_NOT_LOOPBACK'],
    [undefined, { AWS_ENDPOINT_URL: 'http://127.0.0.1.example.com' }, 'ENDPOINT_NOT_LOOPBACK'],
    ['https://elasticloadbalancing.us-west-2.amazonaws.com', {}, 'ENDPOINT_OF_AWS'],
    ['https://ec2.cn-north-1.amazonaws.com.cn', {}, 'ENDPOINT_OF_AWS'],
    ['4566', {}, 'ENDPOINT_MALFORMED'],
    ['ftp://127.0.0.1', {}, 'ENDPOINT_MALFORMED']
  ])('named %j, in the environment %j: %s', (named, env, code) => {
    expect(() => writableEndpoint(named, env)).toThrow(expect.objectContaining({ code }))
  })
})

describe('credentials', () => {
  const keys = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 's' }

  test.each([
    [keys, { accessKeyId: 'a', secretAccessKey: 's' }],
    [
      { ...keys, AWS_SESSION_TOKEN: 't' },
      { accessKeyId: 'a', secretAccessKey: 's', sessionToken: 't' }
    ]
  ])('of the environment %j', async (env, expected) => {
    expect(await findCredentials(env)).toEqual(expected)
    expect(localCredentials(env)).toEqual(expected)
  })

  test('any will do on loopback where the environment has none, or a profile is named', () => {
    expect(localCredentials({})).toEqual({ accessKeyId: 'any', secretAccessKey: 'any' })
    expect(localCredentials({ ...keys, AWS_PROFILE: 'p' })).toEqual({ accessKeyId: 'any', secretAccessKey: 'any' })
  })
})

describe('a client', () => {
  let server: Server | undefined
  afterEach(() => void server?.close())

  /** Answers one request after the other with these. */
  async function answering(...answers: [status: number, body: string][]) {
    const seen: { authorization?: string; body: string }[] = []
    server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) {
        body += chunk
      }
      seen.push({ ...(request.headers.authorization && { authorization: request.headers.authorization }), body })
      const [status, text] = answers[seen.length - 1] ?? answers.at(-1)!
      response.writeHead(status).end(text)
    })
    await new Promise<void>(resolve => server!.listen(0, '127.0.0.1', resolve))
    const waits: number[] = []
    const client = new Client({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'eu-central-1',
      credentials: { accessKeyId: '111122223333', secretAccessKey: 'secret' },
      wait: async milliseconds => void waits.push(milliseconds)
    })
    return { client, seen, waits }
  }

  const identity =
    '<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>'

  test('signs for the region and the service, and says no secret', async () => {
    const { client, seen } = await answering([200, identity])
    expect(await client.call('sts', 'GetCallerIdentity', {})).toEqual({ Account: '1' })
    expect(seen[0]!.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=111122223333\/\d{8}\/eu-central-1\/sts\/aws4_request/
    )
    expect(JSON.stringify(seen)).not.toContain('secret')
  })

  test('asks again where AWS is too busy, each time later', async () => {
    const busy = '<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>'
    const { client, seen, waits } = await answering([400, busy], [400, busy], [200, identity])
    expect(await client.call('sts', 'GetCallerIdentity', {})).toEqual({ Account: '1' })
    expect([seen.length, waits]).toEqual([3, [200, 400]])
  })

  test.each([
    [
      'ec2',
      'DescribeVpcs',
      '<Response><Errors><Error><Code>A</Code><Message>b &amp; &#x63;</Message></Error></Errors></Response>'
    ],
    ['acm', 'ListCertificates', '{"__type":"com.amazonaws#A","message":"b & c"}'],
    [
      'elbv2',
      'DescribeListeners',
      '<ErrorResponse><Error><Code>A</Code><Message>b &amp; c</Message></Error></ErrorResponse>'
    ]
  ] as const)('%s %s: what is refused has its code', async (service, action, body) => {
    const { client } = await answering([400, body])
    await expect(client.call(service, action as never, {} as never)).rejects.toMatchObject({
      code: 'A',
      message: 'b & c',
      status: 400
    })
  })

  test.each([
    [200, '<html><body>It works!</body></html>'],
    [502, 'Bad Gateway'],
    [404, '{"message":"not here"}']
  ])('an answer of somebody else, %i %s, is told', async (status, body) => {
    const { client } = await answering([status, body])
    const asked = client.call('elbv2', 'DescribeLoadBalancers', {})
    await expect(asked).rejects.toBeInstanceOf(Failure)
    await expect(asked).rejects.toMatchObject({ code: 'ENDPOINT_SILENT', exitCode: 3 })
  })
})

test('pages are asked for until there is none, whatever their tokens are called', async () => {
  const asked: object[] = []
  const answers: Record<string, object[]> = {
    DescribeRules: [{ Rules: [{ RuleArn: 'a' }], NextMarker: 'm' }, { Rules: [{ RuleArn: 'b' }] }],
    ListWebACLs: [
      { WebACLs: [], NextMarker: 'm' },
      { WebACLs: [], NextMarker: '' }
    ],
    GetResources: [{ PaginationToken: 'm' }, { PaginationToken: '' }],
    DescribeSubnets: [{ NextToken: 'm' }, {}]
  }
  const caller = {
    async call(_service: string, action: string, input: object) {
      asked.push(input)
      return answers[action]!.shift()
    }
  } as unknown as Caller
  const pages = await callAll(caller, 'elbv2', 'DescribeRules', { ListenerArn: 'l' })
  expect(pages.flatMap(({ Rules = [] }) => Rules.map(({ RuleArn }) => RuleArn))).toEqual(['a', 'b'])
  await callAll(caller, 'wafv2', 'ListWebACLs', { Scope: 'REGIONAL' })
  await callAll(caller, 'tagging', 'GetResources', {})
  await callAll(caller, 'ec2', 'DescribeSubnets', {})
  expect(asked).toEqual([
    ...[{ ListenerArn: 'l' }, { ListenerArn: 'l', Marker: 'm' }],
    ...[{ Scope: 'REGIONAL' }, { Scope: 'REGIONAL', NextMarker: 'm' }],
    ...[{}, { PaginationToken: 'm' }, {}, { NextToken: 'm' }]
  ])
})
