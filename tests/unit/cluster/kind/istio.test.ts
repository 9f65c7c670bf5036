import { describe, expect, test } from '@jest/globals'
import { imagesOf, readEdges, renderIstio, withoutGateways } from '../../../../src/cluster/kind/istio.ts'

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

test('the proxy that the injector puts in is one of the images', () => {
  function manifest(values: object): string {
    return `
apiVersion: v1
kind: ConfigMap
metadata: {name: istio-sidecar-injector-stable}
data: {values: ${JSON.stringify(JSON.stringify(values))}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: gateway}
spec: {template: {spec: {containers: [{name: istio-proxy, image: auto}]}}}
`
  }
  const global = { hub: 'docker.io/istio', tag: '1.31.0' }
  expect(imagesOf(manifest({ global: { ...global, proxy: { image: 'proxyv2' } } }))).toEqual([
    'docker.io/istio/proxyv2:1.31.0'
  ])
  expect(imagesOf(manifest({ global: { ...global, proxy: { image: 'example.com/proxy:1' } } }))).toEqual([
    'example.com/proxy:1'
  ])
})

describe('what istioctl installs for the chart', () => {
  async function gateways(...set: string[]) {
    const { operator, standIns } = await renderIstio({ set })
    const found = (operator.spec?.components?.ingressGateways ?? []).map(({ namespace, name, enabled }) => ({
      key: `${namespace ?? ''}/${name}`,
      enabled
    }))
    return { gateways: found, standIns }
  }

  test.each(['injected', 'gateway-api'])('%s: the control plane, and no gateway', async provider => {
    expect(await gateways(`gateway.provider=${provider}`)).toEqual({
      gateways: [{ key: '/istio-ingressgateway', enabled: false }],
      standIns: []
    })
  })

  test('istio-operator: its gateway', async () => {
    expect(await gateways()).toEqual({
      gateways: [{ key: 'istio-system/istio-ingressgateway', enabled: true }],
      standIns: []
    })
  })

  test('existing: one in the place of the gateway that is expected, with its node ports', async () => {
    const set = ['gateway.provider=existing', 'gateway.name=public', 'gateway.ports.http2.nodePort=31080']
    expect(await gateways(...set)).toEqual({
      gateways: [
        { key: '/istio-ingressgateway', enabled: false },
        { key: 'istio-system/public', enabled: true }
      ],
      standIns: ['istio-system/public']
    })
    const { operator } = await renderIstio({ set })
    expect(operator.spec?.components?.ingressGateways?.[1]?.k8s?.service).toMatchObject({
      type: 'NodePort',
      ports: expect.arrayContaining([expect.objectContaining({ name: 'http2', nodePort: 31_080 })])
    })
  })

  test('edges each have their own', async () => {
    function edge(name: string, provider: string, digit: number): string[] {
      return [
        `edges.${name}.gateway.provider=${provider}`,
        `edges.${name}.gateway.name=${name}`,
        ...['status', 'http2', 'https'].map(
          (port, index) => `edges.${name}.gateway.ports.${port}.nodePort=${digit + index}`
        )
      ]
    }
    const set = [
      ...edge('a', 'existing', 31_000),
      ...edge('b', 'injected', 31_010),
      ...edge('c', 'istio-operator', 31_020)
    ]
    expect(await gateways(...set)).toEqual({
      gateways: [
        { key: '/istio-ingressgateway', enabled: false },
        { key: 'istio-system/a', enabled: true },
        { key: 'istio-system/c', enabled: true }
      ],
      standIns: ['istio-system/a']
    })
  })

  test("hub, tag, revision and profile are the values', whatever else they add to the release", async () => {
    const set = ['extraObjects[0].kind=Role']
    const operator = ['hub=example.com/istio', 'tag=1.30.1', 'revision=stable', 'profile=minimal', 'name=mine']
    const { operator: found } = await renderIstio({
      set: [...set, ...operator.map(assignment => `gateway.istioOperator.${assignment}`)]
    })
    expect(found).toMatchObject({
      metadata: { name: 'mine' },
      spec: { hub: 'example.com/istio', tag: '1.30.1', revision: 'stable', profile: 'minimal' }
    })
  })

  test.each([
    ['istio-operator', []],
    ['injected', ['extraObjects[0].kind=Role']]
  ])('the gateways of values say who runs them: %s', async (provider, set) => {
    expect(await readEdges({ set: [`gateway.provider=${provider}`, ...set] })).toEqual({
      gateways: [{ provider, namespace: 'istio-system', name: 'istio-ingressgateway' }],
      loadBalancers: ['application']
    })
  })

  test('each edge of several has its load balancer, a shared gateway is one', async () => {
    const shared = ['edges.public.ingress.scheme=internet-facing', 'edges.internal.ingress.scheme=internal']
    const { gateways, loadBalancers } = await readEdges({ set: ['namespaceOverride=web', ...shared] })
    expect(gateways).toMatchObject([{ namespace: 'web', name: 'istio-ingressgateway' }])
    expect(loadBalancers).toEqual(['application', 'application'])
  })

  test('a gateway that is there is left alone', async () => {
    const { operator } = await renderIstio({ set: ['gateway.provider=existing'] })
    const { ingressGateways } = withoutGateways(operator, ['istio-system/istio-ingressgateway']).spec!.components!
    expect(ingressGateways).toEqual([{ name: 'istio-ingressgateway', namespace: 'istio-system', enabled: false }])
    expect(withoutGateways(operator, ['istio-system/other'])).toEqual(operator)
  })
})
