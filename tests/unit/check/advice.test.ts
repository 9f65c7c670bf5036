import { describe, expect, test } from '@jest/globals'
import { stringify } from 'yaml'
import { checkResources, checkRules } from '../../../src/check/index.ts'
import type { Finding } from '../../../src/failure.ts'
import { defaultEnvironment } from '../../../src/model/index.ts'
import { applyEdits, assumeMissing, parseManifests } from '../../../src/resources/index.ts'
import { decisions } from './decisions.ts'
import { createEdge } from './edge.ts'
import { type RuleCase, ruleCases } from './rules/rules.cases.ts'

function checkText(text: string): Finding[] {
  const resources = parseManifests([{ file: 'edge.yaml', text }])
  return checkResources(assumeMissing(resources).resources, defaultEnvironment)
}

/** The objects of a case as documents of one file; of a case that rewrites text, as the JSON that it rewrites. */
function textOf({ change, rewrite }: RuleCase): string {
  const edge = createEdge()
  change(edge)
  const objects = [edge.ingress, edge.service, edge.gateway, ...edge.more].filter(object => object !== undefined)
  return rewrite
    ? rewrite(JSON.stringify({ kind: 'List', apiVersion: 'v1', items: objects }))
    : objects.map(object => `# kept\n${stringify(object, { version: '1.1' })}`).join('---\n')
}

function identityOf({ code, object, message }: Finding): string {
  return `${code} ${object} ${message}`
}

/** Cases with more findings than the one that a case of a rule has. */
const further: RuleCase[] = [
  {
    code: 'GATEWAY_HOSTS_NEED_SNI',
    name: 'several Gateways on one port',
    change: ({ gateway, more }) => {
      gateway.spec.servers[0].hosts = ['shop.example.com']
      const [server] = gateway.spec.servers
      const metadata = { ...gateway.metadata, name: 'other' }
      more.push({
        ...gateway,
        metadata,
        spec: { ...gateway.spec, servers: [{ ...server, hosts: ['pay.example.com'] }] }
      })
    },
    finds: {}
  }
]

const told = [...ruleCases, ...further]
  .filter(({ finds }) => finds)
  .flatMap(one => {
    const text = textOf(one)
    const findings = checkText(text)
    return findings
      .filter(({ code }) => code === one.code)
      .map(finding => ({ code: one.code, name: `${one.code}: ${one.name}`, text, findings, finding }))
  })
const advised = told.filter(({ finding }) => finding.edit)
const decided = told.filter(({ finding }) => !finding.edit)

/**
 * What an edit brings to light and does not cause: the well-made edge of the cases has no VirtualService, so that a host which
 * becomes readable has no route.
 */
const uncovered = new Set(['GATEWAY_HAS_NO_HOST'])

describe('a hint that is an edit is tried: the finding is gone and no new one came', () => {
  test.each(advised)('$name', ({ text, findings, finding }) => {
    const edited = applyEdits(text, [finding.edit!])
    expect(edited).not.toBe(text)
    expect(edited.match(/^# kept$/gm)).toEqual(text.match(/^# kept$/gm))
    const after = checkText(edited)
    const before = new Set(findings.map(identityOf))
    expect(after.map(identityOf)).not.toContain(identityOf(finding))
    expect(after.filter(one => !before.has(identityOf(one)) && !uncovered.has(one.code))).toEqual([])
  })

  test('all of what is told', () =>
    expect(told.length).toBeGreaterThan(ruleCases.filter(({ finds }) => finds).length - 1))
})

describe('a finding without an edit is somebody’s decision', () => {
  test.each(decided)('$name', ({ code }) => expect(decisions[code]).toMatch(/^\S.{15,}[^.]$/))
})

const codes = checkRules.map(({ code }) => code)

test('every rule has findings with an edit, or a reason for none', () => {
  const withEdit = new Set(advised.map(({ code }) => code))
  expect(codes.filter(code => !withEdit.has(code) && !decisions[code])).toEqual([])
})

test('no reason is given for a rule that is gone', () => {
  expect(Object.keys(decisions).filter(code => !codes.includes(code))).toEqual([])
})

test('no reason is given for what is always edited', () => {
  const withoutEdit = new Set(decided.map(({ code }) => code))
  expect(Object.keys(decisions).filter(code => !withoutEdit.has(code))).toEqual([])
})
