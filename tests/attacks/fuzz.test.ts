/**
 * Parsers of others' bytes and files, given texts that are nearly right: each answers, or refuses in words, and nothing else.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Edge, parseObjects } from '../../src/edge.ts'
import { Failure } from '../../src/failure.ts'
import { FieldDecoder } from '../../src/load-balancer/http2/field-decoder.ts'
import { CompressionError, ConnectionFault } from '../../src/load-balancer/http2/frame.ts'
import { FrameReader } from '../../src/load-balancer/http2/frame-reader.ts'
import { createDecoder, MalformedBodyError } from '../../src/load-balancer/message/request-body.ts'
import { HeadReader } from '../../src/load-balancer/message/request-head.ts'
import { parseClientHello } from '../../src/load-balancer/tls/client-hello.ts'
import { parseResponse, ResponseHeadReader } from '../../src/load-balancer/transport/response-head.ts'
import { TargetError } from '../../src/load-balancer/transport/transport.ts'
import { defaultEnvironment, diffPlans, planToJSON, readSavedPlan, stacksOf } from '../../src/model/index.ts'
import { helloOf } from '../unit/hello.ts'
import { frame, settings } from './http2-frames.ts'
import { each, nearly, numRuns, refusable } from './nearly.ts'
import { annotations, blocks, heads, responses, serverFrames } from './seeds.ts'

/** The bytes in pieces, as they might come. */
function pieces(text: string): Buffer[] {
  const bytes = Buffer.from(text, 'latin1')
  const middle = Math.floor(bytes.length / 3)
  return [bytes.subarray(0, middle), bytes.subarray(middle, middle + 1), bytes.subarray(middle + 1)]
}

const anyBytes = fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes).toString('latin1'))

/** Frames whose heads are right, and nothing else need be, behind the settings that come first. */
const anyFrames = fc
  .array(fc.tuple(fc.nat(10), fc.nat(255), fc.nat(2), fc.uint8Array({ maxLength: 10 })), { maxLength: 5 })
  .map(list => list.map(([type, flag, stream, bytes]) => frame(type, flag, stream, Buffer.from(bytes))))
  .map(frames => Buffer.concat([settings(), ...frames]).toString('latin1'))

describe('bytes of the wire', () => {
  it('make a request, or a refusal, however they are cut', () => {
    each(nearly(heads), text => {
      const whole = new HeadReader().push(Buffer.from(text, 'latin1'))
      const reader = new HeadReader()
      const cut = pieces(text).reduce<ReturnType<HeadReader['push']>>(
        (result, piece) => result ?? reader.push(piece),
        undefined
      )
      expect(cut?.kind).toBe(whole?.kind)
      if (whole?.kind === 'head') {
        expect(
          whole.head.headers.every(
            ([name, value]) => !/[\r\n]/.test(name + value) || whole.classification.tier !== 'Compliant'
          )
        ).toBe(true)
      }
    })
  })

  it('make a response, or a refusal', () => {
    each(nearly(responses), text =>
      refusable(() => {
        const reader = new ResponseHeadReader()
        for (const piece of pieces(text)) {
          const head = reader.push(piece)
          if (head) {
            const { response } = parseResponse(head.text, 'GET')
            expect(response.status).toBeLessThan(600)
            return
          }
        }
      }, TargetError)
    )
  })

  it('make a body of chunks, or a refusal, and the same however they are cut', () => {
    function read(parts: Buffer[]): string {
      const decoder = createDecoder('chunked')
      let body = ''
      try {
        for (const part of parts) {
          decoder.push(part, data => {
            body += data.toString('latin1')
          })
        }
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedBodyError)
        return 'refused'
      }
      return `${decoder.done} ${body}`
    }
    each(
      nearly(['5\r\nhello\r\n0\r\n\r\n', 'a;b=c\r\n0123456789\r\n00\r\nX: y\r\n\r\n', '1\r\na\r\n1\r\nb\r\n0\r\n\r\n']),
      text => expect(read(pieces(text))).toBe(read([Buffer.from(text, 'latin1')]))
    )
  })

  it('make frames, or a fault, and the same however they are cut', () => {
    function read(parts: Buffer[]): string {
      let told = ''
      function tell(...what: unknown[]): void {
        told += `\n${what.join(' ')}`
      }
      const reader = new FrameReader({
        onHeaders: (stream, block, isLast) => tell('headers', stream, block.toString('hex'), isLast),
        onDataFrame: (stream, length) => tell('frame', stream, length, ''),
        onData(_stream, bytes) {
          expect(bytes.length).toBeGreaterThan(0)
          told += bytes.toString('hex')
        },
        onDataEnd: stream => tell('end', stream),
        onReset: (stream, code) => tell('reset', stream, code),
        onSettings: settings => tell('settings', settings),
        onPing: payload => tell('ping', payload.toString('hex')),
        onGoAway: (lastStream, code) => tell('goAway', lastStream, code),
        onWindowUpdate: (stream, more) => tell('window', stream, more)
      })
      try {
        for (const part of parts) {
          reader.push(part)
        }
      } catch (error) {
        expect(error).toBeInstanceOf(ConnectionFault)
        tell((error as Error).message)
      }
      return told
    }
    each(fc.oneof(nearly(serverFrames), anyFrames), text => {
      const bytes = Buffer.from(text, 'latin1')
      expect(read(pieces(text))).toBe(read([bytes]))
      expect(read(Array.from(bytes, byte => Buffer.of(byte)))).toBe(read([bytes]))
    })
  })

  it('make fields, or a fault, and keep no more of them than may be', () => {
    const limit = 200
    each(fc.array(fc.oneof(nearly(blocks), anyBytes), { minLength: 1, maxLength: 4 }), texts =>
      refusable(() => {
        const decoder = new FieldDecoder()
        for (const text of texts) {
          const { fields, length } = decoder.decode(Buffer.from(text, 'latin1'), limit)
          const kept = fields.flat().join('').length
          expect(kept).toBeLessThanOrEqual(limit)
          expect(kept).toBeLessThanOrEqual(length)
        }
      }, CompressionError)
    )
  })

  it('make a ClientHello, or none', async () => {
    const hello = (await helloOf({ servername: 'app.test', ALPNProtocols: ['h2'] })).toString('latin1')
    each(nearly([hello]), text => expect(() => parseClientHello(Buffer.from(text, 'latin1'))).not.toThrow())
  })
})

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.yaml'))
    .map(name => readFileSync(join(folder, name), 'utf8'))
    .filter(text => text.length < 20_000)
}

