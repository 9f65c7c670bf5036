/**
 * How long a check takes: 1,000 objects of teams that share load balancers, as one YAML file and as JSON. Every figure is of a
 * process of its own, so that nothing is warm but the modules; reading and checking are told apart.
 *
 * @module
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { stringify } from 'yaml'
import { checkResources } from '../../src/check/index.ts'
import { defaultEnvironment } from '../../src/model/index.ts'
import { annotationPrefix, assumeMissing, readManifests } from '../../src/resources/index.ts'
import { percentile, printTimes } from './figures.ts'

const runs = 7
/** Each team has a Service, an Ingress, a Deployment and a VirtualService. */
const teams = 250

interface Measurement {
  read: number
  check: number
  /** Milliseconds of processor time of the check, all threads: what remains of a figure on a busy machine. */
  processor: number
  objects: number
  findings: number
}

function team(index: number): object[] {
  const metadata = { name: `team-${index}`, namespace: `namespace-${index % 20}` }
  const annotations = {
    [`${annotationPrefix}group.name`]: `shared-${index % 10}`,
    [`${annotationPrefix}listen-ports`]: '[{"HTTP":80}]',
    [`${annotationPrefix}healthcheck-path`]: '/ready',
    // One in ten has a mistake, so that findings and their lines are part of the figure.
    [`${annotationPrefix}${index % 10 === 0 ? 'healthcheck-prot' : 'healthcheck-port'}`]: 'http'
  }
  const service = { name: metadata.name, port: { name: 'http' } }
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: {
        type: 'NodePort',
        selector: { app: metadata.name },
        ports: [{ name: 'http', port: 80, targetPort: 8080, nodePort: 30_000 + index }]
      }
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { ...metadata, annotations },
      spec: {
        ingressClassName: 'alb',
        rules: [
          {
            host: `${metadata.name}.example.com`,
            http: { paths: ['/', '/api'].map(path => ({ path, pathType: 'Prefix', backend: { service } })) }
          }
        ]
      }
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        template: {
          metadata: { labels: { app: metadata.name } },
          spec: { containers: [{ name: 'main', image: 'example.com/main:1', ports: [{ containerPort: 8080 }] }] }
        }
      }
    },
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata,
      spec: { hosts: [metadata.name], http: [{ route: [{ destination: { host: metadata.name } }] }] }
    }
  ]
}

/** In the process of one figure. */
function measure(file: string): Measurement {
  const start = performance.now()
  const { resources } = assumeMissing(readManifests([file]))
  const read = performance.now()
  const before = process.cpuUsage()
  const findings = checkResources(resources, defaultEnvironment).length
  const check = performance.now() - read
  const { user, system } = process.cpuUsage(before)
  return { read: read - start, check, processor: (user + system) / 1000, objects: resources.all().length, findings }
}

async function compareFormats(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-check-'))
  const objects = Array.from({ length: teams }, (_, index) => team(index)).flat()
  const files = {
    'YAML documents': ['objects.yaml', objects.map(object => stringify(object)).join('---\n')],
    'a JSON List': ['objects.json', JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }, undefined, 2)]
  } as const
  try {
    for (const [format, [name, text]] of Object.entries(files)) {
      writeFileSync(join(folder, name), text)
      const figures: Measurement[] = []
      for (let run = 0; run < runs; run++) {
        const { stdout } = await execa(process.execPath, [fileURLToPath(import.meta.url), join(folder, name)])
        figures.push(JSON.parse(stdout) as Measurement)
      }
      const { objects: count, findings } = figures[0]!
      function times(key: 'read' | 'check' | 'processor'): number[] {
        return figures.map(figure => figure[key])
      }
      printTimes(`check of ${count} objects, ${findings} findings`, times('check'), '200 ms')
      console.log(`  ${percentile(times('processor'), 0.5).toFixed(0)} ms of processor time`)
      printTimes(`  reading them from ${format}`, times('read'))
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const [, script, file] = process.argv
if (script === fileURLToPath(import.meta.url)) {
  console.log(JSON.stringify(measure(file!)))
} else {
  await compareFormats()
}
