import { describe, expect, test } from '@jest/globals'
import { checkRules } from '../../../../src/check/index.ts'
import { predictionRules } from '../../../../src/check/predictions/prediction.ts'
import type { Finding } from '../../../../src/failure.ts'
import { checkEdge, createEdge } from '../edge.ts'
import { type RuleCase, ruleCases } from './rules.cases.ts'

function findAll({ change, rewrite }: RuleCase): Finding[] {
  const edge = createEdge()
  change(edge)
  return checkEdge(edge, rewrite)
}

function find(one: RuleCase): Finding[] {
  return findAll(one).filter(finding => finding.code === one.code)
}

const predicted = new Set(predictionRules.map(({ code }) => code))
/** The well-made edge of the cases has no VirtualService, so that hosts have no route. */
predicted.delete('GATEWAY_HAS_NO_HOST')

test('a well-made edge has no findings', () => {
  expect(checkEdge(createEdge())).toEqual([])
})

describe.each(checkRules)('$code', ({ code, severity }) => {
  const cases = ruleCases.filter(candidate => candidate.code === code)
  const trips = cases.filter(({ finds }) => finds)
  const nearMisses = cases.filter(({ finds }) => !finds)

  test('has cases that trip it and near misses', () => {
    expect(trips.length).toBeGreaterThan(0)
    expect(nearMisses.length).toBeGreaterThan(0)
  })

  test.each(trips)('finds: $name', one => {
    const findings = findAll(one)
    // What requests come to by this mistake is in `explains` of its rule.
    expect(findings.filter(finding => finding.code !== code && predicted.has(finding.code))).toEqual([])
    expect(findings.filter(finding => finding.code === code)).toEqual([
      expect.objectContaining({
        severity: expect.any(String),
        hint: expect.any(String),
        file: 'edge.json',
        ...one.finds
      })
    ])
  })

  test.each(nearMisses)('lets pass: $name', one => {
    expect(find(one)).toEqual([])
  })

  test('is as bad as some case shows', () => {
    expect(trips.flatMap(find).map(finding => finding.severity)).toContain(severity)
  })
})

test('every case is of a rule', () => {
  const codes = new Set(checkRules.map(({ code }) => code))
  expect(ruleCases.filter(({ code }) => !codes.has(code))).toEqual([])
})
