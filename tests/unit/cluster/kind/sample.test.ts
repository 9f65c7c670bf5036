import { expect, test } from '@jest/globals'
import { sampleRoute } from '../../../../src/cluster/kind/sample.ts'
import { objectName } from '../../../../src/resources/index.ts'

const certificate = { arn: '', certificate: 'CERTIFICATE', key: 'KEY' }
const namespace = 'edge'

test("a gateway of Istio's own API is routed by the labels of its pods", () => {
  const selector = { istio: 'ingressgateway' }
  const objects = sampleRoute({ namespace, selector, certificate, missingSecrets: [], missingClasses: [] })
  expect(objects.map(objectName)).toEqual([
    'IngressClass alb',
    'Secret edge/istio-alb-sample-tls',
    'Gateway edge/istio-alb-sample',
    'VirtualService edge/istio-alb-sample'
  ])
  expect(objects[2]).toMatchObject({ apiVersion: 'networking.istio.io/v1', spec: { selector } })
})

test("a Gateway of the Gateway API is routed by its name, with the Secrets that it names and the other namespace's grant", () => {
  const selector = { 'gateway.networking.k8s.io/gateway-name': 'public' }
  const objects = sampleRoute({ namespace, selector, certificate, missingSecrets: ['public-tls'], missingClasses: [] })
  expect(objects.map(objectName)).toEqual([
    'IngressClass alb',
    'Secret edge/public-tls',
    'HTTPRoute edge/istio-alb-sample',
    'ReferenceGrant default/istio-alb-sample'
  ])
  expect(objects[1]).toMatchObject({ data: { 'tls.crt': Buffer.from('CERTIFICATE').toString('base64') } })
  expect(objects[2]!.spec).toMatchObject({ parentRefs: [{ name: 'public' }] })
  expect(objects[3]!.spec).toMatchObject({ from: [{ kind: 'HTTPRoute', namespace }] })
})
