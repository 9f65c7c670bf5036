import { expect, test } from '@jest/globals'
import { goneFromRelease } from '../../../../src/cluster/kind/release.ts'
import { renderResources } from '../../../../src/render/index.ts'
import { objectName, type Resources } from '../../../../src/resources/index.ts'

function render(provider: string, ...set: string[]): Promise<Resources> {
  return renderResources({ set: [`gateway.provider=${provider}`, ...set] })
}
function gone(before: Resources, after: Resources): string[] {
  return goneFromRelease(before, after).map(objectName).toSorted()
}

test("a gateway of the chart's own goes with all that is made under its name, and no Ingress does", async () => {
  const before = await render('injected')
  const next = await render('istio-operator', 'ingress.name=other')
  const kinds = ['Deployment', 'HorizontalPodAutoscaler', 'PodDisruptionBudget', 'Role', 'RoleBinding', 'Service']
  expect(gone(before, next)).toEqual(
    [...kinds, 'ServiceAccount'].map(kind => `${kind} istio-system/istio-ingressgateway`)
  )
})

test('a Gateway goes before another makes what Istio made of it', async () => {
  expect(gone(await render('gateway-api'), await render('injected'))).toEqual([
    'Gateway istio-system/istio-ingressgateway'
  ])
})

test('what stays is left to helm', async () => {
  const before = await render('injected')
  expect(gone(before, await render('injected', 'gateway.ports.http2.nodePort=31080'))).toEqual([])
  expect(gone(before, await render('injected', 'gateway.workload.kind=DaemonSet'))).toEqual([
    'Deployment istio-system/istio-ingressgateway',
    'HorizontalPodAutoscaler istio-system/istio-ingressgateway'
  ])
})

test('a Gateway that is a load balancer is no gateway', async () => {
  const before = await render('injected', 'loadBalancer.api=gateway')
  expect(before.list('Gateway')).toHaveLength(1)
  expect(gone(before, await render('injected'))).toEqual([])
})
