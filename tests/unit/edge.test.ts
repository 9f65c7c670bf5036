import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { Edge, edgeOf, parseObjects, readObjects, renderObjects } from '../../src/edge.ts'
import { parse, plan } from '../../src/index.ts'
import { defaultEnvironment } from '../../src/model/index.ts'
import { objectName, type Resources } from '../../src/resources/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'istio-alb-edge-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** An Ingress and its Service, as plain files have them: without a namespace, or with one on the Ingress alone. */
function application({ targetType = 'ip', metadata = '' } = {}): string {
  return `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: app, ${metadata} annotations: { alb.ingress.kubernetes.io/target-type: ${targetType} } }
spec:
  ingressClassName: alb
  rules: [{ http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: app, port: { number: 80 } } } }] } }]
---
apiVersion: v1
kind: Service
metadata: { name: app }
spec: { type: NodePort, selector: { app: app }, ports: [{ port: 80, targetPort: 8080 }] }
`
}

function edge(text: string, namespace?: string): Edge {
  return new Edge(parseObjects(text, 'app.yaml', { namespace }), defaultEnvironment)
}

describe('the region that nobody gave', () => {
  const arn = 'arn:aws:acm:REGION:111122223333:certificate/0a1b2c3d-1111-4222-8333-444455556666'
  function certified(...regions: string[]): string {
    const arns = regions.map(region => arn.replace('REGION', region)).join(',')
    const metadata = `annotations: { alb.ingress.kubernetes.io/certificate-arn: '${arns}', alb.ingress.kubernetes.io/target-type: ip },`
    return application({ metadata }).replace(/ annotations: \{ alb.ingress.kubernetes.io\/target-type: ip \} \}/, ' }')
  }

  test.each([
    ['is that of the certificates', ['eu-west-1'], 'eu-west-1'],
    ['is none of several', ['eu-west-1', 'eu-north-1'], 'us-west-2'],
    ['is the default without any', [], 'us-west-2']
  ])('%s, for names and zones alike', (_, regions, region) => {
    const { environment } = edge(regions.length > 0 ? certified(...regions) : application())
    expect(environment.region).toBe(region)
    expect(environment.subnets.map(({ zone }) => zone)).toEqual([`${region}a`, `${region}b`])
  })

  test('names the load balancer', () => {
    const { loadBalancer } = edge(certified('eu-west-1')).trace({ method: 'GET', url: 'https://a.example.com/' })
    expect(loadBalancer.dnsName).toContain('.eu-west-1.')
  })

  test('is not looked for where one was given', () => {
    const given = { ...defaultEnvironment, unlisted: [] }
    expect(new Edge(parseObjects(certified('eu-west-1'), 'app.yaml'), given).environment).toBe(given)
  })
})

describe('what objects come to is made once', () => {
  const made = edge(application())

  test('the plan, the findings and the library alike', () => {
    const { plan: planned, findings } = made
    expect([made.plan, made.findings]).toEqual([planned, findings])
    expect(made.plan).toBe(planned)
    expect(made.findings).toBe(findings)
    const resources = parse(application())
    expect(plan(resources)).toBe(plan(resources))
    expect(plan(resources)).toBe(edgeOf(resources, defaultEnvironment).plan)
  })

  test('and anew for another environment, and for other objects', () => {
    const resources = parse(application())
    expect(plan(resources, { environment: { ...defaultEnvironment, clusterName: 'other' } })).not.toBe(plan(resources))
    expect(plan(parse(application()))).not.toBe(plan(resources))
  })

  test('an environment that says the objects are all there is gets no more', () => {
    const given = parseObjects(application(), 'app.yaml')
    const { resources, assumptions } = new Edge(given, { ...defaultEnvironment, assumeMissing: false })
    expect(assumptions).toEqual([])
    expect(resources).toBe(given)
  })
})

describe('objects without a namespace have the one that is given', () => {
  test.each([
    { namespace: undefined, group: 'default/app' },
    { namespace: 'shop', group: 'shop/app' }
  ])('$namespace: $group', ({ namespace, group }) => {
    for (const targetType of ['ip', 'instance']) {
      const { plan: planned, targets, trace } = { ...viewOf(edge(application({ targetType }), namespace)) }
      expect(planned.groups.map(({ id }) => id)).toEqual([group])
      expect(targets.length).toBeGreaterThan(0)
      expect(targets.every(({ state }) => state === 'healthy')).toBe(true)
      expect(trace.answer).toMatchObject({ from: 'service', service: `app.${group.split('/')[0]}:80` })
    }
  })

  function viewOf(of: Edge) {
    return { plan: of.plan, targets: of.targets, trace: of.trace({ method: 'GET', url: 'http://a.example.com/' }) }
  }

  test('names and hashes of the plan are those of the namespace', () => {
    function nameOf(of: Edge): string {
      return Object.values(of.plan.groups[0]!.stack!.resources['AWS::ElasticLoadBalancingV2::LoadBalancer']!).map(
        ({ spec }) => spec.name
      )[0]!
    }
    const written = edge(
      application({ metadata: 'namespace: shop,' }).replace('{ name: app }', '{ name: app, namespace: shop }')
    )
    expect(nameOf(edge(application(), 'shop'))).toBe(nameOf(written))
    expect(nameOf(edge(application()))).not.toBe(nameOf(written))
  })

  test('an Ingress that names one does not find the Service of another', () => {
    const text = application({ metadata: 'namespace: shop,' })
    expect(edge(text).findings).toContainEqual(
      expect.objectContaining({ object: 'Ingress shop/app', severity: 'error' })
    )
    expect(edge(text, 'shop').findings).not.toContainEqual(expect.objectContaining({ severity: 'error' }))
  })

  test('from a file, a text and a chart alike', async () => {
    writeFileSync(join(folder, 'app.yaml'), application())
    const chart = join(folder, 'chart')
    mkdirSync(join(chart, 'templates'), { recursive: true })
    writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: app\nversion: 0.1.0\n')
    writeFileSync(join(chart, 'templates', 'app.yaml'), application())
    function names(resources: Resources): string[] {
      return resources.all().map(objectName).sort()
    }
    const expected = ['Ingress shop/app', 'Service shop/app']
    expect(names(readObjects([`${folder}/app.yaml`], { namespace: 'shop' }))).toEqual(expected)
    expect(names(parseObjects(application(), 'app.yaml', { namespace: 'shop' }))).toEqual(expected)
    expect(names(await renderObjects({ chart, namespace: 'shop' }))).toEqual(expected)
    expect(names(await renderObjects({ chart }))).toEqual(['Ingress istio-system/app', 'Service istio-system/app'])
  })
})

describe('values by which the chart makes nothing', () => {
  const nothing = ['loadBalancer.type=network', 'gateway.provider=existing']
  test.each<[what: string, set: string[], object: string | undefined]>([
    ["name the gateway's Service", nothing, "the gateway's Service"],
    ['of a classic load balancer, too', ['loadBalancer.type=classic', nothing[1]!], "the gateway's Service"],
    ['and none of an application load balancer', [nothing[1]!], undefined]
  ])('%s', async (_, set, object) => {
    const { coverage } = await Edge.load([], { environment: defaultEnvironment, set })
    expect(coverage.notLookedAt.map(one => one.object)).toEqual(object === undefined ? [] : [object])
  })
})
