/**
 * What Go's strconv, net, strings and encoding/json, and Kubernetes' intstr, answer: a table of their answers (Go 1.26,
 * apimachinery 0.36), and the laws that they follow. The structs of the table are those below.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compareStrings, sortedStrings, trimSpace } from '../../../../src/model/go/format.ts'
import {
  decodeJSON,
  type GoType,
  goBool,
  goInt32,
  goIntOrString,
  goString,
  map,
  pointer,
  slice
} from '../../../../src/model/go/json.ts'
import { checkCIDR } from '../../../../src/model/go/net.ts'
import { parseBool, parseInteger, parseIntOrString, quote } from '../../../../src/model/go/strconv.ts'
import { ModelError } from '../../../../src/model/model-error.ts'

function struct(name: string, fields: Record<string, GoType>): GoType {
  return {
    kind: 'struct',
    name,
    package: 'main',
    fields
  }
}

const redirect = struct('RedirectActionConfig', {
  host: pointer(goString),
  path: pointer(goString),
  port: pointer(goString),
  statusCode: goString
})
const tuple = struct('Tuple', {
  serviceName: pointer(goString),
  servicePort: pointer(goIntOrString),
  weight: pointer(goInt32)
})

const types: Record<string, GoType> = {
  listen: slice(map(goInt32)),
  action: struct('Action', {
    type: goString,
    targetGroupARN: pointer(goString),
    redirectConfig: pointer(redirect),
    forwardConfig: pointer(struct('ForwardActionConfig', { targetGroups: slice(tuple) }))
  }),
  entries: slice(
    struct('Entry', {
      port: goInt32,
      mode: goString,
      trustStore: pointer(goString),
      ignoreClientCertificateExpiry: pointer(goBool)
    })
  ),
  claims: struct('Claims', { issuer: goString, authenticationRequestExtraParams: map(goString) })
}

/** A decoded value as Go encodes it again: maps as objects, absent values left out. */
function encode(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value ?? null, (_key, child: unknown) => (child instanceof Map ? Object.fromEntries(child) : child))
  )
}

const readers: Record<string, (text: string) => unknown> = {
  bool: parseBool,
  int32: text => String(parseInteger(text, 32)),
  int64: text => String(parseInteger(text, 64)),
  intstr: parseIntOrString,
  quote,
  trim: trimSpace,
  cidr: text => {
    checkCIDR(text)
    return true
  }
}

function answer(kind: string, text: string): unknown {
  try {
    return { value: types[kind] ? encode(decodeJSON(types[kind], text)) : readers[kind]!(text) }
  } catch (error) {
    if (error instanceof ModelError) {
      return { error: error.message }
    }
    throw error
  }
}

type Row = [kind: string, text: string, answer: unknown]
const table = JSON.parse(readFileSync(new URL('../../../cases/go-answers.json', import.meta.url), 'utf8')) as Row[]

test.each([...Map.groupBy(table, ([kind]) => kind)])('%s answers as Go does', (_kind, rows) => {
  expect(rows.map(([kind, text]) => [kind, text, answer(kind, text)])).toEqual(rows)
})

describe('laws', () => {
  const anyText = fc.string({ unit: 'binary' })

  test('a number of 32 bits is read back, one more is out of range', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), number => {
        expect(parseInteger(String(number), 32)).toBe(number)
        expect(parseIntOrString(String(number))).toBe(number)
      })
    )
    expect(() => parseInteger(String(2 ** 31), 32)).toThrow('value out of range')
    expect(() => parseInteger(String(-(2 ** 31) - 1), 32)).toThrow('value out of range')
  })

  test('what is quoted can be read back', () => {
    const named: Record<string, string> = { a: '\u0007', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\u000b' }
    function unquote(quoted: string): string {
      return quoted
        .slice(1, -1)
        .replace(/\\(?:x(..)|u(....)|U(........)|(.))/gsu, (_all, byte, short, long, other: string) =>
          other === undefined
            ? String.fromCodePoint(Number.parseInt(byte ?? short ?? long, 16))
            : (named[other] ?? other)
        )
    }
    fc.assert(
      fc.property(anyText, text => {
        expect(unquote(quote(text))).toBe(text)
      })
    )
  })

  test('strings are in the order of their UTF-8', () => {
    fc.assert(
      fc.property(anyText, anyText, (left, right) => {
        expect(Math.sign(compareStrings(left, right))).toBe(Buffer.compare(Buffer.from(left), Buffer.from(right)))
      })
    )
  })

  test('a set is sorted and has no duplicates', () => {
    fc.assert(
      fc.property(fc.array(anyText), texts => {
        const sorted = sortedStrings(texts)
        expect(new Set(sorted)).toEqual(new Set(texts))
        for (const [index, text] of sorted.slice(1).entries()) {
          expect(compareStrings(sorted[index]!, text)).toBeLessThan(0)
        }
      })
    )
  })

  test('a JSON value of the type is read back', () => {
    const entry = fc.dictionary(fc.string(), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }))
    fc.assert(
      fc.property(fc.array(entry), value => {
        expect(encode(decodeJSON(types.listen!, JSON.stringify(value)))).toEqual(encode(value))
      })
    )
  })

  test('what is no JSON is a syntax error, what is JSON never is one', () => {
    const nearlyJSON = fc
      .tuple(fc.json({ maxDepth: 3 }), fc.nat(), fc.constantFrom('', ',', '}', ']', '"', '\\', '1', ' ', 'e', '\u0001'))
      .map(([json, position, insertion]) => {
        const at = position % (json.length + 1)
        return json.slice(0, at) + insertion + json.slice(at + (position % 2))
      })
    fc.assert(
      fc.property(fc.oneof(nearlyJSON, anyText), fc.constantFrom(...Object.keys(types)), (text, kind) => {
        const isJSON = (() => {
          try {
            JSON.parse(text)
            return true
          } catch {
            return false
          }
        })()
        const { error } = answer(kind, text) as { error?: string }
        expect(error === undefined || error.startsWith('json: cannot unmarshal')).toBe(isJSON)
      }),
      { numRuns: 1000 }
    )
  })

  test('deep nesting ends in an error of its own', () => {
    expect(answer('listen', '['.repeat(100_000))).toEqual({ error: "invalid character '[' exceeded max depth" })
  })

  test('an address with a prefix is a CIDR, whatever its host bits; without one it is none', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.tuple(fc.ipV4(), fc.constant(32)), fc.tuple(fc.ipV6(), fc.constant(128))),
        fc.nat(),
        ([address, bits], prefix) => {
          expect(answer('cidr', `${address}/${prefix % (bits + 1)}`)).toEqual({ value: true })
          expect(answer('cidr', `${address}/${bits + 1}`)).toHaveProperty('error')
          expect(answer('cidr', address)).toEqual({ error: `invalid CIDR address: ${address}` })
        }
      )
    )
  })
})
