import { describe, expect, test } from '@jest/globals'
import { type Mistake, own, testMistakes } from '../mistakes.ts'
import { type Annotations, actionIngress, backendOf, environment, errorOf, ingress, rulesOf } from '../objects.ts'

test('transforms of a backend', () => {
  const rewrites = [{ regex: '^/api/(.*)$', replace: '/$1' }]
  const transforms = [
    { type: 'url-rewrite', urlRewriteConfig: { rewrites } },
    { type: 'host-header-rewrite', hostHeaderRewriteConfig: { rewrites: [{ regex: 'a', replace: '' }] } }
  ]
  expect(rulesOf([ingress({ 'transforms.gw': JSON.stringify(transforms) })])[0]!.transforms).toEqual(transforms)
})

describe("the controller's flags", () => {
  function withFlags(flags: Partial<typeof environment.controller>) {
    return {
      ...environment,
      controller: { ...environment.controller, ...flags }
    }
  }
  test.each<{ flag: string; flags: Partial<typeof environment.controller>; annotations: Annotations; error: string }>([
    {
      flag: 'backend security group off',
      flags: { enableBackendSecurityGroup: false },
      annotations: { 'security-groups': 'sg-1', 'manage-backend-security-group-rules': 'true' },
      error: 'backendSG feature is required to manage worker node SG rules when frontendSG manually specified'
    },
    {
      flag: 'external managed tags',
      flags: { externalManagedTags: ['owner'] },
      annotations: { tags: 'owner=me' },
      error: 'failed build tags for Ingress ns/web: external managed tag key owner cannot be specified'
    },
    {
      flag: 'IP targets off',
      flags: { featureGates: { ...environment.controller.featureGates, EnableIPTargetType: false } },
      annotations: { 'target-type': 'ip' },
      error: own('unsupported targetType: ip when EnableIPTargetType is false')
    }
  ])('$flag', ({ flags, annotations, error }) => {
    expect(errorOf([ingress(annotations)], withFlags(flags))).toBe(error)
  })

  test.each([
    {
      name: 'nosuch',
      port: 80,
      flags: { tolerateNonExistentBackendService: false },
      error: 'Service "nosuch" not found'
    },
    {
      name: 'nosuch',
      port: 'use-annotation',
      flags: { tolerateNonExistentBackendAction: false },
      error: 'missing actions.nosuch configuration'
    }
  ])('a backend that is not there, not tolerated: $error', ({ name, port, flags, error }) => {
    const backend = backendOf(name, port)
    const objects = [ingress({}, { rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] })]
    expect(errorOf(objects, withFlags(flags))).toBe(own(error))
  })
})

function withAction(action: unknown, error: string): Mistake {
  return {
    mistake: `action ${typeof action === 'string' ? action : JSON.stringify(action)}`,
    objects: [actionIngress(action)],
    error: own(error)
  }
}
function twoTargets(...targetGroups: unknown[]) {
  return { type: 'forward', forwardConfig: { targetGroups } }
}

describe('mistakes', () => {
  testMistakes([
    {
      mistake: 'a backend that is no Service',
      objects: [
        ingress(
          {},
          {
            rules: [
              {
                http: {
                  paths: [{ path: '/', pathType: 'Prefix', backend: { resource: { kind: 'Bucket', name: 'b' } } }]
                }
              }
            ]
          }
        )
      ],
      error: own('missing required "service" field')
    },
    withAction(
      twoTargets({ serviceName: 'zz', servicePort: 80, weight: 1 }, { serviceName: 'gw', servicePort: 80, weight: 1 }),
      'Service "zz" not found'
    )
  ])
})
