import { describe, expect, test } from '@jest/globals'
import { isLoadBalancerReplaced, withLiveNames } from '../../../src/controller/live-names.ts'
import type { LoadBalancerSpec, Stack, TargetGroupSpec } from '../../../src/model/index.ts'

function targetGroup(over: Partial<TargetGroupSpec>): TargetGroupSpec {
  return {
    name: 'k8s-shop-web-1111111111',
    targetType: 'instance',
    port: 30080,
    protocol: 'HTTP',
    protocolVersion: 'HTTP1',
    healthCheckConfig: {
      port: 'traffic-port',
      protocol: 'HTTP',
      path: '/',
      matcher: { httpCode: '200' },
      intervalSeconds: 15,
      timeoutSeconds: 5,
      healthyThresholdCount: 2,
      unhealthyThresholdCount: 2
    },
    ...over
  }
}

function stack(
  loadBalancer: Partial<LoadBalancerSpec>,
  groups: Record<string, Partial<TargetGroupSpec>> = { 'shop/web-web:80': {} }
): Stack {
  return {
    id: 'shop/web',
    resources: {
      'AWS::ElasticLoadBalancingV2::LoadBalancer': {
        LoadBalancer: {
          spec: {
            name: 'edge',
            type: 'application',
            scheme: 'internal',
            ipAddressType: 'ipv4',
            subnetMapping: [],
            ...loadBalancer
          }
        }
      },
      'AWS::ElasticLoadBalancingV2::TargetGroup': Object.fromEntries(
        Object.entries(groups).map(([id, over]) => [id, { spec: targetGroup(over) }])
      )
    }
  }
}

function namesOf({ resources }: Stack) {
  return {
    loadBalancer: resources['AWS::ElasticLoadBalancingV2::LoadBalancer']?.LoadBalancer?.spec.name,
    targetGroups: Object.values(resources['AWS::ElasticLoadBalancingV2::TargetGroup'] ?? {}).map(
      ({ spec }) => spec.name
    )
  }
}

const old = 'k8s-shop-web-1111111111'

describe('names that AWS gave stay', () => {
  const cases: { name: string; live: Stack | undefined; next: Stack; loadBalancer: string; targetGroups: string[] }[] =
    [
      { name: 'the first time', live: undefined, next: stack({}), loadBalancer: 'edge', targetGroups: [old] },
      {
        name: 'another load balancer name',
        live: stack({}),
        next: stack({ name: 'new' }),
        loadBalancer: 'edge',
        targetGroups: [old]
      },
      {
        name: 'another scheme: all is new',
        live: stack({}),
        next: stack({ name: 'new', scheme: 'internet-facing' }, { 'shop/web-web:80': { name: 'later' } }),
        loadBalancer: 'new',
        targetGroups: ['later']
      },
      {
        name: 'a moved node port, a changed health check',
        live: stack({}),
        next: stack({}, { 'shop/web-web:80': { name: 'later', port: 31080 } }),
        loadBalancer: 'edge',
        targetGroups: [old]
      },
      ...(
        [
          { targetType: 'ip' },
          { protocol: 'HTTPS' },
          { protocolVersion: 'HTTP2' },
          { targetControlPort: 3000 }
        ] as const
      ).map(over => ({
        name: `a replaced target group: ${Object.keys(over)[0]}`,
        live: stack({}),
        next: stack({}, { 'shop/web-web:80': { name: 'later', ...over } }),
        loadBalancer: 'edge',
        targetGroups: ['later']
      })),
      {
        name: 'one more target group',
        live: stack({}),
        next: stack({}, { 'shop/web-web:80': { name: 'later' }, 'shop/web-api:80': { name: 'other' } }),
        loadBalancer: 'edge',
        targetGroups: [old, 'other']
      },
      {
        name: 'no target groups any more',
        live: stack({}),
        next: stack({ name: 'new' }, {}),
        loadBalancer: 'edge',
        targetGroups: []
      }
    ]
  test.each(cases)('$name', ({ live, next, loadBalancer, targetGroups }) => {
    const given = structuredClone(next)
    expect(namesOf(withLiveNames(live, next))).toEqual({ loadBalancer, targetGroups })
    expect(next).toEqual(given)
  })
})

test('a load balancer is replaced for its scheme alone', () => {
  expect(isLoadBalancerReplaced(stack({}), stack({ scheme: 'internet-facing' }))).toBe(true)
  expect(isLoadBalancerReplaced(stack({}), stack({ name: 'new', ipAddressType: 'dualstack' }))).toBe(false)
})
