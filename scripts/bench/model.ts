/**
 * How long a plan takes: Ingresses with five paths each over 200 Services, all in one group and each in its own. Every figure
 * is of a process of its own, from objects to the JSON of the plan, so that nothing is warm but the modules.
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
const layouts = { 'one group': true, 'a group each': false }
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

/** In the process of one figure. */
function measure(count: number, inOneGroup: boolean): Measurement {
  const resources = new Resources(manifests(count, inOneGroup))
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
  for (const layout of Object.keys(layouts)) {
    const points: [number, number][] = []
    for (const count of counts) {
      const runs: Measurement[] = []
      for (let run = 0; run < 5; run++) {
        runs.push(await measureApart(count, layout))
      }
      const times = runs.map(({ milliseconds }) => milliseconds)
      printTimes(`plan of ${count} Ingresses in ${layout}`, times, count === 1000 ? '300 ms' : undefined)
      const median = percentile(times, 0.5)
      const peak = Math.max(...runs.map(({ mebibytes }) => mebibytes))
      const processor = percentile(
        runs.map(run => run.processor),
        0.5
      )
      console.log(
        `  ${((median * 1000) / count).toFixed(0)} µs an Ingress, ${processor.toFixed(0)} ms of processor time, ${peak.toFixed(0)} MiB at most`
      )
      points.push([count, processor])
    }
    console.log(`  its processor time grows with the power ${exponent(points).toFixed(2)} of the number`)
    series.push({ name: `${layout}: n^${exponent(points).toFixed(2)}`, points })
  }
  mkdirSync(dirname(plotFile), { recursive: true })
  writeFileSync(plotFile, plotGrowth('Processor time of a plan', 'Ingresses', 'milliseconds', series))
  console.log(`wrote ${plotFile}`)
}

const [, script, count, layout] = process.argv
if (script === fileURLToPath(import.meta.url)) {
  const inOneGroup = layouts[layout as keyof typeof layouts]
  console.log(JSON.stringify(measure(Number(count), inOneGroup)))
} else {
  await compareGrowth()
}
