/**
 * 200 times render and assert, here and with helm-unittest where it is on PATH: the same values, the same two assertions.
 * Goal: not slower than it, cold; at most a second where nothing changed.
 */
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { stringify } from 'yaml'
import { ownChart, splitRender } from '../../src/render/index.ts'
import { gatewayServices, parseManifests } from '../../src/resources/index.ts'
import { mergeValues, type Values, ValuesFiles } from '../../src/values/index.ts'
import { renderCases } from '../../tests/chart/cases.ts'

const listenPorts = 'alb.ingress.kubernetes.io/listen-ports'

interface Case {
  values: Values
  nodePort: number
  listenPort: number
}

const cases: Case[] = Array.from({ length: 200 }, (_, index) => {
  const [nodePort, listenPort] = [30_100 + index, 8_000 + index]
  return {
    nodePort,
    listenPort,
    values: { gateway: { ports: { http2: { nodePort } } }, ingress: { listeners: { http: { port: listenPort } } } }
  }
})

const folder = mkdtempSync(join(tmpdir(), 'istio-alb-bench-'))
const defaults = ValuesFiles.read([join(ownChart, 'values.yaml')]).merged()

async function renderAndAssert(): Promise<void> {
  const renders = await renderCases(
    cases.map(({ values }) => mergeValues(defaults, values)),
    { cache: join(folder, 'cache') }
  )
  for (const [index, { manifests }] of renders.entries()) {
    const { nodePort, listenPort } = cases[index]!
    const resources = parseManifests(splitRender(manifests))
    const [{ service } = {}] = gatewayServices(resources)
    assert.equal(service!.spec!.ports![1]!.nodePort, nodePort)
    assert.equal(resources.list('Ingress')[0]!.metadata.annotations![listenPorts], `[{"HTTP":${listenPort}}]`)
  }
}

/** The same for helm-unittest, in a copy of the chart. */
function translate(): string {
  const chart = join(folder, 'istio-alb-ingress')
  cpSync(ownChart, chart, { recursive: true })
  mkdirSync(join(chart, 'tests'))
  writeFileSync(
    join(chart, 'tests', 'ports_test.yaml'),
    stringify({
      suite: 'ports',
      capabilities: { apiVersions: ['install.istio.io/v1alpha1/IstioOperator'] },
      tests: cases.map(({ values, nodePort, listenPort }) => ({
        it: `should render ${nodePort}`,
        set: values,
        templates: ['templates/istio-operator.yaml', 'templates/ingress.yaml'],
        asserts: [
          {
            template: 'templates/istio-operator.yaml',
            equal: { path: 'spec.components.ingressGateways[0].k8s.service.ports[1].nodePort', value: nodePort }
          },
          {
            template: 'templates/ingress.yaml',
            equal: { path: `metadata.annotations["${listenPorts}"]`, value: `[{"HTTP":${listenPort}}]` }
          }
        ]
      }))
    })
  )
  return chart
}

async function timed(what: string, run: () => Promise<unknown>): Promise<void> {
  const start = performance.now()
  await run()
  console.log(`${what.padEnd(52)} ${((performance.now() - start) / 1000).toFixed(2)} s`)
}

try {
  await timed('render, 200 cases, cold', renderAndAssert)
  await timed('render, 200 cases, nothing changed', renderAndAssert)
  const peer = await execa('helm-unittest', ['--help'], { reject: false })
  if (peer.failed) {
    console.log('helm-unittest is not on PATH: build github.com/helm-unittest/helm-unittest v1.1.2')
  } else {
    const chart = translate()
    await timed('helm-unittest, the same 200 cases', () => execa('helm-unittest', ['--strict', chart]))
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
