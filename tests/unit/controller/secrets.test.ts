import { describe, expect, test } from '@jest/globals'
import { referencedSecrets } from '../../../src/controller/secrets.ts'
import { type KubernetesObject, Resources } from '../../../src/resources/index.ts'

function object(kind: string, namespace: string, oidc: string | undefined): KubernetesObject {
  return {
    apiVersion: kind === 'Ingress' ? 'networking.k8s.io/v1' : 'v1',
    kind,
    metadata: {
      name: 'web',
      namespace,
      annotations: { ...(oidc !== undefined && { 'alb.ingress.kubernetes.io/auth-idp-oidc': oidc }) }
    }
  }
}

describe('the Secrets that are read', () => {
  const cases: { name: string; objects: KubernetesObject[]; secrets: string[] }[] = [
    { name: 'none', objects: [object('Ingress', 'shop', undefined)], secrets: [] },
    { name: 'an Ingress’s', objects: [object('Ingress', 'shop', '{"secretName":"oidc"}')], secrets: ['shop/oidc'] },
    { name: 'a Service’s', objects: [object('Service', 'shop', '{"secretName":"oidc"}')], secrets: ['shop/oidc'] },
    {
      name: 'a key in any case',
      objects: [object('Ingress', 'shop', '{"SecretName":"oidc"}')],
      secrets: ['shop/oidc']
    },
    {
      name: 'each once',
      objects: [object('Ingress', 'shop', '{"secretName":"a"}'), object('Service', 'shop', '{"secretName":"a"}')],
      secrets: ['shop/a']
    },
    { name: 'no JSON', objects: [object('Ingress', 'shop', '{')], secrets: [] },
    { name: 'no object', objects: [object('Ingress', 'shop', 'null')], secrets: [] },
    { name: 'no name', objects: [object('Ingress', 'shop', '{"secretName":7}')], secrets: [] },
    { name: 'another kind', objects: [object('ConfigMap', 'shop', '{"secretName":"oidc"}')], secrets: [] }
  ]
  test.each(cases)('$name', ({ objects, secrets }) => {
    expect([...referencedSecrets(new Resources(objects))]).toEqual(secrets)
  })
})
