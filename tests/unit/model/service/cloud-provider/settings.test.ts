import { describe, expect, test } from '@jest/globals'
import { buildPlan, defaultEnvironment, specsOf } from '../../../../../src/model/index.ts'
import { type KubernetesObject, Resources } from '../../../../../src/resources/index.ts'

/** A Service that the cloud provider makes a load balancer of its own for. */
function service(name: string, uid?: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace: 'shop',
      ...(uid !== undefined && { uid }),
      annotations: { 'service.beta.kubernetes.io/aws-load-balancer-type': 'nlb' }
    },
    spec: { type: 'LoadBalancer', ports: [{ port: 80, nodePort: 30_080, protocol: 'TCP' }] }
  } as KubernetesObject
}

function namesOf(...objects: KubernetesObject[]): string[] {
  const { services } = buildPlan(new Resources(objects), defaultEnvironment)
  return services.flatMap(({ stack }) => specsOf(stack, 'loadBalancer').map(({ name }) => name))
}

describe("the name of the cloud provider's load balancer", () => {
  test('is a and the UID, as far as there is room', () => {
    expect(namesOf(service('web', '0f5d7a3c-1111-4222-8333-9a8b7c6d5e4f'))).toEqual([
      'a0f5d7a3c1111422283339a8b7c6d5e4'
    ])
  })

  test('differs between Services that have no UID yet, and stays the same', () => {
    const names = namesOf(service('web'), service('api'))
    expect(new Set(names).size).toBe(2)
    expect(names).toEqual(namesOf(service('web'), service('api')))
    for (const name of names) {
      expect(name).toMatch(/^a[0-9a-f]{31}$/)
    }
  })

  test('is told where it is assumed', () => {
    const [plan] = buildPlan(new Resources([service('web')]), defaultEnvironment).services
    expect(plan!.assumptions).toContainEqual(
      expect.stringMatching(
        /^the load balancer of Service shop\/web is called a and the UID that the Service gets, here a/
      )
    )
  })
})

test('a port that is written twice, which the API server refuses, has one listener', () => {
  const web = service('web')
  const ports = [30_080, 30_081].map(nodePort => ({ port: 80, nodePort, protocol: 'TCP' }))
  const classic = {
    ...web,
    metadata: { name: 'web', namespace: 'shop' },
    spec: { type: 'LoadBalancer', ports: [...ports, { port: 443, nodePort: 30_443 }] }
  }
  const [plan] = buildPlan(new Resources([classic as KubernetesObject]), defaultEnvironment).services
  expect(specsOf(plan!.stack, 'classicLoadBalancer').flatMap(({ listeners }) => listeners)).toMatchObject([
    { loadBalancerPort: 80, instancePort: 30_080 },
    { loadBalancerPort: 443, instancePort: 30_443 }
  ])
})
