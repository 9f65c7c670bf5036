/** Gateways in place of the Ingresses of tests/cases/lbc: the two plans, side by side. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import type { Finding } from '../../../src/failure.ts'
import { buildPlan, type MigratedGroup, migratePlan, parseEnvironment } from '../../../src/model/index.ts'
import { parseManifests, type Resources, readManifests } from '../../../src/resources/index.ts'

const folder = fileURLToPath(new URL('../../cases/lbc/', import.meta.url))
const environment = parseEnvironment(readFileSync(`${folder}aws.yaml`, 'utf8'), 'aws.yaml')
const cases = readdirSync(folder, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(({ name }) => name)

function migrate(resources: Resources): MigratedGroup[] {
  return migratePlan(buildPlan(resources, environment), resources, environment, 'alb')
}

/** What has no equivalent in each case, as its key; a case that is not here has nothing of the kind. */
const lost: Record<string, string[]> = {
  '03-ip-targets-clusterip': ['alb.ingress.kubernetes.io/target-control-port.catalog.80'],
  '06-conditions-all-six-fields': ['spec.rules.0.http.paths.0'],
  '07-transforms-and-regex-paths': [
    'spec.rules.0.http.paths.1',
    'spec.rules.0.http.paths.0',
    'spec.rules.1.http.paths.0'
  ],
  '12-waf-and-shield': ['alb.ingress.kubernetes.io/waf-acl-id'],
  '22-frontend-nlb': ['alb.ingress.kubernetes.io/enable-frontend-nlb']
}

function keysOf(losses: readonly Finding[]): string[] {
  return [...new Set(losses.flatMap(({ path }) => path ?? []))]
}

describe('every case of an Ingress that has a plan', () => {
  test.each(cases)('%s', name => {
    const resources = readManifests([`${folder}${name}/input.yaml`])
    const planned = buildPlan(resources, environment).groups.filter(({ stack }) => stack)
    const migrated = migrate(resources)
    expect(migrated.map(({ group }) => group)).toEqual(planned.map(({ id }) => id))
    expect(keysOf(migrated.flatMap(({ losses }) => losses))).toEqual(lost[name] ?? [])
    for (const { differences, losses } of migrated) {
      // What no move explains is named, with its place.
      expect(differences.some(({ known }) => known === undefined)).toBe(losses.length > 0)
      for (const { object, file, line } of losses) {
        expect({ object, file, line }).toEqual({
          object: expect.stringMatching(/^(Ingress|Service) /),
          file: `${folder}${name}/input.yaml`,
          line: expect.any(Number)
        })
      }
    }
  })
})

/** An Ingress with rules of any kind behind one Service. */
function ingress(
  annotations: Record<string, string>,
  paths = '[{ path: /, pathType: Prefix, backend: *shop }]'
): Resources {
  const text = `
apiVersion: v1
kind: Service
metadata: { name: shop, namespace: web }
spec: { type: NodePort, ports: [{ name: http, port: 80, targetPort: 8080, nodePort: 30080 }] }
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: alb }
spec: { controller: ingress.k8s.aws/alb }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  namespace: web
  labels: { team: web }
  annotations: ${JSON.stringify(annotations)}
x-shop: &shop { service: { name: shop, port: { name: http } } }
spec: { ingressClassName: alb, rules: [{ http: { paths: ${paths} } }] }
`
  return parseManifests([{ text, file: 'shop.yaml' }])
}

function objectsOf(resources: Resources, kind: string) {
  return migrate(resources)[0]!.objects.filter(object => object.kind === kind)
}

test('health checks, tags and Service ports are written down, so that other defaults change nothing', () => {
  const resources = ingress({ 'alb.ingress.kubernetes.io/tags': 'team=web' })
  const [configuration] = objectsOf(resources, 'TargetGroupConfiguration')
  expect(configuration!.spec).toMatchObject({
    targetReference: { kind: 'Service', name: 'shop' },
    defaultConfiguration: {
      healthCheckConfig: { healthyThresholdCount: 2, unhealthyThresholdCount: 2, matcher: { httpCode: '200' } },
      tags: { team: 'web' }
    }
  })
  const [route] = objectsOf(resources, 'HTTPRoute')
  expect(route!.spec).toMatchObject({ rules: [{ backendRefs: [{ name: 'shop', port: 80, weight: 1 }] }] })
  expect(route!.metadata.labels).toEqual({ team: 'web' })
})

test('what else reads the Ingress is carried on where it looks at routes, and named where it does not', () => {
  const resources = ingress({
    'external-dns.alpha.kubernetes.io/hostname': 'shop.example.com',
    'cert-manager.io/cluster-issuer': 'letsencrypt'
  })
  expect(objectsOf(resources, 'HTTPRoute')[0]!.metadata.annotations).toEqual({
    'external-dns.alpha.kubernetes.io/hostname': 'shop.example.com'
  })
  expect(keysOf(migrate(resources)[0]!.losses)).toEqual(['cert-manager.io/cluster-issuer'])
})

test('rules that a Gateway tries in another order are named', () => {
  const answers = ['401', '402'].map(statusCode =>
    JSON.stringify({ type: 'fixed-response', fixedResponseConfig: { statusCode } })
  )
  const paths = [
    ['/shop/*', 'one'],
    ['/shop/cart', 'other']
  ].map(
    ([path, name]) =>
      `{ path: ${path}, pathType: ImplementationSpecific, backend: { service: { name: ${name}, port: { name: use-annotation } } } }`
  )
  const resources = ingress(
    { 'alb.ingress.kubernetes.io/actions.one': answers[0]!, 'alb.ingress.kubernetes.io/actions.other': answers[1]! },
    `[${paths.join(', ')}]`
  )
  const [{ losses }] = migrate(resources) as [MigratedGroup]
  expect(losses.map(({ message }) => message)).toContainEqual(expect.stringContaining('order of rules'))
})

test('a redirect to another scheme without a port has no equivalent', () => {
  const action = JSON.stringify({ type: 'redirect', redirectConfig: { protocol: 'HTTPS', statusCode: 'HTTP_301' } })
  const resources = ingress(
    { 'alb.ingress.kubernetes.io/actions.moved': action },
    '[{ path: /, pathType: Prefix, backend: { service: { name: moved, port: { name: use-annotation } } } }]'
  )
  const [{ losses }] = migrate(resources) as [MigratedGroup]
  expect(losses[0]).toMatchObject({ path: 'spec.rules.0.http.paths.0', line: expect.any(Number) })
  expect(losses[0]!.message).toContain('80 or 443')
})

test('members of other namespaces keep their routes there, and the Gateway lets them in', () => {
  const resources = readManifests([`${folder}08-group-order-and-namespaces/input.yaml`])
  const [{ objects }] = migrate(resources) as [MigratedGroup]
  const routes = objects.filter(({ kind }) => kind === 'HTTPRoute')
  expect(new Set(routes.map(({ metadata }) => metadata.namespace)).size).toBeGreaterThan(1)
  expect(objects.find(({ kind }) => kind === 'Gateway')!.spec).toMatchObject({
    listeners: [80, 8443].map(port => ({ port, allowedRoutes: { namespaces: { from: 'All' } } }))
  })
})
