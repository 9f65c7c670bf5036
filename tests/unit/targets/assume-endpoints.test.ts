import { expect, test } from '@jest/globals'
import { Resources } from '../../../src/resources/index.ts'
import { assumeEndpoints } from '../../../src/targets/index.ts'

const addresses = { nodes: ['192.0.2.11', '192.0.2.12'], podAt: (index: number) => `192.0.2.${21 + index}` }

function ingress(annotations: Record<string, string>) {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'edge', annotations } }
}

function labelsOf(annotations: Record<string, string>) {
  const { resources } = assumeEndpoints(new Resources([ingress(annotations)]), 'us-west-2', addresses)
  return resources.list('Node').map(({ metadata }) => metadata.labels)
}

test('assumed nodes stand in the zones of the region', () => {
  expect(labelsOf({})).toEqual([
    { 'topology.kubernetes.io/zone': 'us-west-2a' },
    { 'topology.kubernetes.io/zone': 'us-west-2b' }
  ])
})

test('assumed nodes have the labels by which an Ingress chooses its nodes', () => {
  expect(labelsOf({ 'alb.ingress.kubernetes.io/target-node-labels': 'pool=edge, tier=front' })).toEqual([
    { pool: 'edge', tier: 'front', 'topology.kubernetes.io/zone': 'us-west-2a' },
    { pool: 'edge', tier: 'front', 'topology.kubernetes.io/zone': 'us-west-2b' }
  ])
})
