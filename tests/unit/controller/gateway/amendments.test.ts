import { describe, expect, test } from '@jest/globals'
import type { Amendment } from '../../../../src/controller/gateway/amendment.ts'
import { amendmentsOf } from '../../../../src/controller/gateway/amendments.ts'
import { buildPlan, defaultEnvironment } from '../../../../src/model/index.ts'
import { type KubernetesObject, type ObjectMeta, objectName, Resources } from '../../../../src/resources/index.ts'

const time = '2026-01-02T00:00:00Z'
const deletionTimestamp = '2026-01-01T00:00:00Z'
const [api, configurations] = ['gateway.networking.k8s.io/v1', 'gateway.k8s.aws/v1']

function made(kind: string, name: string, metadata: Partial<ObjectMeta> = {}, fields: object = {}): KubernetesObject {
  const apiVersion = kind.endsWith('Configuration') ? configurations! : api!
  const namespace = kind === 'GatewayClass' ? {} : { namespace: 'shop' }
  return {
    apiVersion,
    kind,
    metadata: { name, ...namespace, resourceVersion: '7', generation: 1, ...metadata },
    ...fields
  }
}

function reviewed(...objects: KubernetesObject[]): Amendment[] {
  const resources = new Resources(objects)
  return amendmentsOf({ resources, plans: buildPlan(resources, defaultEnvironment).gateways, time })
}

/** What is written, or the error, by the object. */
function told(amendments: Amendment[]): Record<string, unknown> {
  return Object.fromEntries(
    amendments.map(({ object, ...rest }) => [
      objectName(object),
      rest.error ?? ('subresource' in rest && [rest.subresource, rest.body])
    ])
  )
}

const finalizers = {
  GatewayClass: 'gateway.k8s.aws/gatewayclass',
  LoadBalancerConfiguration: 'gateway.k8s.aws/loadbalancerconfigurations',
  TargetGroupConfiguration: 'gateway.k8s.aws/targetgroupconfigurations',
  ListenerRuleConfiguration: 'gateway.k8s.aws/listenerruleconfigurations'
}
const held = Object.fromEntries(Object.entries(finalizers).map(([kind, one]) => [kind, { finalizers: [one] }]))
const going = Object.fromEntries(Object.entries(held).map(([kind, meta]) => [kind, { ...meta, deletionTimestamp }]))

const controllerName = 'gateway.k8s.aws/alb'
const parametersRef = { group: 'gateway.k8s.aws', kind: 'LoadBalancerConfiguration', name: 'x', namespace: 'shop' }
const gateway = made('Gateway', 'edge', {}, { spec: { gatewayClassName: 'aws', listeners: [] } })
function gatewayClass(metadata: Partial<ObjectMeta> = {}, spec: object = {}): KubernetesObject {
  return made('GatewayClass', 'aws', metadata, { spec: { controllerName, ...spec } })
}
const letGo = ['', { metadata: { resourceVersion: '7', finalizers: [] } }]

describe('what objects lack', () => {
  test.each(Object.entries(finalizers))('a %s lacks its finalizer', (kind, finalizer) => {
    const object = kind === 'GatewayClass' ? gatewayClass() : made(kind, 'x')
    expect(told(reviewed(object))).toEqual({
      [objectName(object)]: ['', { metadata: { resourceVersion: '7', finalizers: [finalizer] } }]
    })
  })

  const cases: { name: string; objects: KubernetesObject[]; lacks: Record<string, unknown> }[] = [
    {
      name: 'a class with a configuration lacks the note of its version',
      objects: [
        gatewayClass(held.GatewayClass, { parametersRef }),
        made('LoadBalancerConfiguration', 'x', held.LoadBalancerConfiguration)
      ],
      lacks: {
        'GatewayClass aws': [
          '',
          {
            metadata: {
              annotations: {
                'elbv2.k8s.aws/last-processed-config': '7',
                'elbv2.k8s.aws/last-processed-config-timestamp': String(Date.parse(time) / 1000)
              }
            }
          }
        ]
      }
    },
    {
      name: 'a class without a condition is given none',
      objects: [gatewayClass({ ...held.GatewayClass, annotations: { 'elbv2.k8s.aws/last-processed-config': '' } })],
      lacks: {}
    },
    { name: 'a class of others lacks nothing', objects: [gatewayClass({}, { controllerName: 'istio.io' })], lacks: {} },
    {
      name: 'a class that nothing uses may go',
      objects: [gatewayClass(going.GatewayClass)],
      lacks: { 'GatewayClass aws': letGo }
    },
    {
      name: 'a class in use may not',
      objects: [gatewayClass(going.GatewayClass), gateway],
      lacks: { 'GatewayClass aws': 'unable to delete GatewayClass [aws], as it is still referenced by Gateways' }
    },
    {
      name: 'a configuration of nothing may go',
      objects: [made('LoadBalancerConfiguration', 'x', going.LoadBalancerConfiguration)],
      lacks: { 'LoadBalancerConfiguration shop/x': letGo }
    },
    {
      name: 'a configuration of a class may not',
      objects: [
        gatewayClass(
          { ...held.GatewayClass, annotations: { 'elbv2.k8s.aws/last-processed-config': '7' } },
          { parametersRef }
        ),
        made('LoadBalancerConfiguration', 'x', going.LoadBalancerConfiguration)
      ],
      lacks: { 'LoadBalancerConfiguration shop/x': 'loadbalancer configuration [shop/x] is still in use' }
    },
    {
      name: 'a default configuration of target groups goes with the last that refers to it',
      objects: [
        made('TargetGroupConfiguration', 'x', going.TargetGroupConfiguration),
        made('LoadBalancerConfiguration', 'y', held.LoadBalancerConfiguration, {
          spec: { defaultTargetGroupConfiguration: { name: 'x' } }
        })
      ],
      lacks: { 'TargetGroupConfiguration shop/x': letGo }
    },
    {
      name: 'a configuration of rules is accepted',
      objects: [made('ListenerRuleConfiguration', 'x', held.ListenerRuleConfiguration)],
      lacks: {
        'ListenerRuleConfiguration shop/x': [
          '/status',
          { status: { accepted: true, message: 'Accepted', observedGeneration: 1 } }
        ]
      }
    },
    {
      name: 'a configuration of rules whose Secret is missing is not',
      objects: [
        made('ListenerRuleConfiguration', 'x', held.ListenerRuleConfiguration, {
          spec: { actions: [{ type: 'authenticate-oidc', authenticateOIDCConfig: { secret: { name: 'oidc' } } }] }
        })
      ],
      lacks: {
        'ListenerRuleConfiguration shop/x': [
          '/status',
          { status: { accepted: false, message: 'secret [shop/oidc] not found', observedGeneration: 1 } }
        ]
      }
    },
    {
      name: 'a configuration of rules that a route names may not go',
      objects: [
        made('ListenerRuleConfiguration', 'x', going.ListenerRuleConfiguration),
        made(
          'HTTPRoute',
          'web',
          {},
          {
            spec: {
              rules: [
                {
                  filters: [
                    {
                      type: 'ExtensionRef',
                      extensionRef: { group: 'gateway.k8s.aws', kind: 'ListenerRuleConfiguration', name: 'x' }
                    }
                  ]
                }
              ]
            }
          }
        )
      ],
      lacks: {
        'ListenerRuleConfiguration shop/x':
          'failed to remove finalizers as listener rule configuration [shop/x] is still in use'
      }
    }
  ]
  test.each(cases)('$name', ({ objects, lacks }) => {
    expect(told(reviewed(...objects))).toEqual(lacks)
  })
})
