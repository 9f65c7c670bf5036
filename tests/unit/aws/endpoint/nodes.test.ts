import { expect, test } from '@jest/globals'
import { AWSEndpoint, nodesOf } from '../../../../src/aws/index.ts'
import type { KubernetesObject } from '../../../../src/resources/index.ts'
import { callAction, type Json } from '../client.ts'

function node(name: string, spec: object, address?: string, labels: Record<string, string> = {}): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    spec,
    status: { addresses: address === undefined ? [] : [{ type: 'InternalIP', address }] }
  } as unknown as KubernetesObject
}

const zoned = node('a', { providerID: 'aws:///us-west-2b/i-0a1', podCIDR: '10.244.1.0/24' }, '127.0.0.1')

test.each([
  ['by its provider ID', zoned, [{ id: 'i-0a1', address: '127.0.0.1', zone: 'us-west-2b', podCIDR: '10.244.1.0/24' }]],
  [
    'by its label',
    node('a', { providerID: 'aws:///us-west-2b/i-0a1' }, '127.0.0.1', { 'topology.kubernetes.io/zone': 'us-west-2a' }),
    [{ id: 'i-0a1', address: '127.0.0.1', zone: 'us-west-2a' }]
  ],
  [
    'without a provider ID',
    node('a', {}, '127.0.0.1'),
    [{ id: expect.stringMatching(/^i-[0-9a-f]{17}$/), address: '127.0.0.1' }]
  ],
  ['without an address', node('a', { providerID: 'aws:///us-west-2b/i-0a1' }), []]
])('a node %s', (_, given, expected) => {
  expect(nodesOf([given])).toEqual(expected)
})

test('nodes come and go, and what calls made stays', async () => {
  await using endpoint = await AWSEndpoint.start({ anyPort: true })
  async function ids(): Promise<string[]> {
    const { output } = await callAction(endpoint.url, 'ec2', 'DescribeInstances')
    return output!.Reservations.map((one: Json) => one.Instances[0].InstanceId)
  }
  const { output } = await callAction(endpoint.url, 'ec2', 'RunInstances', { MinCount: 1, MaxCount: 1 })
  const [{ InstanceId }] = output!.Instances
  await endpoint.setNodes(nodesOf([zoned]))
  expect(await ids()).toEqual([InstanceId, 'i-0a1'])
  await endpoint.setNodes([])
  expect(await ids()).toEqual([InstanceId])
})
