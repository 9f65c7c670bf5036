import { describe, expect, test } from '@jest/globals'
import { stringify } from 'yaml'
import { checkResources } from '../../../src/check/index.ts'
import type { Finding } from '../../../src/failure.ts'
import { defaultEnvironment } from '../../../src/model/index.ts'
import { applyEdits, assumeMissing, parseManifests } from '../../../src/resources/index.ts'
import { createEdge } from './edge.ts'
import { type RuleCase, ruleCases } from './rules/rules.cases.ts'

function checkText(text: string): Finding[] {
  const resources = parseManifests([{ file: 'edge.yaml', text }])
  // The well-made edge of the cases has no VirtualService, so that a host which becomes readable has no route.
  return checkResources(assumeMissing(resources).resources, defaultEnvironment).filter(
    ({ code }) => code !== 'GATEWAY_HAS_NO_HOST'
  )
}

/** The objects of a case as documents of one file. */
function textOf({ change }: RuleCase): string {
  const edge = createEdge()
  change(edge)
  const objects = [edge.ingress, edge.service, edge.gateway, ...edge.more].filter(object => object !== undefined)
  return objects.map(object => `# kept\n${stringify(object, { version: '1.1' })}`).join('---\n')
}

function identityOf({ code, object, message }: Finding): string {
  return `${code} ${object} ${message}`
}

const trips = ruleCases.filter(({ finds, rewrite }) => finds && !rewrite)
const advised = trips.flatMap(one => {
  const text = textOf(one)
  const findings = checkText(text)
  return findings
    .filter(finding => finding.code === one.code && finding.edit)
    .map(finding => ({ label: `${one.code}: ${one.name}`, text, findings, finding }))
})

describe('a hint that is an edit is tried: the finding is gone and no new one came', () => {
  test.each(advised)('$label', ({ text, findings, finding }) => {
    const edited = applyEdits(text, [finding.edit!])
    expect(edited).not.toBe(text)
    expect(edited.match(/^# kept$/gm)).toEqual(text.match(/^# kept$/gm))
    const after = checkText(edited)
    const before = new Set(findings.map(identityOf))
    expect(after.filter(one => identityOf(one) === identityOf(finding))).toEqual([])
    expect(after.filter(one => !before.has(identityOf(one)))).toEqual([])
  })

  test('of which there are some', () => expect(advised.length).toBeGreaterThan(15))
})
