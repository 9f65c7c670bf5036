import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  parseStringList,
  readBool,
  readInt32,
  readInt64,
  readString,
  readStringList,
  readStringMap,
  splitKeyValuePairs
} from '../../../../src/model/annotation/parser.ts'
import { trimSpace } from '../../../../src/model/go/format.ts'
import type { KubernetesObject } from '../../../../src/resources/index.ts'

const prefix = 'alb.ingress.kubernetes.io/'
function object(kind: string, annotations: Record<string, string>): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind,
    metadata: {
      name: 'a',
      namespace: 'ns',
      annotations: Object.fromEntries(Object.entries(annotations).map(([key, value]) => [prefix + key, value]))
    }
  }
}
function ingress(annotations: Record<string, string>) {
  return object('Ingress', annotations)
}

describe('looking up', () => {
  test('the first object that has the annotation wins, an empty value counts', () => {
    const service = object('Service', { 'healthcheck-path': '' })
    expect(readString('healthcheck-path', service, ingress({ 'healthcheck-path': '/ready' }))).toMatchObject({
      value: '',
      object: service
    })
    expect(readString('scheme', service, ingress({ scheme: ' internal' }))?.value).toBe(' internal')
    expect(readString('scheme', service, ingress({ Scheme: 'internal' }))).toBeUndefined()
  })
})

describe('errors name the annotation and its whole value', () => {
  const bad = ingress({ flag: 'yes', number: '15s', map: 'idle_timeout.timeout_seconds:60' })
  test.each([
    {
      read: () => readBool('flag', bad),
      error: `failed to parse bool annotation, ${prefix}flag: yes: strconv.ParseBool: parsing "yes": invalid syntax`
    },
    {
      read: () => readInt32('number', bad),
      error: `failed to parse int32 annotation, ${prefix}number: 15s: strconv.ParseInt: parsing "15s": invalid syntax`
    },
    {
      read: () => readInt64('number', bad),
      error: `failed to parse int64 annotation, ${prefix}number: 15s: strconv.ParseInt: parsing "15s": invalid syntax`
    },
    {
      read: () => readStringMap('map', bad),
      error: `failed to parse stringMap annotation, ${prefix}map: idle_timeout.timeout_seconds:60`
    }
  ])('$error', ({ read, error }) => {
    expect(read).toThrow(expect.objectContaining({ message: error }))
  })
})

describe('lists', () => {
  test.each([
    { text: 'a,b', list: ['a', 'b'] },
    { text: ' a , ,b,', list: ['a', 'b'] },
    { text: '', list: [] },
    { text: ',', list: [] },
    { text: 'a b', list: ['a b'] }
  ])('$text', ({ text, list }) => {
    expect(readStringList('list', ingress({ list: text }))?.value).toEqual(list)
  })

  test('reading is idempotent', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        const list = parseStringList(text)
        expect(parseStringList(list.join(','))).toEqual(list)
        expect(list.every(item => item !== '' && item === trimSpace(item))).toBe(true)
      })
    )
  })
})

describe('maps', () => {
  test.each([
    { text: 'a=1,b=2', pairs: ['a=1', 'b=2'] },
    { text: ' a = 1 , b = 2 ', pairs: ['a = 1', 'b = 2'] },
    { text: 'a=1\\,2', pairs: ['a=1,2'] },
    { text: 'a=1\\,2,b=3', pairs: ['a=1,2', 'b=3'] },
    { text: 'a=1,2,b=3', pairs: ['a=1', '2', 'b=3'] },
    { text: 'a=1,2', pairs: ['a=1', '2'] },
    { text: 'a=1,', pairs: ['a=1,'] },
    { text: 'a=1, ', pairs: ['a=1,'] },
    { text: 'a\\=1,b=2', pairs: ['a=1', 'b=2'] },
    { text: 'a=1\\', pairs: ['a=1\\'] },
    { text: 'a=\\\\', pairs: ['a=\\'] },
    { text: 'a=b=c', pairs: ['a=b=c'] },
    { text: ',a=1', pairs: ['', 'a=1'] },
    { text: '', pairs: [] }
  ])('$text is split', ({ text, pairs }) => {
    expect(splitKeyValuePairs(text)).toEqual(pairs)
  })

  test.each([
    { text: 'a=1,a=2', map: { a: '2' } },
    { text: 'a=', map: { a: '' } },
    { text: ' a = b = c ', map: { a: 'b = c' } },
    { text: '', map: {} }
  ])('$text is read', ({ text, map }) => {
    expect(Object.fromEntries(readStringMap('map', ingress({ map: text }))!.value)).toEqual(map)
  })

  test.each(['a', 'a=1,b', '=1', ',a=1', 'a:1'])('%s is refused', text => {
    expect(() => readStringMap('map', ingress({ map: text }))).toThrow(
      `failed to parse stringMap annotation, ${prefix}map: ${text}`
    )
  })

  test('whatever is written with commas and backslashes escaped is read back', () => {
    function escaped(text: string): string {
      return text.replace(/[\\,]/g, '\\$&')
    }
    const text = fc.string({ unit: 'grapheme' }).filter(candidate => candidate === trimSpace(candidate))
    const key = text.filter(candidate => candidate !== '' && !candidate.includes('='))
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(key, text), { selector: ([name]) => name, minLength: 1 }), entries => {
        const written = entries.map(([name, value]) => `${escaped(name)}=${escaped(value)}`).join(',')
        expect([...readStringMap('map', ingress({ map: written }))!.value]).toEqual(entries)
      })
    )
  })

  test('time is linear in the text', () => {
    const long = Array.from({ length: 50_000 }, (_, index) => `k${index}=v`).join(',')
    expect(readStringMap('map', ingress({ map: long }))!.value.size).toBe(50_000)
  })
})
