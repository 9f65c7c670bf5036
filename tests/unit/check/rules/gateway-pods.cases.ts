import { expect } from '@jest/globals'
import { annotate, createDeployment, type Loose } from '../edge.ts'
import type { RuleCase } from './rules.cases.ts'

/** Cases of one rule. */
function of(code: string, ...cases: Omit<RuleCase, 'code'>[]): RuleCase[] {
  return cases.map(one => ({ code, ...one }))
}

function policy(source: Loose, selector = { istio: 'ingressgateway' }) {
  return {
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name: 'office', namespace: 'istio-system' },
    spec: { selector: { matchLabels: selector }, action: 'ALLOW', rules: [{ from: [{ source }] }] }
  }
}

/** Rules about the gateway's pods: their proxies, policies and how they end. */
export const gatewayPodCases: RuleCase[] = [
  ...of(
    'POLICY_SEES_LOAD_BALANCER',
    {
      name: 'public addresses as ipBlocks',
      change: ({ more }) => {
        more.push(policy({ ipBlocks: ['203.0.113.0/24'] }))
      },
      finds: { expected: 'remoteIpBlocks', path: 'spec.rules.0.from.0.source.ipBlocks' }
    },
    {
      name: 'public addresses as notIpBlocks',
      change: ({ more }) => {
        more.push(policy({ notIpBlocks: ['198.51.100.7'] }))
      },
      finds: { expected: 'notRemoteIpBlocks' }
    },
    {
      name: 'remoteIpBlocks',
      change: ({ more }) => {
        more.push(policy({ remoteIpBlocks: ['203.0.113.0/24'] }))
      }
    },
    {
      name: "the VPC's addresses",
      change: ({ more }) => {
        more.push(policy({ ipBlocks: ['10.0.0.0/16'] }))
      }
    },
    {
      name: 'everybody',
      change: ({ more }) => {
        more.push(policy({ ipBlocks: ['0.0.0.0/0'] }))
      }
    },
    {
      name: 'other pods',
      change: ({ more }) => {
        more.push(policy({ ipBlocks: ['203.0.113.0/24'] }, { istio: 'egressgateway' }))
      }
    }
  ),
  ...of(
    'TRUSTED_PROXIES_TOO_MANY',
    {
      name: 'two behind one load balancer',
      change: ({ more }) => {
        more.push(createDeployment({ gatewayTopology: { numTrustedProxies: 2 } }))
      },
      finds: { object: 'Deployment istio-system/gateway', expected: 'numTrustedProxies: 1' }
    },
    {
      name: 'one',
      change: ({ more }) => {
        more.push(createDeployment({ gatewayTopology: { numTrustedProxies: 1 } }))
      }
    },
    {
      name: 'two, and CloudFront alone reaches the load balancer',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'security-group-prefix-lists': 'pl-0a1b2c3d' })
        more.push(createDeployment({ gatewayTopology: { numTrustedProxies: 2 } }))
      }
    },
    {
      name: 'two behind an internal load balancer',
      change: ({ ingress, more }) => {
        annotate(ingress, { scheme: 'internal' })
        more.push(createDeployment({ gatewayTopology: { numTrustedProxies: 2 } }))
      }
    }
  ),
  ...of(
    'GRACE_PERIOD_SHORTER_THAN_DRAIN',
    {
      name: "a drain beyond Kubernetes's default",
      change: ({ more }) => {
        more.push(createDeployment({ terminationDrainDuration: '60s' }))
      },
      finds: { actual: '30', hint: expect.stringContaining('70') as never }
    },
    {
      name: 'a grace period that was set too short',
      change: ({ more }) => {
        const deployment = createDeployment({ terminationDrainDuration: '1m' })
        more.push(deployment)
        Object.assign(deployment.spec.template, { spec: { terminationGracePeriodSeconds: 45 } })
      },
      finds: { actual: '45', path: 'spec.template.spec.terminationGracePeriodSeconds' }
    },
    {
      name: 'a longer grace period',
      change: ({ more }) => {
        const deployment = createDeployment({ terminationDrainDuration: '40s' })
        more.push(deployment)
        Object.assign(deployment.spec.template, { spec: { terminationGracePeriodSeconds: 60 } })
      }
    },
    {
      name: 'defaults',
      change: ({ more }) => {
        more.push(createDeployment({}))
      }
    }
  )
]
