import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { findGateway, othersGateways, removeGateways, waitForGateway } from '../../../../src/cluster/kind/gateway.ts'
import { FakeTools } from '../fake-tools.ts'

let tools: FakeTools
beforeEach(() => {
  tools = new FakeTools()
})
afterEach(() => tools.remove())

const selector = { istio: 'ingressgateway' }
function service(labels: object = {}): string {
  return JSON.stringify({ metadata: { labels }, spec: { selector } })
}
function workload(kind: string, name: string, labels: object): object {
  return {
    kind,
    metadata: { name },
    spec: { template: { metadata: { labels } } }
  }
}
const cluster = '--context edge'
const ours = { provider: 'injected', namespace: 'web', name: 'public' }

describe('the gateway of a release', () => {
  test('has the labels that its Service selects', async () => {
    tools.put('kubectl', { [`${cluster} get service public`]: service() })
    expect(await findGateway('edge', ours)).toEqual({ namespace: 'web', selector })
    expect(tools.calls()).toEqual([`kubectl ${cluster} get service public --namespace web --output json`])
  })

  test('runs when each of its workloads does, and those alone', async () => {
    const items = [
      workload('Deployment', 'istiod', { app: 'istiod' }),
      workload('Deployment', 'gateway', { ...selector, version: '1' }),
      workload('DaemonSet', 'more', selector)
    ]
    tools.put('kubectl', {
      [`${cluster} get service`]: service(),
      [`${cluster} get deployments`]: JSON.stringify({ items })
    })
    expect(await waitForGateway('edge', ours)).toEqual(['deployment/gateway', 'daemonset/more'])
    const waits = tools.calls().filter(call => call.includes('rollout'))
    expect(waits).toEqual([
      expect.stringContaining('--namespace web rollout status deployment/gateway'),
      expect.stringContaining('--namespace web rollout status daemonset/more')
    ])
  })

  test('has no workload where its Service selects none', async () => {
    tools.put('kubectl', {
      [`${cluster} get service`]: JSON.stringify({ metadata: {}, spec: {} }),
      [`${cluster} get deployments`]: JSON.stringify({ items: [workload('Deployment', 'istiod', {})] })
    })
    expect(await waitForGateway('edge', ours)).toEqual([])
  })

  test('is looked for once Istio has made it of the Gateway', async () => {
    tools.put('kubectl', {
      [`${cluster} get service`]: service(),
      [`${cluster} get deployments`]: JSON.stringify({ items: [] })
    })
    await waitForGateway('edge', { ...ours, provider: 'gateway-api' })
    expect(tools.calls()[0]).toMatch(/ wait gateways\.gateway\.networking\.k8s\.io\/public --for=condition=Programmed /)
  })
})

test("a Service is somebody else's unless istioctl made it of the same operator", async () => {
  const label = 'install.operator.istio.io/owning-resource'
  tools.put('kubectl', {
    [`${cluster} get service ours`]: service({ [label]: 'istiocontrolplane' }),
    [`${cluster} get service theirs`]: service(),
    [`${cluster} get service other`]: service({ [label]: 'installed-state' })
  })
  const keys = ['web/ours', 'web/theirs', 'web/other', 'web/none']
  expect(await othersGateways('edge', { keys, operator: 'istiocontrolplane' })).toEqual(['web/theirs', 'web/other'])
})

describe('removing gateways', () => {
  const metadata = { name: 'public', namespace: 'web' }

  test('of nothing asks nobody', async () => {
    expect(await removeGateways('edge', [])).toEqual([])
  })

  test('tells what ran pods', async () => {
    tools.put('kubectl')
    const objects = ['Service', 'Deployment'].map(kind => ({ apiVersion: 'v1', kind, metadata }))
    expect(await removeGateways('edge', objects)).toEqual(['Deployment web/public'])
    expect(tools.calls()).toEqual([`kubectl ${cluster} delete --ignore-not-found --filename -`])
  })

  test('waits for what Istio made of a Gateway', async () => {
    tools.put('kubectl')
    const gateway = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', metadata }
    expect(await removeGateways('edge', [gateway])).toEqual(['Gateway web/public'])
    expect(tools.calls()[1]).toMatch(
      /--namespace web wait deployments,services,.* --selector gateway\.networking\.k8s\.io\/gateway-name=public --for=delete/
    )
  })
})
