import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { findHelm, ownChart, renderChart, renderResources } from '../../../src/render/index.ts'
import { gatewayServices, type Ingress, istioOperators } from '../../../src/resources/index.ts'

const article = join(ownChart, 'ci/article-values.yaml')
/** What discovery of a cluster without Istio's old kind looks like to a chart. */
const discovery = ['v1/Service', 'v1/ConfigMap', 'networking.k8s.io/v1/Ingress']
const operatorKind = 'install.istio.io/v1alpha1/IstioOperator'

describe('what becomes of the IstioOperator', () => {
  test.each<{ name: string; apiVersions?: string[]; set?: string[]; kinds: string[] }>([
    { name: 'a cluster without the kind gets a ConfigMap', apiVersions: discovery, kinds: ['ConfigMap', 'Ingress'] },
    {
      name: 'a cluster with the kind gets the resource',
      apiVersions: [...discovery, operatorKind],
      kinds: ['Ingress', 'IstioOperator']
    },
    {
      name: 'a bare helm template gets what can be applied to any cluster: a ConfigMap',
      kinds: ['ConfigMap', 'Ingress']
    },
    {
      name: 'configMap, whatever discovery says',
      apiVersions: [...discovery, operatorKind],
      set: ['gateway.istioOperator.render=configMap'],
      kinds: ['ConfigMap', 'Ingress']
    },
    {
      name: 'resource, whatever discovery says',
      apiVersions: discovery,
      set: ['gateway.istioOperator.render=resource'],
      kinds: ['Ingress', 'IstioOperator']
    },
    { name: 'an existing gateway needs none', set: ['gateway.provider=existing'], kinds: ['Ingress'] }
  ])('$name', async ({ apiVersions, set, kinds }) => {
    const resources = await renderResources({ apiVersions, set })
    expect(
      resources
        .all()
        .map(({ kind }) => kind)
        .sort()
    ).toEqual(kinds)
  })

  test('--show-only prints it for istioctl, alone', async () => {
    const set = ['gateway.istioOperator.render=resource']
    const rendered = await renderChart({ set, showOnly: ['templates/istio-operator.yaml'] })
    expect(rendered.match(/^kind: .*/gm)).toEqual(['kind: IstioOperator'])
  })

  test('the ConfigMap holds the same as the resource', async () => {
    const [operator] = istioOperators(await renderResources({ values: [article], apiVersions: [operatorKind] }))
    const [kept] = istioOperators(await renderResources({ values: [article], apiVersions: discovery }))
    expect(kept!.operator).toEqual(operator!.operator)
  })
})

describe('everything that repeats a port follows from one value', () => {
  test.each([
    { backend: 'http2', port: 8080 },
    { backend: 'https', port: 8443 }
  ])('the backend $backend', async ({ backend, port }) => {
    const resources = await renderResources({
      set: [
        `gateway.backend=${backend}`,
        'gateway.ports.http2.port=8080',
        'gateway.ports.https.port=8443',
        'gateway.ports.https.nodePort=32001'
      ]
    })
    const [ingress] = resources.list('Ingress')
    const [{ service } = {}] = gatewayServices(resources)
    expect(ingress!.spec!.rules![0]!.http!.paths[0]!.backend.service!.port).toEqual({ number: port })
    expect(service!.spec!.ports!.map(({ name, port, nodePort }) => [name, port, nodePort])).toEqual([
      ['status-port', 15021, 30021],
      ['http2', 8080, 30080],
      ['https', 8443, 32001]
    ])
  })

  test('the health check is the same on Service and Ingress, by name, and plain HTTP even in front of TLS', async () => {
    const resources = await renderResources({ values: [article] })
    const ofIngress = resources.list('Ingress')[0]!.metadata.annotations!
    const ofService = gatewayServices(resources)[0]!.service.metadata.annotations!
    expect(Object.keys(ofService)).toHaveLength(8)
    expect(ofIngress).toMatchObject(ofService)
    expect(ofService).toMatchObject({
      'alb.ingress.kubernetes.io/healthcheck-port': 'status-port',
      'alb.ingress.kubernetes.io/healthcheck-protocol': 'HTTP'
    })
    expect(ofIngress['alb.ingress.kubernetes.io/backend-protocol']).toBe('HTTPS')
  })

  test('the drain outlasts the health check, and the grace period the drain', async () => {
    const set = ['ingress.healthCheck.intervalSeconds=20', 'ingress.healthCheck.unhealthyThresholdCount=3']
    const [found] = istioOperators(await renderResources({ set }))
    const { k8s } = found!.operator.spec!.components!.ingressGateways!.at(-1)! as unknown as {
      k8s: { podAnnotations: Record<string, string>; overlays: { patches: { value: number }[] }[] }
    }
    expect(JSON.parse(k8s.podAnnotations['proxy.istio.io/config']!)).toEqual({
      gatewayTopology: { numTrustedProxies: 1 },
      terminationDrainDuration: '70s'
    })
    expect(k8s.overlays[0]!.patches[0]!.value).toBe(85)
  })
})

test('one rule for each host, and one for every host where none is named', async () => {
  async function hosts(set: string[]) {
    return (await renderResources({ set }))
      .list('Ingress')
      .flatMap(({ spec }: Ingress) => spec!.rules!.map(({ host }) => host))
  }
  expect(await hosts([])).toEqual([undefined])
  expect(await hosts(['ingress.hosts={a.example.com,*.b.example.com}'])).toEqual(['a.example.com', '*.b.example.com'])
})

test('labels and annotations of the user merge with the chart’s, no key twice', async () => {
  const [ingress] = (
    await renderResources({
      set: ['ingress.labels.app\\.kubernetes\\.io/name=mine', 'commonLabels.team=edge', 'commonAnnotations.team=edge']
    })
  ).list('Ingress')
  expect(ingress!.metadata.labels).toMatchObject({ 'app.kubernetes.io/name': 'mine', team: 'edge' })
  expect(ingress!.metadata.annotations).toMatchObject({ team: 'edge' })
})

describe('NOTES.txt says the next command', () => {
  test.each([
    {
      set: 'gateway.istioOperator.render=configMap',
      says: "'jsonpath={.data.istio-operator\\.yaml}' | istioctl install"
    },
    { set: 'gateway.istioOperator.render=auto', says: "'jsonpath={.data.istio-operator\\.yaml}' | istioctl install" },
    { set: 'gateway.istioOperator.render=resource', says: 'kubectl get istiooperator istiocontrolplane' },
    { set: 'gateway.provider=existing', says: 'status-port: port 15021, targetPort 15021, nodePort 30021' },
    { set: 'gateway.provider=existing', says: '--values istio-ingressgateway-values.yaml' },
    { set: 'gateway.externalTrafficPolicy=Local', says: 'externalTrafficPolicy is Local' }
  ])('$set', async ({ set, says }) => {
    const { command } = await findHelm()
    const { stdout } = await promisify(execFile)(command, [
      'install',
      'edge',
      ownChart,
      '--dry-run=client',
      '--set',
      set
    ])
    const notes = stdout.slice(stdout.indexOf('NOTES:'))
    expect(notes).toContain(says)
    expect(notes).toContain('kubectl wait ingress/edge-istio-alb-ingress')
  })
})
