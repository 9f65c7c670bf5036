import { describe, expect, test } from '@jest/globals'
import type { Stack } from '../../../src/model/index.ts'
import { type EndpointSlice, type Node, Resources, type Service } from '../../../src/resources/index.ts'
import { eligibleNodes, instanceID, targetsOf } from '../../../src/targets/index.ts'

interface NodeOptions {
  ready?: string
  labels?: Record<string, string>
  taints?: { key: string; effect: string }[]
  providerID?: string
  unschedulable?: boolean
}

function node(name: string, { ready = 'True', labels, ...spec }: NodeOptions = {}): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    spec,
    status: {
      addresses: [
        { type: 'ExternalIP', address: '203.0.113.1' },
        { type: 'InternalIP', address: `10.0.0.${name.length}` }
      ],
      conditions: [{ type: 'Ready', status: ready }]
    }
  }
}

describe('which nodes take traffic', () => {
  test.each<{ name: string; nodes: Node[]; eligible: string[]; selector?: object }>([
    { name: 'ready ones', nodes: [node('a'), node('b', { ready: 'False' })], eligible: ['a'] },
    { name: 'a cordoned one too', nodes: [node('a', { unschedulable: true })], eligible: ['a'] },
    { name: 'unknown ones where none is ready', nodes: [node('a', { ready: 'Unknown' })], eligible: ['a'] },
    {
      name: 'not unknown ones beside a ready one',
      nodes: [node('a'), node('b', { ready: 'Unknown' })],
      eligible: ['a']
    },
    {
      name: 'none that is labelled out',
      nodes: [
        node('a', { labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': '' } }),
        node('b', { labels: { 'eks.amazonaws.com/compute-type': 'fargate' } }),
        node('c', { labels: { 'eks.amazonaws.com/compute-type': 'ec2' } })
      ],
      eligible: ['c']
    },
    {
      name: 'none that is on its way out',
      nodes: [
        node('a', { taints: [{ key: 'ToBeDeletedByClusterAutoscaler', effect: 'NoExecute' }] }),
        node('b', { taints: [{ key: 'karpenter.sh/disrupted', effect: 'NoSchedule' }] }),
        node('c', { taints: [{ key: 'karpenter.sh/disrupted', effect: 'PreferNoSchedule' }] })
      ],
      eligible: ['c']
    },
    {
      name: 'only those with the labels asked for',
      nodes: [node('a', { labels: { edge: 'yes' } }), node('b')],
      selector: { matchLabels: { edge: 'yes' } },
      eligible: ['a']
    }
  ])('$name', ({ nodes, selector, eligible }) => {
    expect(eligibleNodes(nodes, selector).map(({ metadata }) => metadata.name)).toEqual(eligible)
  })
})

test('instance IDs come from the provider ID, else from the name', () => {
  expect(instanceID(node('a', { providerID: 'aws:///us-west-2a/i-0abc' }))).toBe('i-0abc')
  const made = instanceID(node('a', { providerID: 'kind://docker/kind/a' }))
  expect(made).toMatch(/^i-[0-9a-f]{17}$/)
  expect(made).toBe(instanceID(node('a')))
})

const service: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'gateway', namespace: 'edge' },
  spec: {
    ports: [
      { name: 'https', port: 443, targetPort: 8443, nodePort: 31804 },
      { name: 'http2', port: 80, targetPort: 'http2', nodePort: 31565 }
    ]
  }
}

function stack(targetType: 'instance' | 'ip', port: number | string): Stack {
  return {
    id: 'edge/edge',
    resources: {
      'K8S::ElasticLoadBalancingV2::TargetGroupBinding': {
        group: {
          spec: {
            template: {
              metadata: { name: 'k8s-group', namespace: 'edge' },
              spec: { targetGroupARN: 'arn', targetType, serviceRef: { name: 'gateway', port } }
            }
          }
        }
      }
    }
  }
}

function slice(endpoints: EndpointSlice['endpoints']): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'gateway-1', namespace: 'edge', labels: { 'kubernetes.io/service-name': 'gateway' } },
    endpoints,
    ports: [
      { name: 'https', port: 8443 },
      { name: 'http2', port: 8080 }
    ]
  }
}

describe('targets', () => {
  test('instance: every eligible node at the node port, named or numbered', () => {
    const resources = new Resources([service, node('a'), node('bb')])
    for (const reference of ['https', 443]) {
      expect(targetsOf(stack('instance', reference), resources).get('group')).toMatchObject([
        { address: '10.0.0.1', port: 31804 },
        { address: '10.0.0.2', port: 31804 }
      ])
    }
  })

  test('ip: ready endpoints at the port that the slice names, each once', () => {
    const resources = new Resources([
      service,
      slice([
        { addresses: ['10.1.0.1'], conditions: { ready: true } },
        { addresses: ['10.1.0.1'] },
        { addresses: ['10.1.0.2'], conditions: { ready: false } },
        { addresses: ['10.1.0.3'], conditions: { ready: true, terminating: true } }
      ])
    ])
    expect(targetsOf(stack('ip', 'http2'), resources).get('group')).toEqual([
      { id: '10.1.0.1', address: '10.1.0.1', port: 8080 }
    ])
  })

  test('a Service or port that is gone has none', () => {
    expect(targetsOf(stack('instance', 'https'), new Resources([node('a')])).get('group')).toEqual([])
    expect(targetsOf(stack('ip', 'grpc'), new Resources([service])).get('group')).toEqual([])
  })
})