const manifests = ['tests/cases/ordinary', 'tests/cases/correct'].flatMap(filesOf)

const withIngress = readFileSync('tests/cases/correct/istio-instance-https.yaml', 'utf8')

/** Everything that `check`, `plan` and `trace` ask of objects. */
function lookAt(text: string): Edge | undefined {
  let edge: Edge | undefined
  refusable(() => {
    edge = new Edge(parseObjects(text, 'fuzz.yaml', {}), defaultEnvironment)
    void edge.findings
  }, Failure)
  return edge
}

describe('files', () => {
  it('of manifests make findings and a plan, or a refusal', () => {
    const before = Object.getOwnPropertyNames(Object.prototype).length
    each(nearly(manifests), text => void lookAt(text), numRuns / 20)
    expect(Object.getOwnPropertyNames(Object.prototype).length).toBe(before)
  })

  it('with odd annotations do, too', () => {
    const names = [
      'listen-ports',
      'actions.x',
      'conditions.x',
      'transforms.x',
      'load-balancer-attributes',
      'target-group-attributes',
      'tags'
    ]
    const more = [
      'auth-idp-oidc',
      'jwt-validation',
      'mutual-authentication',
      'subnets',
      'success-codes',
      'healthcheck-port',
      'constructor'
    ]
    const named = fc.tuple(fc.constantFrom(...names, ...more), nearly(annotations))
    each(
      named,
      ([name, value]) => {
        const ingress = {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'Ingress',
          metadata: { name: 'i', namespace: 'd', annotations: { [`alb.ingress.kubernetes.io/${name}`]: value } },
          spec: {
            ingressClassName: 'alb',
            rules: [
              {
                http: {
                  paths: [
                    {
                      path: '/',
                      pathType: 'Prefix',
                      backend: { service: { name: 'x', port: { name: 'use-annotation' } } }
                    }
                  ]
                }
              }
            ]
          }
        }
        expect(() => lookAt(JSON.stringify(ingress))).not.toThrow()
      },
      numRuns / 5
    )
  })

  it('of saved plans make a comparison, or problems', () => {
    const text = JSON.stringify(planToJSON(lookAt(withIngress)!.plan), undefined, 1)
    each(
      nearly([JSON.stringify(JSON.parse(text)), text]),
      plan => {
        let saved: unknown
        try {
          saved = JSON.parse(plan)
        } catch {
          return
        }
        const read = readSavedPlan(saved)
        if ('plan' in read) {
          diffPlans(stacksOf(read.plan), stacksOf(JSON.parse(text)))
          diffPlans(stacksOf(JSON.parse(text)), stacksOf(read.plan))
        } else {
          expect(read.problems).not.toEqual([])
        }
      },
      numRuns / 5
    )
  })
})

/** Any value in the place of another. */
const oddValues = fc.constantFrom<unknown>(
  'x',
  '',
  5,
  0,
  -1,
  1.5,
  true,
  null,
  [],
  {},
  [null],
  [[]],
  [{}],
  ['x'],
  { a: 1 },
  { constructor: null }
)

function placesIn(value: unknown, above: (string | number)[] = []): (string | number)[][] {
  const entries = value !== null && typeof value === 'object' ? Object.entries(value) : []
  return [above, ...entries.flatMap(([key, child]) => placesIn(child, [...above, key]))]
}

describe('objects of a wrong type', () => {
  it('are refused or looked at, whatever stands in whatever place', () => {
    const seeds = manifests.flatMap(text => {
      const edge = lookAt(text)
      return edge ? [...edge.resources.all()].map(object => ({ object, all: [...edge.resources.all()] })) : []
    })
    each(
      fc.tuple(fc.constantFrom(...seeds), fc.nat(), oddValues),
      ([{ object, all }, choice, value]) => {
        const places = placesIn(object).filter(place => place.length > 1 && place[0] !== 'metadata')
        const place = places[choice % Math.max(1, places.length)]
        const changed = structuredClone(object) as object
        if (place) {
          const holder = place.slice(0, -1).reduce((at, key) => at[key as never], changed)
          Object.defineProperty(holder, place.at(-1)!, { value, enumerable: true, writable: true, configurable: true })
        }
        const others = all.filter(one => one !== object)
        const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...others, changed] })
        expect(() => lookAt(list)).not.toThrow()
      },
      numRuns / 20
    )
  })
})

it('a plan that was made is one that is read', () => {
  const plan = JSON.parse(JSON.stringify(planToJSON(lookAt(withIngress)!.plan)))
  expect(readSavedPlan(plan)).toEqual({ plan })
})
