/** The parsers of single requests and answers, beside those of the load balancer: each answers, or refuses in words. */

import { isIP } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { decodeXML, decodeXMLError } from '../../src/aws/client/xml-answer.ts'
import { parseRequest as parseCall } from '../../src/aws/protocol/request.ts'
import { ServiceError } from '../../src/aws/protocol/service-error.ts'
import { serviceTable } from '../../src/aws/protocol/table.ts'
import { proxyHeader, traceID } from '../../src/elbv2/index.ts'
import { Failure } from '../../src/failure.ts'
import { readProxyHeader } from '../../src/istio/index.ts'
import { JWTValidator } from '../../src/load-balancer/authentication/jwt-validation.ts'
import { applicationCookies, cookiesOf } from '../../src/load-balancer/target-group/stickiness.ts'
import { parseEnvironment } from '../../src/model/index.ts'
import { readOrder } from '../../src/page/sending.ts'
import { parseRequest, readRequest } from '../../src/trace/index.ts'
import { assignedKeys, lastAssignment } from '../../src/values/assignment.ts'
import { createManualClock } from '../manual-clock.ts'
import { each, nearly, numRuns, refusable } from './nearly.ts'
import {
  answers,
  assignments,
  cookies,
  environments,
  jsonCalls,
  lines,
  orders,
  proxyHeaders,
  queries
} from './seeds.ts'

describe('a header of the PROXY protocol', () => {
  it('names an address, or none, whatever follows it and however it is cut', () => {
    each(nearly(proxyHeaders), text => {
      const bytes = Buffer.from(`${text}GET / HTTP/1.1\r\n`, 'latin1')
      const whole = readProxyHeader(bytes)
      if (whole !== undefined && whole !== 'incomplete') {
        expect(whole.source === undefined || isIP(whole.source) > 0).toBe(true)
        // Not one byte of what follows counts for the address.
        expect(readProxyHeader(bytes.subarray(0, whole.length))).toEqual(whole)
      }
      for (let length = 0; length < bytes.length; length += 1) {
        const cut = readProxyHeader(bytes.subarray(0, length))
        expect(cut === 'incomplete' ? whole : cut).toEqual(whole)
      }
    })
  })

  it('that a load balancer writes is read as it is meant', () => {
    const port = fc.nat(65_535)
    const endpoint = fc.record({ address: fc.ipV4(), port })
    each(fc.record({ source: endpoint, destination: endpoint }), connection => {
      const written = proxyHeader(connection)
      expect(readProxyHeader(written)).toEqual({ length: written.length, source: connection.source.address })
    })
  })
})

describe("a call of AWS's APIs", () => {
  const authorizations = [
    'AWS4-HMAC-SHA256 Credential=123456789012/20261129/us-west-2/elasticloadbalancing/aws4_request, SignedHeaders=host, Signature=0'
  ]
  function take(body: string, authorization: string, more: Record<string, string> = {}): void {
    const headers = { authorization, ...more }
    const post = { method: 'POST', url: '/', headers, body }
    const get = { method: 'GET', url: `/?${body}`, headers, body: '' }
    for (const call of [post, get]) {
      refusable(() => parseCall(call).readInput(), ServiceError)
    }
  }

  it('by names and values is read, or refused', () => {
    each(fc.tuple(nearly(queries), nearly(authorizations)), ([body, authorization]) =>
      expect(() => take(body, authorization)).not.toThrow()
    )
  })

  it('in JSON is read, or refused', () => {
    const calls = fc.constantFrom(...jsonCalls).chain(([target, body]) => fc.tuple(nearly([target]), nearly([body])))
    each(calls, ([target, body]) => expect(() => take(body, '', { 'x-amz-target': target })).not.toThrow())
  })
})

describe("an answer of AWS's APIs", () => {
  it('is read, or none', () => {
    const texts = fc
      .constantFrom(...answers)
      .chain(([service, action, xml]) => fc.tuple(fc.constant([service, action] as const), nearly([xml])))
    each(texts, ([[service, action], xml]) => {
      expect(() => decodeXML(serviceTable(service), action, xml)).not.toThrow()
      expect(() => decodeXMLError(xml, 400)).not.toThrow()
    })
  })

  it.each(['&#x110000;', '&#99999999999;', '&#xffffffffffffffff;', '&#x;', '&constructor;', '&__proto__;'])(
    'with the entity %s, too',
    entity => {
      const xml = `<ErrorResponse><Error><Code>a${entity}</Code></Error></ErrorResponse>`
      expect(decodeXMLError(xml, 400)?.code).toMatch(/^a/)
    }
  )
})

it('a token lets in, or is refused', async () => {
  const header = Buffer.from('{"alg":"RS256","kid":"k1"}').toString('base64url')
  const claims = Buffer.from('{"iss":"https://i","exp":9999999999,"sub":"a"}').toString('base64url')
  const keySets = ['{"keys":[{"kty":"RSA","kid":"k1","n":"AQAB","e":"AQAB","alg":"RS256"}]}']
  const texts = fc.tuple(nearly([`Bearer ${header}.${claims}.AAAA`]), nearly(keySets))
  await fc.assert(
    fc.asyncProperty(texts, async ([authorization, keySet]) => {
      const validator = new JWTValidator(createManualClock(), async () => new Response(keySet))
      const config = { jwksEndpoint: 'https://i/keys', issuer: 'https://i' }
      const outcome = await validator.validate(config, [['authorization', authorization]])
      expect(outcome).toMatchObject({ passed: false })
    }),
    { seed: 20_261_125, numRuns: numRuns / 5 }
  )
})

describe('what a person writes', () => {
  it('as aws.yaml is read, or refused', () => {
    each(
      nearly(environments),
      text => expect(() => refusable(() => parseEnvironment(text, 'aws.yaml'), Failure)).not.toThrow(),
      numRuns / 5
    )
  })

  it('as an assignment has keys', () => {
    each(nearly(assignments), text => {
      expect(() => assignedKeys(text)).not.toThrow()
      expect(() => lastAssignment({ set: [text], setJson: [text] }, ['a', 'b'])).not.toThrow()
    })
  })

  it('as a request is read, or refused', () => {
    each(nearly(lines), text => expect(() => refusable(() => readRequest(parseRequest(text)), Failure)).not.toThrow())
    each(nearly(orders), text =>
      expect(() => refusable(() => readRequest({ ...readOrder(text) }), Failure)).not.toThrow()
    )
  })
})

it('cookies and trace identifiers are read as far as they are any', () => {
  each(nearly(cookies), text => {
    expect(() => cookiesOf([['cookie', text]])).not.toThrow()
    expect(() => applicationCookies(text, 0)).not.toThrow()
    expect(traceID(text, 0)).toMatch(/Root=1-[0-9a-f]{8}-[0-9a-f]{24}/)
  })
})
