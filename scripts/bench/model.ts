/**
 * How long a plan takes: Ingresses with five paths each over 200 Services, all in one group and each in its own, HTTPRoutes with
 * five rules each, twenty on a Gateway, and Services of type LoadBalancer with three ports each. Every figure is of a process of
 * its own, from objects to the JSON of the plan, so that nothing is warm but the modules.
 *
 * @module
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { buildPlan, defaultEnvironment, planToJSON } from '../../src/model/index.ts'
import { annotationPrefix, type Ingress, type KubernetesObject, Resources } from '../../src/resources/index.ts'
import { exponent, percentile, plotGrowth, printTimes } from './figures.ts'

const services = 200
const pathsPerIngress = 5
const counts = [100, 300, 1000, 3000, 10_000]
const routesPerGateway = 20
/** What asks for load balancers, and the milliseconds that a thousand of it may take. */
const layouts = { 'one group': 300, 'a group each': 300, Gateways: 400, 'a load balancer each': 300 }
/** What is counted in a layout. */
const counted: Record<keyof typeof layouts, string> = {
  'one group': 'Ingresses',
  'a group each': 'Ingresses',
  Gateways: 'HTTPRoutes',
  'a load balancer each': 'Services'
}
const plotFile = fileURLToPath(new URL('../../docs/figures/plan-growth.svg', import.meta.url))

interface Measurement {
  milliseconds: number
  /** Milliseconds of processor time of all threads: what remains of a figure on a busy machine. */
  processor: number
  /** Peak of the whole process, Node included. */
  mebibytes: number
}

function manifests(count: number, inOneGroup: boolean): KubernetesObject[] {
  return [
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'alb' },
      spec: { controller: 'ingress.k8s.aws/alb' }
    },
    ...Array.from({ length: services }, (_, index) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `service-${index}`, namespace: 'shop', uid: `uid-${index}` },
      spec: { type: 'NodePort', ports: [{ name: 'http', port: 80, targetPort: 8080, nodePort: 30_000 + index }] }
    })),
    ...Array.from(
      { length: count },
      (_, index): Ingress => ({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: {
          name: `ingress-${index}`,
          namespace: 'shop',
          annotations: {
            ...(inOneGroup && { [`${annotationPrefix}group.name`]: 'shop' }),
            [`${annotationPrefix}listen-ports`]: '[{"HTTP":80}]',
            [`${annotationPrefix}healthcheck-path`]: '/ready'
          }
        },
        spec: {
          ingressClassName: 'alb',
          rules: [
            {
              host: `host-${index}.example.com`,
              http: {
                paths: Array.from({ length: pathsPerIngress }, (_, path) => ({
                  path: `/path-${path}`,
                  pathType: 'Prefix' as const,
                  backend: {
                    service: {
                      name: `service-${(index * pathsPerIngress + path) % services}`,
                      port: { name: 'http' }
                    }
                  }
                }))
              }
            }
          ]
        }
      })
    )
  ]
}

/** HTTPRoutes with five rules, twenty on a Gateway. */
function gatewayManifests(count: number): KubernetesObject[] {
  const apiVersion = 'gateway.networking.k8s.io/v1'
  const gateways = Math.ceil(count / routesPerGateway)
  return [
    {
      apiVersion,
      kind: 'GatewayClass',
      metadata: { name: 'alb' },
      spec: { controllerName: 'gateway.k8s.aws/alb' }
    },
    ...manifests(0, false).filter(({ kind }) => kind === 'Service'),
    ...Array.from({ length: gateways }, (_, index) => ({
      apiVersion,
      kind: 'Gateway',
      metadata: { name: `gateway-${index}`, namespace: 'shop', uid: `uid-${index}` },
      spec: { gatewayClassName: 'alb', listeners: [{ name: 'http', protocol: 'HTTP', port: 80 }] }
    })),
    ...Array.from({ length: count }, (_, index) => ({
      apiVersion,
      kind: 'HTTPRoute',
      metadata: { name: `route-${index}`, namespace: 'shop' },
      spec: {
        parentRefs: [{ name: `gateway-${index % gateways}` }],
        hostnames: [`host-${index}.example.com`],
        rules: Array.from({ length: pathsPerIngress }, (__, path) => ({
          matches: [{ path: { value: `/path-${path}` } }],
          backendRefs: [{ name: `service-${(index * pathsPerIngress + path) % services}`, port: 80 }]
        }))
      }
    }))
  ]
}

