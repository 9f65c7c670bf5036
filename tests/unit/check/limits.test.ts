/** One answer everywhere: check reports an error exactly where the load balancer, and with it trace, refuses. */

import { globSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { checkResources } from '../../../src/check/index.ts'
import { compileConfiguration } from '../../../src/elbv2/index.ts'
import { Failure, type Finding } from '../../../src/failure.ts'
import { buildPlan, defaultEnvironment, type Stack } from '../../../src/model/index.ts'
import { assumeMissing, parseManifests, type Resources, readManifests } from '../../../src/resources/index.ts'
import { predictTargets, trace } from '../../../src/trace/index.ts'

const cases = fileURLToPath(new URL('../../cases/limits', import.meta.url))

const codes = new Set([
  'ANNOTATION_VALUE_REFUSED',
  'HEALTH_CHECK_TIMEOUT_NOT_BELOW_INTERVAL',
  'LIMIT_EXCEEDED',
  'RULE_CONDITION_REFUSED'
])

function refusalsIn(resources: Resources): Finding[] {
  return checkResources(resources, defaultEnvironment).filter(
    ({ code, severity }) => severity === 'error' && codes.has(code)
  )
}

function failureOf(attempt: () => unknown): Failure | undefined {
  try {
    attempt()
    return undefined
  } catch (error) {
    if (!(error instanceof Failure)) {
      throw error
    }
    return error
  }
}

/** What each front door says of the one group: the codes of its refusal. */
function answersOf(resources: Resources, stack: Stack) {
  const request = { method: 'GET', url: 'http://shop.example.com/x' }
  return {
    compiled: failureOf(() => compileConfiguration(stack))?.code,
    traced: failureOf(() => trace(resources, defaultEnvironment, request, { group: stack.id }))?.code,
    predicted: failureOf(() => predictTargets(resources, defaultEnvironment))?.code
  }
}

describe('every case', () => {
  interface Expected {
    /** What the load balancer refuses with; undefined where it takes the case. */
    refused?: string
    finding?: Partial<Finding>
  }
  const key = 'metadata.annotations.alb.ingress.kubernetes.io'
  const expected: Record<string, Expected> = {
    'body-bytes': {},
    'header-host': {
      refused: 'RULE_INVALID',
      finding: { code: 'RULE_CONDITION_REFUSED', path: `${key}/conditions.web`, line: 8, actual: 'Host' }
    },
    'health-check': {
      refused: 'HEALTH_CHECK_INVALID',
      finding: { code: 'ANNOTATION_VALUE_REFUSED', path: `${key}/healthcheck-path`, line: 8, actual: '/healthz?é' }
    },
    'host-idn': {
      refused: 'RULE_INVALID',
      finding: { code: 'RULE_CONDITION_REFUSED', path: 'spec.rules.0.host', actual: '*.example.xn--p1ai' }
    },
    'path-equals': {
      refused: 'RULE_INVALID',
      finding: { code: 'RULE_CONDITION_REFUSED', path: 'spec.rules.0.http.paths.0.path', actual: '/a=b;c' }
    },
    'path-percent': {
      refused: 'RULE_INVALID',
      finding: { code: 'RULE_CONDITION_REFUSED', path: 'spec.rules.0.http.paths.0.path', actual: '/a%20b' }
    },
    'query-long': {},
    'query-no-key': {},
    'redirect-path': {
      refused: 'RULE_INVALID',
      finding: { code: 'ANNOTATION_VALUE_REFUSED', path: `${key}/actions.web`, actual: 'no-slash' }
    },
    'ssl-policy-date': {
      refused: 'SSL_POLICY_UNKNOWN',
      finding: { code: 'ANNOTATION_VALUE_REFUSED', path: `${key}/ssl-policy`, line: 9 }
    },
    'sticky-random': {
      refused: 'ATTRIBUTE_INVALID',
      finding: {
        code: 'ANNOTATION_VALUE_REFUSED',
        path: `${key}/target-group-attributes`,
        actual: 'stickiness.enabled=true'
      }
    },
    weight: {
      refused: 'RULE_INVALID',
      finding: { code: 'ANNOTATION_VALUE_REFUSED', path: `${key}/actions.web`, actual: '1000' }
    }
  }

  it.each(Object.entries(expected))('%s', (name, { refused, finding }) => {
    const { resources } = assumeMissing(readManifests([`${cases}/${name}.yaml`]))
    const [group, ...others] = buildPlan(resources, defaultEnvironment).groups
    // The plan is the controller's, which looks at none of it.
    expect({ error: group!.error, others }).toEqual({ error: undefined, others: [] })
    expect(answersOf(resources, group!.stack!)).toEqual({ compiled: refused, traced: refused, predicted: refused })
    expect(refusalsIn(resources)).toEqual(finding ? [expect.objectContaining(finding)] : [])
  })

  it('has its answer', () => {
    const files = globSync(`${cases}/*.yaml`).map(file => basename(file, '.yaml'))
    expect(files.sort()).toEqual(Object.keys(expected).sort())
  })
})

/** What a person may write, now and then over a limit. */
const word = fc.constantFrom('a', 'shop', 'x-y', '%20', '=', 'é', '*', '?', '\\*', 'Z9', '_', 'l'.repeat(64))
const text = fc.array(word, { minLength: 1, maxLength: 4 }).map(words => words.join(''))
const condition = fc.oneof(
  fc.record({
    field: fc.constant('http-header'),
    httpHeaderConfig: fc.record({
      httpHeaderName: fc.constantFrom('X-User', 'Host', 'a b', 'n'.repeat(41)),
      values: fc.array(text, { minLength: 1, maxLength: 3 })
    })
  }),
  fc.record({
    field: fc.constant('query-string'),
    queryStringConfig: fc.record({
      values: fc.array(fc.record({ key: text, value: text }, { requiredKeys: ['value'] }), {
        minLength: 1,
        maxLength: 3
      })
    })
  }),
  fc.record({
    field: fc.constant('http-request-method'),
    httpRequestMethodConfig: fc.record({ values: fc.array(fc.constantFrom('GET', 'get', 'PUT'), { minLength: 1 }) })
  }),
  fc.record({
    field: fc.constant('source-ip'),
    sourceIPConfig: fc.record({ values: fc.constantFrom(['10.0.0.0/8'], ['10.0.0.1'], ['255.255.255.255/32']) })
  })
)
const action = fc.oneof(
  fc.record({
    type: fc.constant('fixed-response'),
    fixedResponseConfig: fc.record({
      statusCode: fc.constantFrom('200', '404', '301', '99'),
      contentType: fc.constantFrom('text/plain', 'text/xml'),
      messageBody: fc.constantFrom('', 'é'.repeat(1024), 'é'.repeat(1025))
    })
  }),
  fc.record({
    type: fc.constant('redirect'),
    redirectConfig: fc.record(
      {
        statusCode: fc.constantFrom('HTTP_301', 'HTTP_307'),
        path: fc.constantFrom('/#{path}', 'x', '/x', '/#{query}'),
        port: fc.constantFrom('443', '65536', '#{port}', '0'),
        query: fc.constantFrom('a=1', '?a=1')
      },
      { requiredKeys: ['statusCode'] }
    )
  }),
  fc.record({
    type: fc.constant('forward'),
    forwardConfig: fc.record(
      {
        targetGroups: fc.array(
          fc.record({
            serviceName: fc.constant('web'),
            servicePort: fc.constant(80),
            weight: fc.constantFrom(0, 1, 999, 1000)
          }),
          { minLength: 1, maxLength: 6 }
        ),
        targetGroupStickinessConfig: fc.record({
          enabled: fc.constant(true),
          durationSeconds: fc.constantFrom(1, 604_800, 604_801)
        })
      },
      { requiredKeys: ['targetGroups'] }
    )
  })
)
const annotations = fc.record(
  {
    'target-type': fc.constant('ip'),
    'conditions.web': fc.array(condition, { maxLength: 2 }).map(list => JSON.stringify(list)),
    'actions.web': action.map(one => JSON.stringify(one)),
    'healthcheck-path': fc.constantFrom('/', 'healthz', '/a b', '/é', `/${'x'.repeat(1024)}`),
    'healthcheck-port': fc.constantFrom('traffic-port', '15021', '0', '65536'),
    'healthcheck-interval-seconds': fc.constantFrom('5', '15', '300', '4', '301'),
    'healthcheck-timeout-seconds': fc.constantFrom('2', '5', '120', '1', '121'),
    'healthy-threshold-count': fc.constantFrom('2', '10', '1', '11'),
    'success-codes': fc.constantFrom('200', '200-299,404', '200-600', 'ok', '404-200', ''),
    'target-group-attributes': fc.constantFrom('stickiness.enabled=true', 'slow_start.duration_seconds=1', 'x=y'),
    'load-balancer-attributes': fc.constantFrom('idle_timeout.timeout_seconds=60', 'idle_timeout=60'),
    tags: fc.constantFrom('team=edge', 'aws:team=edge')
  },
  { requiredKeys: ['target-type'] }
)

interface Written {
  annotations: object
  host?: string | undefined
  path: string
  pathType: string
  useAnnotation: boolean
}

function manifestOf({ annotations: given, host, path, pathType, useAnnotation }: Written): Resources {
  const prefixed = Object.entries(given).map(([suffix, value]) => [`alb.ingress.kubernetes.io/${suffix}`, value])
  const port = useAnnotation ? { name: 'use-annotation' } : { number: 80 }
  const paths = [{ path, pathType, backend: { service: { name: 'web', port } } }]
  const metadata = { name: 'web', namespace: 'shop' }
  const objects = [
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { ...metadata, annotations: Object.fromEntries(prefixed) },
      spec: { ingressClassName: 'alb', rules: [{ ...(host === undefined ? {} : { host }), http: { paths } }] }
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { type: 'ClusterIP', ports: [{ port: 80, targetPort: 8080 }] }
    }
  ]
  return assumeMissing(
    parseManifests([{ file: 'edge.json', text: objects.map(one => JSON.stringify(one)).join('\n---\n') }])
  ).resources
}

it('whatever is written: a finding where the load balancer refuses, and only there', () => {
  const written = fc.record({
    annotations,
    host: fc.option(
      text.map(host => `${host}.example.com`),
      { nil: undefined }
    ),
    path: text.map(path => `/${path}`),
    pathType: fc.constantFrom('Prefix', 'Exact', 'ImplementationSpecific'),
    useAnnotation: fc.boolean()
  })
  fc.assert(
    fc.property(written, one => {
      const resources = manifestOf(one)
      // What the API server refuses is told once, as that.
      fc.pre(!checkResources(resources, defaultEnvironment).some(({ code }) => code === 'API_SERVER_REFUSES'))
      const [group] = buildPlan(resources, defaultEnvironment).groups
      fc.pre(group?.stack !== undefined)
      // An action that no backend asks for, or whose rule the controller drops, is judged as it would be if one did.
      fc.pre(one.useAnnotation ? group.droppedRules.length === 0 : !('actions.web' in one.annotations))
      const failure = failureOf(() => compileConfiguration(group.stack!))
      expect(refusalsIn(resources).length > 0).toBe(failure !== undefined)
    }),
    { numRuns: 150 }
  )
})
