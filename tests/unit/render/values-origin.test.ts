import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { checkResources } from '../../../src/check/index.ts'
import { defaultEnvironment } from '../../../src/model/index.ts'
import { ownChart, renderResources } from '../../../src/render/index.ts'
import { serviceAnnotationKeys } from '../../../src/render/service-values-key.ts'
import { annotationKeys } from '../../../src/render/values-key.ts'
import { assumeMissing, gatewayServices, type Path, type Resources } from '../../../src/resources/index.ts'

const values = `gateway:
  name: public-gateway
  ports:
    https:
      nodePort: 31804
  istioOperator:
    hub: mirror.example.com/istio
    render: resource
ingress:
  name: edge-ingress
  loadBalancerName: public
  healthCheck:
    path: /healthz/ready
  routes:
    - name: status
      path: /status
      fixedResponse:
        statusCode: "200"
  annotations:
    alb.ingress.kubernetes.io/customer-owned-ipv4-pool: pool
`
const prefix = 'alb.ingress.kubernetes.io/'

let folder: string
let file: string
let resources: Resources

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'values-'))
  file = join(folder, 'values.yaml')
  writeFileSync(file, values)
  resources = await renderResources({ values: [file], set: ['ingress.scheme=internet-facing'] })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function lineOf(text: string): number {
  return values.split('\n').findIndex(line => line.trim().startsWith(text)) + 1
}

function annotation(name: string): Path {
  return ['metadata', 'annotations', prefix + name]
}

test.each([
  ['ssl-policy', 'ingress.sslPolicy'],
  ['customer-owned-ipv4-pool', `ingress.annotations.${prefix}customer-owned-ipv4-pool`],
  ['ipam-ipv4-pool-id', undefined]
])('the annotation %s is set by %s', (name, expected) => {
  const [ingress] = resources.list('Ingress')
  expect(resources.originOf(ingress!)?.keyOfAnnotation?.(prefix + name)).toBe(expected)
})

test('hints name the values that set an annotation', async () => {
  const own = join(folder, 'network.yaml')
  writeFileSync(own, 'loadBalancer: { type: network }')
  const network = await renderResources({ values: [own] })
  const { resources: completed } = assumeMissing(network)
  const hints = checkResources(completed, defaultEnvironment).map(({ hint }) => hint)
  expect(hints).toContainEqual(
    expect.stringContaining('set network.targetGroupAttributes: preserve_client_ip.enabled=false')
  )
})

describe('an object of this chart is at the values that it comes from', () => {
  test.each([
    ['Ingress', annotation('load-balancer-name'), 'ingress.loadBalancerName', 'loadBalancerName'],
    ['Ingress', annotation('healthcheck-path'), 'ingress.healthCheck.path', 'path: /healthz'],
    [
      'Ingress',
      annotation('customer-owned-ipv4-pool'),
      `ingress.annotations.${prefix}customer-owned-ipv4-pool`,
      `${prefix}customer`
    ],
    ['Ingress', ['metadata', 'name'], 'ingress.name', 'name: edge-ingress'],
    ['Ingress', ['spec', 'rules', 0, 'http', 'paths', 0], 'ingress.routes.0', '- name: status'],
    ['IstioOperator', ['spec', 'hub'], 'gateway.istioOperator.hub', 'hub'],
    [
      'IstioOperator',
      ['spec', 'components', 'ingressGateways', 1, 'k8s', 'service', 'ports', 2, 'nodePort'],
      'gateway.ports.https.nodePort',
      'nodePort'
    ]
  ] as [string, Path, string, string][])('%s %p', (kind, path, key, start) => {
    const object = resources.list(kind)[0]!
    expect(resources.originOf(object)!.positionOf(path)).toMatchObject({ file, key, line: lineOf(start) })
  })

  test('the Service that istioctl makes too', () => {
    const [gateway] = gatewayServices(resources)
    expect(gateway!.origin!.positionOf(['spec', 'ports', 2, 'nodePort'])).toMatchObject({
      file,
      key: 'gateway.ports.https.nodePort'
    })
  })

  test('a default is at the values.yaml of the chart', () => {
    const position = resources.originOf(resources.list('Ingress')[0]!)!.positionOf(['spec', 'ingressClassName'])
    expect(position).toMatchObject({ key: 'ingress.className', file: expect.stringMatching(/values\.yaml$/) })
    expect(readFileSync(position.file, 'utf8').split('\n')[position.line - 1]).toContain('className: alb')
  })

  test('an assignment is at the command line', () => {
    expect(resources.originOf(resources.list('Ingress')[0]!)!.positionOf(annotation('scheme'))).toMatchObject({
      file: '--set ingress.scheme=internet-facing'
    })
  })
})

test('an edge is at its own values, and at those of all edges', async () => {
  const edges = join(ownChart, 'ci', 'two-edges-values.yaml')
  const rendered = await renderResources({ values: [edges] })
  const keys = rendered.list('Ingress').map(ingress => rendered.originOf(ingress)!.positionOf(annotation('scheme')).key)
  expect(keys).toEqual(['edges.external.ingress.scheme', 'ingress.scheme'])
})

test('the table of annotations is that of the template', () => {
  const template = readFileSync(join(ownChart, 'templates', '_annotations.tpl'), 'utf8')
  const owned = template.slice(template.indexOf('annotationOwners"'))
  const ofIngress = owned.slice(0, owned.indexOf('$shared := dict')) + owned.slice(owned.indexOf('OnceSet"'))
  const suffixes = [...ofIngress.matchAll(/^ {2}"([\w.-]+)" "/gm)].map(([, suffix]) => suffix!)
  expect(suffixes.length).toBeGreaterThan(30)
  expect(suffixes.filter(suffix => annotationKeys[suffix] === undefined)).toEqual([])
})

describe.each(['network', 'classic'] as const)('a Service that makes a %s load balancer', type => {
  const text = `loadBalancer: { type: ${type} }
gateway: { provider: injected }
${type}:
  sourceRanges: [10.0.0.0/8]
  healthCheck:
    timeoutSeconds: 4
  annotations:
    service.beta.kubernetes.io/aws-load-balancer-target-node-labels: a=b
`
  const start = 'service.beta.kubernetes.io/aws-load-balancer-'
  let own: Resources
  beforeAll(async () => {
    const valuesFile = join(folder, `${type}.yaml`)
    writeFileSync(valuesFile, text)
    own = await renderResources({ values: [valuesFile] })
  })

  test.each([
    [['spec', 'loadBalancerSourceRanges', 0], 'sourceRanges', 4],
    [['metadata', 'annotations', `${start}healthcheck-timeout`], 'healthCheck.timeoutSeconds', 6],
    [['metadata', 'annotations', `${start}target-node-labels`], `annotations.${start}target-node-labels`, 8]
  ] as [Path, string, number][])('%p is at its values', (path, key, line) => {
    const position = own.originOf(own.list('Service')[0]!)!.positionOf(path)
    expect(position).toMatchObject({ file: join(folder, `${type}.yaml`), key: `${type}.${key}`, line })
  })

  test('the table of its annotations is that of the template', () => {
    const template = readFileSync(join(ownChart, 'templates', '_annotations.tpl'), 'utf8')
    const pairs = ['shared', type].flatMap(name => {
      const table = template.slice(template.indexOf(`$${name} := dict`))
      return [...table.slice(0, table.indexOf('}}')).matchAll(/^ {2}"([\w-]+)" "([\w.]+)"$/gm)]
    })
    expect(serviceAnnotationKeys[type]).toEqual(Object.fromEntries(pairs.map(([, suffix, key]) => [suffix, key])))
  })
})
