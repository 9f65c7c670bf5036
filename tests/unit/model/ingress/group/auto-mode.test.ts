import { expect, test } from '@jest/globals'
import { buildPlan, defaultEnvironment, type GroupPlan } from '../../../../../src/model/index.ts'
import { parseManifests } from '../../../../../src/resources/index.ts'

const certificate = 'arn:aws:acm:eu-west-1:111122223333:certificate/0a0a0a0a-0000-0000-0000-000000000001'

const ingressClass = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'alb' },
  spec: {
    controller: 'eks.amazonaws.com/alb',
    parameters: { apiGroup: 'eks.amazonaws.com', kind: 'IngressClassParams', name: 'params' }
  }
}

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'app', namespace: 'web' },
  spec: { ports: [{ port: 80, targetPort: 8080 }] }
}

function plan(params: object, annotations: Record<string, string> = {}): GroupPlan {
  const objects = [
    ingressClass,
    service,
    { apiVersion: 'eks.amazonaws.com/v1', kind: 'IngressClassParams', metadata: { name: 'params' }, spec: params },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'app', namespace: 'web', annotations },
      spec: {
        ingressClassName: 'alb',
        rules: [
          {
            http: {
              paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'app', port: { number: 80 } } } }]
            }
          }
        ]
      }
    }
  ]
  const text = objects.map(object => JSON.stringify(object)).join('\n---\n')
  return buildPlan(parseManifests([{ text, file: 'auto.yaml' }]), defaultEnvironment).groups[0]!
}

test('targets are pods unless somebody says otherwise', () => {
  function targetTypeOf(group: GroupPlan): string[] {
    return Object.values(group.stack!.resources['AWS::ElasticLoadBalancingV2::TargetGroup'] ?? {}).map(
      ({ spec }) => spec.targetType
    )
  }
  expect(targetTypeOf(plan({}))).toEqual(['ip'])
  expect(targetTypeOf(plan({ targetType: 'ip' }, { 'alb.ingress.kubernetes.io/target-type': 'instance' }))).toEqual([
    'ip'
  ])
})

test("the class's certificates, group and subnets count", () => {
  const group = plan({
    scheme: 'internet-facing',
    group: { name: 'edge' },
    certificateARNs: [certificate],
    subnets: { ids: ['subnet-a', 'subnet-b'] }
  })
  expect(group).toMatchObject({ id: 'edge', autoMode: true, members: ['web/app'] })
  const { resources } = group.stack!
  expect(Object.values(resources['AWS::ElasticLoadBalancingV2::Listener']!).map(({ spec }) => spec)).toMatchObject([
    { port: 443, protocol: 'HTTPS', certificates: [{ certificateARN: certificate }] }
  ])
  expect(resources['AWS::ElasticLoadBalancingV2::LoadBalancer']!.LoadBalancer!.spec).toMatchObject({
    scheme: 'internet-facing',
    subnetMapping: [{ subnetID: 'subnet-a' }, { subnetID: 'subnet-b' }]
  })
})

test.each([
  ['as a list', [{ key: 'kubernetes.io/role/elb', values: ['1'] }]],
  ['as a mapping', { 'kubernetes.io/role/elb': ['1'] }]
])('subnets are found by their tags, %s', (_name, matchTags) => {
  const { stack } = plan({ subnets: { matchTags } })
  expect(stack!.resources['AWS::ElasticLoadBalancingV2::LoadBalancer']!.LoadBalancer!.spec.subnetMapping).toHaveLength(
    2
  )
})

test('what it does not take has no effect', () => {
  const group = plan({}, { 'alb.ingress.kubernetes.io/group.name': 'edge' })
  expect(group.id).toBe('web/app')
})

test('parameters of the other controller leave the Ingress out', () => {
  const text = [
    {
      ...ingressClass,
      spec: { ...ingressClass.spec, parameters: { apiGroup: 'elbv2.k8s.aws', kind: 'IngressClassParams', name: 'p' } }
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'app' },
      spec: { ingressClassName: 'alb' }
    }
  ]
    .map(object => JSON.stringify(object))
    .join('\n---\n')
  expect(buildPlan(parseManifests([{ text, file: 'auto.yaml' }]), defaultEnvironment).unloadable).toEqual([
    {
      ingress: expect.stringContaining('app'),
      error: 'invalid ingress class: IngressClass alb references unknown parameters'
    }
  ])
})
