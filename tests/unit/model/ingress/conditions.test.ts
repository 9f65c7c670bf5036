import { describe, expect, test } from '@jest/globals'
import type { RuleCondition } from '../../../../src/model/index.ts'
import type { Ingress, IngressPath } from '../../../../src/resources/index.ts'
import { type Mistake, own, testMistakes } from '../mistakes.ts'
import { type Annotations, backendOf, ingress, onePath, path, rulesOf, service } from '../objects.ts'

function conditionsOf(spec: Ingress['spec'], annotations: Annotations = {}): RuleCondition[] {
  return rulesOf([ingress(annotations, spec)])[0]!.conditions
}

describe('paths become patterns', () => {
  const regex = { 'use-regex-path-match': 'true' }
  test.each<{
    pathType?: IngressPath['pathType']
    written: string
    annotations?: Annotations
    values?: string[]
    regexValues?: string[]
  }>([
    { pathType: 'Prefix', written: '/', values: ['/*'] },
    { pathType: 'Prefix', written: '/foo', values: ['/foo', '/foo/*'] },
    { pathType: 'Prefix', written: '/foo/', values: ['/foo', '/foo/*'] },
    { pathType: 'Exact', written: '/foo', values: ['/foo'] },
    { pathType: 'Exact', written: '/foo/', values: ['/foo/'] },
    { pathType: 'ImplementationSpecific', written: '/foo/*', values: ['/foo/*'] },
    { written: '/foo?', values: ['/foo?'] },
    { pathType: 'ImplementationSpecific', written: '', values: ['/*'] },
    { pathType: 'Prefix', written: '/foo', annotations: regex, values: ['/foo', '/foo/*'] },
    {
      pathType: 'ImplementationSpecific',
      written: '/^/api/(.+)$',
      annotations: regex,
      regexValues: ['^/api/(.+)$']
    }
  ])('$pathType $written', ({ pathType, written, annotations, ...pathPatternConfig }) => {
    const spec = onePath({ path: written, ...(pathType && { pathType }) })
    expect(conditionsOf(spec, annotations)).toEqual([{ field: 'path-pattern', pathPatternConfig }])
  })
})

describe('conditions', () => {
  const annotated = [
    { field: 'path-pattern', pathPatternConfig: { values: ['/extra'] } },
    { field: 'source-ip', sourceIPConfig: { values: ['10.0.0.0/8'] } },
    { field: 'host-header', hostHeaderConfig: { values: ['b.com'] } },
    { field: 'query-string', queryStringConfig: { values: [{ key: 'a', value: '1' }, { value: '2' }] } },
    { field: 'cookie', cookieConfig: {} },
    { field: 'http-request-method', httpRequestMethodConfig: { values: ['GET'] } },
    { field: 'http-header', httpHeaderConfig: { httpHeaderName: 'X', regexValues: ['^a$'] } }
  ]

  test('those of the annotation in its order, then host, then path, joined; unknown fields are passed over', () => {
    const annotations = { 'conditions.gw': JSON.stringify(annotated) }
    expect(conditionsOf(onePath({ path: '/', pathType: 'Prefix' }, 'a.com'), annotations)).toEqual([
      { field: 'source-ip', sourceIPConfig: { values: ['10.0.0.0/8'] } },
      { field: 'query-string', queryStringConfig: { values: [{ key: 'a', value: '1' }, { value: '2' }] } },
      { field: 'http-request-method', httpRequestMethodConfig: { values: ['GET'] } },
      { field: 'http-header', httpHeaderConfig: { httpHeaderName: 'X', regexValues: ['^a$'] } },
      { field: 'host-header', hostHeaderConfig: { values: ['a.com', 'b.com'] } },
      { field: 'path-pattern', pathPatternConfig: { values: ['/*', '/extra'] } }
    ])
  })

  test.each([
    { name: 'a host alone', spec: onePath({}, 'a.com'), fields: ['host-header'] },
    { name: 'nothing at all', spec: onePath({}), fields: ['path-pattern'] },
    { name: 'a condition alone', spec: onePath({}), conditions: [annotated[1]], fields: ['source-ip'] },
    { name: 'an empty host', spec: onePath({}, ''), fields: ['path-pattern'] }
  ])('$name', ({ spec, conditions, fields }) => {
    const annotations: Annotations = conditions ? { 'conditions.gw': JSON.stringify(conditions) } : {}
    expect(conditionsOf(spec, annotations).map(({ field }) => field)).toEqual(fields)
  })

  test('they belong to the backend of that name, whatever its path', () => {
    const paths = [path('/a'), { ...path('/b'), backend: backendOf('other') }]
    const annotations = { 'conditions.gw': JSON.stringify([annotated[1]]) }
    const rules = rulesOf([ingress(annotations, { rules: [{ http: { paths } }] }), service(), service({}, {}, 'other')])
    expect(rules.map(({ conditions }) => conditions[0]!.field)).toEqual(['source-ip', 'path-pattern'])
  })
})

function withConditions(conditions: unknown, error: string, spec = {}): Mistake {
  return {
    mistake: `conditions ${JSON.stringify(conditions)}`,
    objects: [ingress({ 'conditions.gw': JSON.stringify(conditions) }, spec)],
    error: own(error)
  }
}

describe('mistakes', () => {
  testMistakes([
    {
      mistake: 'a wildcard in an exact path',
      objects: [ingress({}, { rules: [{ http: { paths: [path('/*', 'Exact')] } }] })],
      error: own("exact path shouldn't contain wildcards: /*")
    },
    {
      mistake: 'a wildcard in a prefix',
      objects: [ingress({}, { rules: [{ http: { paths: [path('/a?')] } }] })],
      error: own("prefix path shouldn't contain wildcards: /a?")
    },
    withConditions(
      [{ field: 'host-header', hostHeaderConfig: { regexValues: ['^a$'] } }],
      'host condition must specify exactly one of Values and RegexValues, got both Values [a.com] and RegexValues [^a$]',
      { rules: [{ host: 'a.com', http: { paths: [path('/')] } }] }
    ),
    withConditions(
      [{ field: 'path-pattern', pathPatternConfig: { regexValues: ['^/a$'] } }],
      'path condition must specify exactly one of Values and RegexValues, got both Values [/*] and RegexValues [^/a$]'
    )
  ])
})
