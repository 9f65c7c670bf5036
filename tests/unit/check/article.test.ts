import { describe, expect, test } from '@jest/globals'
import { Edge, readObjects } from '../../../src/edge.ts'
import { defaultEnvironment } from '../../../src/model/index.ts'

const folder = 'tests/cases/article'
const worstFirst = ['error', 'warning', 'info']
const findings = new Edge(readObjects([folder]), defaultEnvironment).findings

/** Each fault of the article's manifests once, with every place where it stands. */
const faults: [fault: string, code: string, places: string[]][] = [
  ['an action that is a bare port', 'SSL_REDIRECT_IS_NO_ACTION', ['alb-ingress.yaml:9']],
  ['plain HTTP to the TLS port', 'PLAIN_HTTP_TO_TLS_PORT', ['alb-ingress.yaml:6']],
  ['a health check that would become HTTPS', 'HEALTH_CHECK_TLS_TO_STATUS_PORT', ['alb-ingress.yaml:6']],
  ['the deprecated class annotation', 'INGRESS_CLASS_ANNOTATION', ['alb-ingress.yaml:7']],
  ['a number that is typed twice', 'HEALTH_CHECK_PORT_TYPED_TWICE', ['alb-operator.yaml:14']],
  ['a registry without new images', 'HUB_ABANDONED', ['nlb-operator.yaml:8', 'alb-operator.yaml:8']],
  ['an IstioOperator among objects', 'ISTIO_OPERATOR_IS_A_FILE', ['nlb-operator.yaml:2', 'alb-operator.yaml:2']],
  [
    'a scheme that is not said',
    'SCHEME_NOT_SAID',
    ['nlb-service.yaml:4', 'nlb-operator.yaml:11', 'classic-service.yaml:4']
  ],
  ["Istio's default drain", 'DRAIN_SHORTER_THAN_HEALTH_CHECK', ['nlb-operator.yaml:6', 'alb-operator.yaml:6']]
]

describe("the article's manifests", () => {
  test.each(faults)('have %s', (_fault, code, places) => {
    const found = findings.filter(finding => finding.code === code)
    expect(found.map(({ file, line }) => `${file}:${line}`)).toEqual(places.map(place => `${folder}/${place}`))
  })

  test('have no other fault', () => {
    const codes = new Set(faults.map(([, code]) => code))
    expect(findings.filter(({ code }) => !codes.has(code))).toEqual([])
  })

  test('have the worst told first', () => {
    expect(findings.map(({ severity }) => severity)).toEqual(
      findings
        .map(({ severity }) => severity)
        .toSorted((one, other) => worstFirst.indexOf(one) - worstFirst.indexOf(other))
    )
  })
})
