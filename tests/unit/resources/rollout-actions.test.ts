import { expect, test } from '@jest/globals'
import { assumeMissing, type Ingress, Resources } from '../../../src/resources/index.ts'

const namespace = 'shop'
const action = 'alb.ingress.kubernetes.io/actions.root'

function ingress(annotations: Record<string, string> = {}): Ingress {
  const service = { name: 'root', port: { name: 'use-annotation' } }
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'edge', namespace, annotations },
    spec: {
      ingressClassName: 'alb',
      rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service } }] } }]
    }
  }
}

function rollout(alb: object) {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'web', namespace },
    spec: { strategy: { canary: { canaryService: 'next', stableService: 'web', trafficRouting: { alb } } } }
  }
}

function actionIn(
  ...objects: Parameters<typeof Resources.prototype.with>[0] extends Iterable<infer One> ? One[] : never
) {
  const { resources, assumptions } = assumeMissing(new Resources(objects))
  const text = resources.find('Ingress', 'edge', namespace)?.metadata.annotations?.[action]
  return { action: text && JSON.parse(text), assumptions }
}

test('the action that a Rollout writes on an Ingress is assumed, and said', () => {
  const found = actionIn(ingress(), rollout({ ingress: 'edge', rootService: 'root', servicePort: 80 }))
  expect(found.action).toEqual({
    Type: 'forward',
    ForwardConfig: {
      TargetGroups: [
        { ServiceName: 'next', ServicePort: '80', Weight: 0 },
        { ServiceName: 'web', ServicePort: '80', Weight: 100 }
      ]
    }
  })
  expect(found.assumptions).toContainEqual(
    expect.stringContaining('as Argo Rollouts writes it for Rollout shop/web: all to web')
  )
})

test.each([
  [
    'of an Ingress that has it',
    [ingress({ [action]: '{}' }), rollout({ ingress: 'edge', rootService: 'root', servicePort: 80 })],
    {}
  ],
  ['of a Service that no backend names', [ingress(), rollout({ ingress: 'edge', servicePort: 80 })], undefined],
  [
    'of another Ingress',
    [ingress(), rollout({ ingresses: ['other'], rootService: 'root', servicePort: 80 })],
    undefined
  ],
  [
    'with another prefix',
    [ingress(), rollout({ ingress: 'edge', rootService: 'root', servicePort: 80, annotationPrefix: 'a.example.com' })],
    undefined
  ],
  ['of a Rollout that says nothing of it', [ingress(), { ...rollout({}), spec: 'none' as never }], undefined]
])('none is %s', (_, objects, expected) => {
  expect(actionIn(...objects).action).toEqual(expected)
})
