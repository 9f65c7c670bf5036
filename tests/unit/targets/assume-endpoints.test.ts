import { expect, test } from '@jest/globals'
import { type KubernetesObject, Resources } from '../../../src/resources/index.ts'
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

function slicesBeside(...objects: KubernetesObject[]): number {
  const metadata = { name: 'web', namespace: 'shop' }
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }] }
  }
  const { resources } = assumeEndpoints(new Resources([service, ...objects]), 'us-west-2', addresses)
  return resources.list('EndpointSlice').length
}

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { replicas: 0, template: { metadata: { labels: { app: 'web' } } } }
}
const autoscaler = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' } }
}

test('no pod is assumed where what makes them asks for none, and nothing scales it', () => {
  expect(slicesBeside(deployment)).toBe(0)
  expect(slicesBeside(deployment, autoscaler)).toBe(1)
  expect(slicesBeside()).toBe(1)
})