/** Services that make a Network Load Balancer each, by the AWS Load Balancer Controller. */
function serviceManifests(count: number): KubernetesObject[] {
  return Array.from({ length: count }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `service-${index}`, namespace: 'shop', uid: `uid-${index}` },
    spec: {
      type: 'LoadBalancer',
      loadBalancerClass: 'service.k8s.aws/nlb',
      ports: ['status-port', 'http2', 'https'].map((name, place) => ({
        name,
        port: 80 + place,
        targetPort: 8080 + place,
        nodePort: 30_000 + ((index * 3 + place) % 2768)
      }))
    }
  }))
}

function objectsOf(count: number, layout: keyof typeof layouts): KubernetesObject[] {
  switch (layout) {
    case 'Gateways':
      return gatewayManifests(count)
    case 'a load balancer each':
      return serviceManifests(count)
    default:
      return manifests(count, layout === 'one group')
  }
}

/** In the process of one figure. */
function measure(count: number, layout: keyof typeof layouts): Measurement {
  const resources = new Resources(objectsOf(count, layout))
  const start = performance.now()
  const before = process.cpuUsage()
  const { error } = planToJSON(buildPlan(resources, defaultEnvironment))
  const milliseconds = performance.now() - start
  const { user, system } = process.cpuUsage(before)
  if (error !== undefined) {
    throw new Error(error)
  }
  return { milliseconds, processor: (user + system) / 1000, mebibytes: process.resourceUsage().maxRSS / 1024 }
}

async function measureApart(count: number, layout: string): Promise<Measurement> {
  const { stdout } = await execa(process.execPath, [fileURLToPath(import.meta.url), String(count), layout])
  return JSON.parse(stdout) as Measurement
}

async function compareGrowth(): Promise<void> {
  const series: { name: string; points: [x: number, y: number][] }[] = []
  for (const [layout, limit] of Object.entries(layouts)) {
    const what = counted[layout as keyof typeof layouts]
    const points: [number, number][] = []
    for (const count of counts) {
      const runs: Measurement[] = []
      for (let run = 0; run < 5; run++) {
        runs.push(await measureApart(count, layout))
      }
      const times = runs.map(({ milliseconds }) => milliseconds)
      printTimes(`plan of ${count} ${what} in ${layout}`, times, count === 1000 ? `${limit} ms` : undefined)
      const median = percentile(times, 0.5)
      const peak = Math.max(...runs.map(({ mebibytes }) => mebibytes))
      const processor = percentile(
        runs.map(run => run.processor),
        0.5
      )
      console.log(
        `  ${((median * 1000) / count).toFixed(0)} µs each, ${processor.toFixed(0)} ms of processor time, ${peak.toFixed(0)} MiB at most`
      )
      points.push([count, processor])
    }
    console.log(`  its processor time grows with the power ${exponent(points).toFixed(2)} of the number`)
    series.push({ name: `${layout}: n^${exponent(points).toFixed(2)}`, points })
  }
  mkdirSync(dirname(plotFile), { recursive: true })
  writeFileSync(
    plotFile,
    plotGrowth('Processor time of a plan', 'Ingresses, HTTPRoutes, Services', 'milliseconds', series)
  )
  console.log(`wrote ${plotFile}`)
}

const [, script, count, layout] = process.argv
if (script === fileURLToPath(import.meta.url)) {
  console.log(JSON.stringify(measure(Number(count), layout as keyof typeof layouts)))
} else {
  await compareGrowth()
}
