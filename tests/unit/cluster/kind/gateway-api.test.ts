import { expect, test } from '@jest/globals'
import { isLoadBalancerGateway, missingClassesOf } from '../../../../src/cluster/kind/gateway-api.ts'
import { renderResources } from '../../../../src/render/index.ts'

test("a Gateway of the chart is Istio's or the AWS Load Balancer Controller's", async () => {
  const istio = await renderResources({ set: ['gateway.provider=gateway-api'] })
  const aws = await renderResources({ set: ['loadBalancer.api=gateway'] })
  expect(istio.list('Gateway').map(isLoadBalancerGateway)).toEqual([false])
  expect(aws.list('Gateway').map(isLoadBalancerGateway)).toEqual([true])
})

test('the class that nobody makes is made, and no other', async () => {
  const set = ['loadBalancer.api=gateway', 'ingress.className=edge']
  expect(missingClassesOf(await renderResources({ set }))).toMatchObject([
    { kind: 'GatewayClass', metadata: { name: 'edge' }, spec: { controllerName: 'gateway.k8s.aws/alb' } }
  ])
  const made = await renderResources({ set: [...set, 'ingress.class.create=true'] })
  expect(missingClassesOf(made)).toEqual([])
  expect(missingClassesOf(await renderResources({ set: ['gateway.provider=gateway-api'] }))).toEqual([])
})
