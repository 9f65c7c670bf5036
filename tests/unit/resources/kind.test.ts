import { expect, test } from '@jest/globals'
import { parseManifests } from '../../../src/resources/index.ts'

const objects = `
apiVersion: v1
kind: Service
metadata: {name: shop, namespace: ns}
spec: {type: NodePort}
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: shop, namespace: ns}
spec: {ports: as they like}
---
apiVersion: extensions/v1beta1
kind: Ingress
metadata: {name: old, namespace: ns}
spec: {backend: {serviceName: shop, servicePort: 80}}
---
apiVersion: example.com/v1
kind: Thing
metadata: {name: a}
`

test('a kind of another API group is another kind, and does not replace ours', () => {
  const resources = parseManifests([{ text: objects, file: 'a.yaml' }])
  expect(resources.all()).toHaveLength(4)
  expect(resources.list('Service').map(({ apiVersion }) => apiVersion)).toEqual(['v1'])
  expect(resources.find('Service', 'shop', 'ns')?.spec?.type).toBe('NodePort')
  expect(resources.list('Ingress')).toEqual([])
  expect(resources.list('Thing')).toHaveLength(1)
})
