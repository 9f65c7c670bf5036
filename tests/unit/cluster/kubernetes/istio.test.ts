import { describe, expect, test } from '@jest/globals'
import { imagesOf, requireOperator } from '../../../../src/cluster/kubernetes/istio.ts'

describe('the images of a manifest', () => {
  test('those of containers and init containers, each once, in order', () => {
    const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: istiod}
spec:
  template:
    spec:
      initContainers:
      - {name: wait, image: docker.io/istio/wait:1}
      containers:
      - {name: discovery, image: docker.io/istio/pilot:1.31.0}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: cni}
spec:
  template:
    spec:
      containers:
      - {name: cni, image: docker.io/istio/pilot:1.31.0}
      - {name: proxy, image: auto}
---
`
    expect(imagesOf(manifest)).toEqual(['docker.io/istio/pilot:1.31.0', 'docker.io/istio/wait:1'])
  })

  test('not those of templates inside a ConfigMap', () => {
    const manifest = `
apiVersion: v1
kind: ConfigMap
metadata: {name: istio-sidecar-injector}
data:
  config: |
    spec:
      containers:
      - image: busybox:1.28
      - image: "{{ .ProxyImage }}"
`
    expect(imagesOf(manifest)).toEqual([])
  })
})

test('without an IstioOperator there is nothing to install, and the value to change is named', () => {
  expect(() => requireOperator('---\nkind: ConfigMap\n')).toThrow(
    expect.objectContaining({ exitCode: 2, code: 'ISTIO_NOT_RENDERED' })
  )
  const operator = 'apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\n'
  expect(requireOperator(operator)).toBe(operator)
})
