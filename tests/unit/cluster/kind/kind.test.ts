import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { kindConfiguration, podNodes } from '../../../../src/cluster/kind/kind.ts'

describe('nodes', () => {
  test.each([
    { nodes: 1, roles: ['control-plane'] },
    { nodes: 3, roles: ['control-plane', 'worker', 'worker'] }
  ])('of $nodes the first is the control plane', ({ nodes, roles }) => {
    const configuration = parse(kindConfiguration({ nodes })) as { kind: string; nodes: { role: string }[] }
    expect(configuration.kind).toBe('Cluster')
    expect(configuration.nodes.map(({ role }) => role)).toEqual(roles)
  })

  test.each([
    { nodes: ['a-control-plane'], pods: ['a-control-plane'] },
    { nodes: ['a-control-plane', 'a-worker', 'a-worker2'], pods: ['a-worker', 'a-worker2'] },
    { nodes: ['a-control-plane', 'a-control-plane2', 'a-worker'], pods: ['a-worker'] },
    { nodes: ['control-plane-worker', 'control-plane-control-plane'], pods: ['control-plane-worker'] }
  ])('pods run on $pods of $nodes', ({ nodes, pods }) => {
    expect(podNodes(nodes)).toEqual(pods)
  })
})

test('the host leads to node ports under the same numbers, on loopback alone', () => {
  const { nodes } = parse(kindConfiguration({ nodes: 2, ports: { first: 32_080, last: 32_081 } })) as {
    nodes: object[]
  }
  expect(nodes).toEqual([
    {
      role: 'control-plane',
      extraPortMappings: [32_080, 32_081].map(port => ({
        containerPort: port,
        hostPort: port,
        listenAddress: '127.0.0.1'
      }))
    },
    { role: 'worker' }
  ])
})

test('each node is given its provider ID, as what it joins with', () => {
  const { nodes } = parse(kindConfiguration({ nodes: 2, providerID: place => `aws:///us-west-2a/i-${place}` })) as {
    nodes: { kubeadmConfigPatches: string[] }[]
  }
  expect(nodes.map(({ kubeadmConfigPatches: [patch] }) => parse(patch!))).toEqual(
    ['InitConfiguration', 'JoinConfiguration'].map((kind, place) => ({
      kind,
      nodeRegistration: { kubeletExtraArgs: { 'provider-id': `aws:///us-west-2a/i-${place}` } }
    }))
  )
})
