import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { buildPlan, planToJSON } from '../../../../src/model/index.ts'
import { describePlan, explainPlan } from '../../../../src/report/index.ts'
import {
  annotationFamilies,
  annotationLevels,
  annotationPrefix,
  parseManifests
} from '../../../../src/resources/index.ts'
import { environment } from '../objects.ts'

/** Values that some annotation takes, and values that none does. */
const text = fc.oneof(
  fc.constantFrom(
    ...[
      '',
      'true',
      'none',
      '0',
      '80',
      '-1',
      '443',
      'ip',
      'HTTPS',
      'a=1',
      'a=1,b',
      'sg-1',
      'subnet-1,subnet-2',
      'dualstack'
    ],
    ...[
      '[]',
      '{}',
      'null',
      '[null]',
      '[{}]',
      '[{"HTTP":80},{"HTTPS":443}]',
      '[{"port":443,"mode":"verify","trustStore":"partners"}]'
    ],
    ...[
      '{"type":"forward","forwardConfig":{}}',
      '{"type":"forward","forwardConfig":{"targetGroups":null}}',
      '{"type":"redirect","redirectConfig":{"statusCode":"HTTP_301"}}'
    ],
    ...[
      '[{"field":"host-header","hostHeaderConfig":{"values":["a"]}}]',
      '[{"field":null}]',
      '[{"type":"url-rewrite","urlRewriteConfig":{"rewrites":[{}]}}]'
    ],
    ...[
      '{"issuer":"a","secretName":"s"}',
      '{"jwksEndpoint":"a","issuer":"b","additionalClaims":[{}]}',
      '10.0.0.0/8,::/0',
      'arn:aws:acm:a:b:certificate/c'
    ]
  ),
  fc.json({ maxDepth: 2 }),
  fc.string({ unit: 'binary', maxLength: 8 })
)
const name = fc.constantFrom('a', 'b', 'use-annotation')
const annotation = fc
  .oneof(
    fc.constantFrom(...annotationLevels.keys()),
    fc.tuple(fc.constantFrom(...annotationFamilies.keys()), name).map(parts => parts.join(''))
  )
  .map(suffix => annotationPrefix + suffix)
const annotations = fc.dictionary(annotation, text, { maxKeys: 4 })
function maybe<Value>(value: fc.Arbitrary<Value>) {
  return fc.option(value, { nil: undefined })
}

const port = fc.record({ name: maybe(name), number: maybe(fc.integer({ min: -1, max: 90 })) }, { requiredKeys: [] })
const backend = fc.record(
  {
    service: maybe(fc.record({ name, port }, { requiredKeys: ['name'] })),
    resource: maybe(fc.constant({ kind: 'Bucket', name: 'b' }))
  },
  { requiredKeys: [] }
)
const path = fc.record(
  {
    path: maybe(fc.constantFrom('', '/', '/a', '/*', 'a?', '/é')),
    pathType: maybe(fc.constantFrom('Exact', 'Prefix', 'ImplementationSpecific', 'Odd')),
    backend
  },
  { requiredKeys: ['backend'] }
)
const rule = fc.record(
  {
    host: maybe(fc.constantFrom('', 'a.example.com', '*.example.com')),
    http: maybe(fc.record({ paths: fc.array(path, { maxLength: 3 }) }))
  },
  { requiredKeys: [] }
)
const ingress = fc.record({
  apiVersion: fc.constant('networking.k8s.io/v1'),
  kind: fc.constant('Ingress'),
  metadata: fc.record({ name, namespace: fc.constantFrom('ns', ''), annotations }, { requiredKeys: ['name'] }),
  spec: maybe(
    fc.record(
      {
        ingressClassName: maybe(fc.constantFrom('alb', 'none')),
        defaultBackend: maybe(backend),
        rules: maybe(fc.array(rule, { maxLength: 2 })),
        tls: maybe(
          fc.array(fc.record({ hosts: maybe(fc.array(fc.constantFrom('example.com', 'x'))) }, { requiredKeys: [] }))
        )
      },
      { requiredKeys: [] }
    )
  )
})
const service = fc.record({
  apiVersion: fc.constant('v1'),
  kind: fc.constant('Service'),
  metadata: fc.record({ name, namespace: fc.constantFrom('ns', 'default'), annotations }, { requiredKeys: ['name'] }),
  spec: maybe(
    fc.record(
      {
        type: maybe(fc.constantFrom('NodePort', 'ClusterIP', 'ExternalName')),
        ipFamilies: maybe(fc.array(fc.constantFrom('IPv4', 'IPv6'))),
        ports: maybe(
          fc.array(
            fc.record(
              {
                name: maybe(name),
                port: fc.integer({ min: 0, max: 90 }),
                targetPort: maybe(fc.constantFrom(8080, 'web')),
                nodePort: maybe(fc.constantFrom(0, 30080))
              },
              { requiredKeys: ['port'] }
            )
          )
        )
      },
      { requiredKeys: [] }
    )
  )
})
const ingressClass = fc.constant({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'alb' },
  spec: { controller: 'ingress.k8s.aws/alb' }
})

test('whatever objects are read have a plan or an error, and both can be told', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(ingress, ingress, service), { maxLength: 5 }), ingressClass, (objects, alb) => {
      const manifests = [alb, ...objects].map(object => JSON.stringify(object)).join('\n---\n')
      const plan = buildPlan(parseManifests([{ text: manifests, file: 'fuzz.yaml' }]), environment)
      const { error, stack, stacks } = planToJSON(plan)
      expect(error !== undefined || stack !== undefined || stacks !== undefined).toBe(true)
      expect(describePlan(plan) + explainPlan(plan)).not.toMatch(/undefined|\[object/)
    }),
    { numRuns: 500 }
  )
}, 60_000)
