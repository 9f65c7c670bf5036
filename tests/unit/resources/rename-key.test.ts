import { describe, expect, test } from '@jest/globals'
import type { Change, Failure } from '../../../src/failure.ts'
import { parseManifests, renameKey } from '../../../src/resources/index.ts'

const metadata = { name: 'web', namespace: 'shop' }
const parent = { name: 'edge' }
function route(spec: object) {
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata, spec }
}

describe('a key gets the name that was meant', () => {
  test.each<[what: string, object: object, path: (string | number)[], name: string, changes: Change[] | undefined]>([
    [
      'with its value',
      route({ parentRef: [parent] }),
      ['spec', 'parentRef'],
      'parentRefs',
      [{ path: ['spec', 'parentRef'], rename: 'parentRefs' }]
    ],
    [
      'with its value as the only item of a list',
      route({ rules: [{ backendRef: parent }] }),
      ['spec', 'rules', 0, 'backendRef'],
      'backendRefs',
      [
        { path: ['spec', 'rules', 0, 'backendRef'], remove: true },
        { path: ['spec', 'rules', 0, 'backendRefs'], value: [parent] }
      ]
    ],
    [
      'unless its value is of another type',
      route({ parentRef: 'edge' }),
      ['spec', 'parentRef'],
      'parentRefs',
      undefined
    ],
    [
      'whatever is wrong elsewhere',
      route({ parentRef: [parent], hostnames: 'shop.example.com' }),
      ['spec', 'parentRef'],
      'parentRefs',
      [{ path: ['spec', 'parentRef'], rename: 'parentRefs' }]
    ]
  ])('%s', (_, object, path, name, changes) => {
    const before = structuredClone(object)
    expect(renameKey(object, path, name)).toEqual(changes)
    expect(object).toEqual(before)
  })
})

test.each<[what: string, spec: string, changes: Change[] | undefined]>([
  [
    'a required key that is misspelt',
    '{ protocolPorts: HTTPS:443 }',
    [{ path: ['items', 0, 'spec', 'listenerConfigurations', 0, 'protocolPorts'], rename: 'protocolPort' }]
  ],
  ['one that is missing', '{ sslPolicy: one }', undefined]
])('%s: the refusal carries the edit where there is one', (_, spec, changes) => {
  const text = `
kind: List
apiVersion: v1
items:
  - apiVersion: gateway.k8s.aws/v1
    kind: LoadBalancerConfiguration
    metadata: { name: web, namespace: edge }
    spec: { listenerConfigurations: [${spec}] }
`
  let failure: Failure | undefined
  try {
    parseManifests([{ file: 'edge.yaml', text }])
  } catch (error) {
    failure = error as Failure
  }
  expect(failure?.findings).toMatchObject([
    { code: 'MANIFEST_WRONG_TYPE', path: 'spec.listenerConfigurations.0', expected: 'protocolPort' }
  ])
  expect(failure?.findings[0]?.edit).toEqual(changes && { file: 'edge.yaml', document: 0, changes })
})
