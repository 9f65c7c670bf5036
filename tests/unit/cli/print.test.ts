import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { print } from '../../../src/cli/print.ts'

afterEach(() => void jest.restoreAllMocks())

function printed(text: string): string {
  let out = ''
  jest.spyOn(process.stdout, 'write').mockImplementation(chunk => {
    out += String(chunk)
    return true
  })
  print(text)
  return out
}

describe('what is printed', () => {
  it.each([
    ['colours and titles', 'a\x1b[31mb\x1b]0;c\x07', 'a\\u001b[31mb\\u001b]0;c\\u0007'],
    ['control characters of eight bits', 'a\x9bb\x85', 'a\\u009bb\\u0085'],
    ['a carriage return that overwrites', 'error\rfine', 'error\\u000dfine'],
    ['turns of direction', 'a\u202eb\u2066', 'a\\u202eb\\u2066'],
    ['lines and tabs as they are', 'a\tb\r\nc\n', 'a\tb\r\nc\n']
  ])('has %s', (_name, text, shown) => {
    expect(printed(text)).toBe(shown)
  })

  it('is the same JSON', () => {
    const value = { name: 'a\x1b[31m\x7f\u009b\\' }
    expect(JSON.parse(printed(JSON.stringify(value)))).toEqual(value)
  })
})
