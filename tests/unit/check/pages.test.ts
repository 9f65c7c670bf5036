import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { checkRules } from '../../../src/check/index.ts'

function read(path: string): string {
  return readFileSync(new URL(`../../../docs/${path}`, import.meta.url), 'utf8')
}
const codes = checkRules.map(({ code }) => code)

describe.each(codes)('the page of %s', code => {
  test('tells why, how to fix it, and how to see it on AWS', () => {
    const [start, ...sections] = read(`findings/${code}.md`).split(/^## /m)
    const [title, lead] = start!.split('\n\n')
    expect(title).toBe(`# ${code}`)
    expect(lead).toMatch(/^\S.{20,}[.]$/)
    expect(sections.map(section => section.split('\n')[0])).toEqual([
      ...['Why', 'How to fix it', 'How to see it on AWS']
    ])
    for (const section of sections) {
      expect(section.trim().split('\n').slice(1).join('').length).toBeGreaterThan(20)
    }
  })
})

test('no page is of a rule that is gone, and no code has two rules', () => {
  const folder = new URL('../../../docs/findings/', import.meta.url)
  expect(readdirSync(folder).sort()).toEqual(codes.map(code => `${code}.md`).sort())
})

test('docs/check.md lists every rule, as bad as it is', () => {
  const rows = [...read('check.md').matchAll(/^\| \[(\w+)\]\(findings\/\1\.md\) \| (\w+) \|/gm)]
  expect(rows.map(([, code, severity]) => ({ code, severity }))).toEqual(
    checkRules.map(({ code, severity }) => ({ code, severity }))
  )
})
