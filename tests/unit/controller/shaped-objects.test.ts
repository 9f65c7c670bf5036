import { expect, test } from '@jest/globals'
import { type MalformedObject, ShapedObjects } from '../../../src/controller/shaped-objects.ts'
import type { KubernetesObject } from '../../../src/resources/index.ts'

function parameters(spec: object, name = 'alb'): KubernetesObject {
  return { apiVersion: 'elbv2.k8s.aws/v1beta1', kind: 'IngressClassParams', metadata: { name }, spec }
}

function gateway(listeners: unknown): KubernetesObject {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'edge', namespace: 'shop' },
    spec: { gatewayClassName: 'alb', listeners }
  }
}

const good = parameters({ scheme: 'internal' })
const bad = parameters({ scheme: ['internal'] })

test.each<[what: string, rounds: KubernetesObject[][], counts: KubernetesObject[], told: Partial<MalformedObject>[]]>([
  ['an object of its shape counts', [[good]], [good], []],
  [
    'one of another is left out, and told once',
    [
      [bad, parameters({}, 'other')],
      [bad, parameters({}, 'other')]
    ],
    [parameters({}, 'other')],
    [
      {
        object: 'IngressClassParams alb',
        path: 'spec.scheme',
        message: 'spec.scheme must be a string, it is a list; it is left out'
      }
    ]
  ],
  [
    'one that had its shape counts as it was',
    [[good], [bad], [bad]],
    [good],
    [{ path: 'spec.scheme', message: 'spec.scheme must be a string, it is a list; what it was before counts' }]
  ],
  ['one that went is forgotten', [[good], [], [bad]], [], [{ path: 'spec.scheme' }]],
  [
    'each version is told',
    [[bad], [parameters({ tags: 'none' })]],
    [],
    [{ path: 'spec.scheme' }, { path: 'spec.tags' }]
  ],
  [
    'a Gateway of other fields',
    [[gateway([{ name: 'http', port: '80', protocol: 'HTTP' }])]],
    [],
    [{ object: 'Gateway shop/edge', path: 'spec.listeners.0.port' }]
  ]
])('%s', (_, rounds, counts, told) => {
  const events: MalformedObject[] = []
  const shaped = new ShapedObjects(event => events.push(event))
  const looks = rounds.map(objects => shaped.of(objects[0]?.kind ?? 'IngressClassParams', objects))
  expect(looks.at(-1)).toEqual(counts)
  expect(events).toMatchObject(told)
  expect(events).toHaveLength(told.length)
})
