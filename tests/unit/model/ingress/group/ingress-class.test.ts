import { describe } from '@jest/globals'
import type { KubernetesObject } from '../../../../../src/resources/index.ts'
import { testMistakes } from '../../mistakes.ts'
import { classParams, ingress, ingressClass } from '../../objects.ts'

function inClass(params: KubernetesObject[], className = 'params'): KubernetesObject[] {
  return [ingress(), ingressClass(className), ...params]
}

describe('mistakes', () => {
  testMistakes([
    {
      mistake: 'a class that is not there',
      objects: [ingress({}, { ingressClassName: 'nosuch' })],
      error: 'invalid ingress class: IngressClass.networking.k8s.io "nosuch" not found'
    },
    {
      mistake: 'parameters that are not there',
      objects: inClass([]),
      error: 'invalid ingress class: IngressClassParams.elbv2.k8s.aws "params" not found'
    },
    {
      mistake: 'a namespace that the class is not for',
      objects: inClass([
        classParams({ namespaceSelector: { matchLabels: { team: 'a' } } }),
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns' } }
      ]),
      error: 'invalid ingress class: namespaceSelector of IngressClassParams params mismatch'
    },
    {
      mistake: 'a namespace that is not there',
      objects: inClass([classParams({ namespaceSelector: {} })]),
      error: 'invalid ingress class: Namespace "ns" not found'
    },
    {
      mistake: 'parameters of another kind',
      objects: [
        ingress(),
        { ...ingressClass(), spec: { controller: 'ingress.k8s.aws/alb', parameters: { kind: 'ConfigMap', name: 'a' } } }
      ],
      error: 'invalid ingress class: IngressClass alb references unknown parameters'
    },
    {
      mistake: 'two default classes',
      objects: [
        { ...ingress(), spec: {} },
        ...['a', 'b'].map(name => ({
          ...ingressClass(),
          metadata: { name, annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } }
        }))
      ],
      error: 'multiple default IngressClasses found'
    }
  ])
})
