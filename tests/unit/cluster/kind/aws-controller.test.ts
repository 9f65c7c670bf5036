import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { addressForPods, providerIDOf, requireInstances } from '../../../../src/cluster/kind/aws-controller.ts'
import type { Node } from '../../../../src/resources/index.ts'
import { FakeTools } from '../fake-tools.ts'

let tools: FakeTools
beforeEach(() => {
  tools = new FakeTools()
})
afterEach(() => tools.remove())

function node(providerID?: string): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'edge-worker' },
    spec: { ...(providerID && { providerID }) }
  }
}

describe('a node', () => {
  test('is an instance of its own, one zone after the other', () => {
    const ids = [0, 1, 2].map(place => providerIDOf('edge', place, ['us-west-2a', 'us-west-2b']))
    expect(ids.map(id => id.split('/')[3])).toEqual(['us-west-2a', 'us-west-2b', 'us-west-2a'])
    expect(new Set(ids).size).toBe(3)
    expect(() => requireInstances('edge', ids.map(node))).not.toThrow()
  })

  test.each([['kind://docker/edge/edge-worker'], [undefined]])('%s is refused', providerID => {
    expect(() => requireInstances('edge', [node(providerID)])).toThrow(
      expect.objectContaining({
        exitCode: 2,
        findings: [expect.objectContaining({ code: 'NODE_NOT_AN_INSTANCE', actual: providerID ?? '' })]
      })
    )
  })
})

test('pods reach this machine at the IPv4 gateway of the network of the nodes', async () => {
  tools.put('docker', { 'network inspect kind': 'fc00:f853:ccd:e793::1 172.18.0.1 ' })
  expect(await addressForPods()).toBe('172.18.0.1')
  tools.put('docker', { 'network inspect kind': '' })
  await expect(addressForPods()).rejects.toMatchObject({ exitCode: 3, findings: [{ code: 'NODE_NETWORK_UNKNOWN' }] })
})
