import { expect, test } from '@jest/globals'
import { objectName, parseManifests, placeInNamespace } from '../../../src/resources/index.ts'

function placed(text: string): string[] {
  return placeInNamespace(parseManifests([{ text, file: 'some.yaml' }]), 'shop')
    .all()
    .map(objectName)
}

function object(apiVersion: string, kind: string, namespace?: string): string {
  const metadata = `{name: a${namespace === undefined ? '' : `, namespace: ${namespace}`}}`
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: ${metadata}\n`
}

test.each([
  ['v1', 'ConfigMap', undefined, 'ConfigMap shop/a'],
  ['v1', 'ConfigMap', 'own', 'ConfigMap own/a'],
  ['example.com/v1', 'Widget', undefined, 'Widget shop/a'],
  ['networking.istio.io/v1', 'Gateway', undefined, 'Gateway shop/a'],
  ['elbv2.k8s.aws/v1beta1', 'TargetGroupBinding', undefined, 'TargetGroupBinding shop/a'],
  ['v1', 'Namespace', undefined, 'Namespace a'],
  ['v1', 'Node', undefined, 'Node a'],
  ['networking.k8s.io/v1', 'IngressClass', undefined, 'IngressClass a'],
  ['networking.k8s.io/v1', 'IngressClass', 'own', 'IngressClass a'],
  ['elbv2.k8s.aws/v1beta1', 'IngressClassParams', undefined, 'IngressClassParams a'],
  ['eks.amazonaws.com/v1', 'IngressClassParams', undefined, 'IngressClassParams a'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole', undefined, 'ClusterRole a'],
  ['gateway.networking.k8s.io/v1', 'GatewayClass', undefined, 'GatewayClass a'],
  // Of a group that is none of Kubernetes' own the kind's name tells nothing.
  ['example.com/v1', 'Node', undefined, 'Node shop/a'],
  // Read by istioctl and not applied: where its gateway goes, its own fields say.
  ['install.istio.io/v1alpha1', 'IstioOperator', undefined, 'IstioOperator a']
])('%s %s in %s is %s', (apiVersion, kind, namespace, name) => {
  expect(placed(object(apiVersion, kind, namespace))).toEqual([name])
})

test('a CustomResourceDefinition among the objects says what has no namespace', () => {
  const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec: {group: example.com, scope: Cluster, names: {kind: Widget, plural: widgets}, versions: []}
`
  expect(placed(`${definition}---\n${object('example.com/v1', 'Widget')}`)[1]).toBe('Widget a')
  expect(placed(`${definition}---\n${object('example.org/v1', 'Widget')}`)[1]).toBe('Widget shop/a')
})

test('objects keep where they were read, and one that is written with and without its namespace is one', () => {
  const text = [object('v1', 'ConfigMap'), object('v1', 'ConfigMap', 'shop')].join('---\n')
  const resources = placeInNamespace(parseManifests([{ text, file: 'some.yaml' }]), 'shop')
  expect(resources.all()).toHaveLength(1)
  expect(resources.originOf(resources.all()[0]!)?.positionOf(['metadata', 'name'])).toMatchObject({ line: 7 })
})

test('nothing is made anew where every object has its place', () => {
  const resources = parseManifests([{ text: object('v1', 'ConfigMap', 'own'), file: 'some.yaml' }])
  expect(placeInNamespace(resources, 'shop')).toBe(resources)
})
