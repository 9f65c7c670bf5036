/** The examples of docs/argocd.md and the chart's scenarios, by Argo CD's own code: repo server and ApplicationSet controller. */

import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { execa } from 'execa'
import { parse, parseAllDocuments, stringify } from 'yaml'
import { packageChart } from '../../scripts/chart/package.ts'
import { findHelm, ownChart, renderChart } from '../../src/render/index.ts'
import type { KubernetesObject, Service } from '../../src/resources/index.ts'
import type { Values } from '../../src/values/index.ts'
import { type Application, expandApplicationSet, reasonsWithoutArgoCD, renderApplication } from './argocd.ts'
import { describeUnless } from './tools.ts'

interface ApplicationSet {
  kind: string
  spec: { template: { spec: Application['spec'] } }
}

const tracking = 'argocd.argoproj.io/tracking-id'
const text = readFileSync(new URL('../../docs/argocd.md', import.meta.url), 'utf8')
const examples = [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, yaml]) => parse(yaml!) as { kind: string })
function documented<Example extends { kind: string }>(kind: string): Example {
  return structuredClone(examples.find(example => example.kind === kind)) as Example
}

function scenario(name: string): Values {
  return parse(readFileSync(join(ownChart, 'ci', `${name}-values.yaml`), 'utf8')) as Values
}

/** A cluster with Istio and the Gateway API, told as Argo CD tells it: groups with their versions, and each with its kinds. */
const destination = {
  kubeVersion: 'v1.34.4',
  apiVersions: [
    ...['v1', 'v1/Service', 'apps/v1', 'apps/v1/Deployment', 'networking.k8s.io/v1', 'networking.k8s.io/v1/Ingress'],
    ...['networking.istio.io/v1', 'networking.istio.io/v1/Gateway'],
    ...['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1/Gateway']
  ]
}
const withIstioOperators = {
  ...destination,
  apiVersions: [...destination.apiVersions, 'install.istio.io/v1alpha1', 'install.istio.io/v1alpha1/IstioOperator']
}

function kindsOf(objects: KubernetesObject[]): string[] {
  return objects.map(({ kind }) => kind)
}

/** An object without what Argo CD adds to each, the annotation it finds its own by. */
function withoutTracking({ metadata, ...object }: KubernetesObject): object {
  const { annotations = {}, ...others } = metadata
  const { [tracking]: _, ...own } = annotations
  return { ...object, metadata: { ...others, ...(Object.keys(own).length > 0 && { annotations: own }) } }
}

/** Everything below an object that chooses pods. */
function selectorsOf(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) {
    return []
  }
  return Object.entries(value).flatMap(([key, child]) => (/^(s|podS)elector$/.test(key) ? [child] : selectorsOf(child)))
}

describeUnless(await reasonsWithoutArgoCD(), 'the chart by Argo CD’s own code', () => {
  let folder: string
  let server: Server
  let repoURL: string

  /** The chart in a repository, as the documented Application expects it. */
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'istio-alb-argocd-'))
    await packageChart({ destination: folder })
    await execa((await findHelm()).command, ['repo', 'index', folder])
    server = createServer((request, response) => {
      try {
        response.end(readFileSync(join(folder, basename(request.url!))))
      } catch {
        response.writeHead(404).end()
      }
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    repoURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => {
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** The documented Application; the repository is all that it gets of this test, and values where they are given. */
  function application(valuesObject?: Values): Application {
    const { spec, ...object } = documented<Application>('Application')
    const { helm, ...source } = spec.source
    return {
      ...object,
      spec: { ...spec, source: { ...source, repoURL, helm: valuesObject ? { valuesObject } : helm } }
    }
  }

  /** What `helm template` makes of the same values for the same cluster. */
  async function helmTemplate(values: Values, of = destination): Promise<KubernetesObject[]> {
    const file = join(folder, 'values.yaml')
    writeFileSync(file, stringify(values))
    return parseAllDocuments(await renderChart({ values: [file], ...of })).flatMap(document =>
      document.contents === null ? [] : [document.toJS() as KubernetesObject]
    )
  }

  test('the documented Application renders as `helm template` does', async () => {
    const { objects, ignored } = await renderApplication(application(), destination)
    const { valuesObject } = application().spec.source.helm
    expect(objects.map(withoutTracking)).toEqual(await helmTemplate(valuesObject!))
    expect(kindsOf(objects)).toEqual(expect.arrayContaining(['Deployment', 'Service', 'Ingress']))
    // The pod of `helm test`, which the comparison leaves out.
    expect(kindsOf(ignored)).toEqual(['Pod'])
  })

  test('what Argo CD adds is one annotation, of its own', async () => {
    const { objects } = await renderApplication(application(), destination)
    for (const { apiVersion, kind, metadata } of objects) {
      const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : ''
      const namespace = metadata.namespace ?? 'istio-system'
      expect(metadata.annotations![tracking]).toBe(`edge:${group}/${kind}:${namespace}/${metadata.name}`)
    }
  })

  test('where it tracks by label, it rewrites one that nothing selects by', async () => {
    const label = 'app.kubernetes.io/instance'
    const renamed = application(scenario('injected'))
    renamed.spec.source.helm.releaseName = 'other'
    const { objects } = await renderApplication(renamed, { ...destination, tracking: 'label' })
    expect(new Set(objects.map(({ metadata }) => metadata.labels![label]))).toEqual(new Set(['edge']))
    const selectors = objects.flatMap(selectorsOf)
    expect(selectors.length).toBeGreaterThan(1)
    for (const selector of selectors) {
      expect(JSON.stringify(selector)).not.toContain(label)
    }
  })

  test.each(['default', 'article', 'injected', 'gateway-api', 'two-edges'])(
    '%s: equal to `helm template`, and equal in five renders',
    async name => {
      const renders = await Promise.all(
        Array.from({ length: 5 }, () => renderApplication(application(scenario(name)), destination))
      )
      expect(renders[0]!.objects.map(withoutTracking)).toEqual(await helmTemplate(scenario(name)))
      for (const render of renders) {
        expect(render).toEqual(renders[0])
      }
    }
  )

  describe('an IstioOperator', () => {
    test('is a ConfigMap in a cluster without the kind', async () => {
      const { objects } = await renderApplication(application(scenario('article')), destination)
      expect(kindsOf(objects)).toContain('ConfigMap')
      expect(kindsOf(objects)).not.toContain('IstioOperator')
    })

    test('is itself in a cluster with the kind', async () => {
      const { objects } = await renderApplication(application(scenario('article')), withIstioOperators)
      expect(objects.map(withoutTracking)).toEqual(await helmTemplate(scenario('article'), withIstioOperators))
      expect(kindsOf(objects)).toContain('IstioOperator')
    })
  })

  function refusalOf(refused: Application): Promise<string> {
    return renderApplication(refused, destination).then(
      () => 'rendered',
      ({ stderr }: { stderr: string }) => stderr
    )
  }

  describe('a refusal', () => {
    const wrong = { gateway: { ports: { http2: { nodePort: 80 }, status: { nodePort: 'thirty' } } } }

    test('names Helm’s command line first, and each key in the lines at its end', async () => {
      // What is of a wrong type is for Helm's validator, the rest for the guard, which comes after it.
      const typed = { gateway: { ports: { http2: { nodePort: 'eighty' }, status: { nodePort: 'thirty' } } } }
      const [first, ...lines] = (await refusalOf(application(typed))).trimEnd().split('\n')
      expect(first).toContain('`helm template . --name-template edge ')
      // Helm says them in any order.
      expect(lines.slice(-2).toSorted()).toEqual([
        expect.stringContaining("at '/gateway/ports/http2/nodePort': got string, want integer"),
        expect.stringContaining("at '/gateway/ports/status/nodePort': got string, want integer")
      ])
    })

    test('is the guard’s, a line for each key, where the schema is skipped', async () => {
      const unchecked = application(wrong)
      unchecked.spec.source.helm.skipSchemaValidation = true
      const lines = (await refusalOf(unchecked)).split('\n')
      expect(lines).toContainEqual(expect.stringMatching(/^VALUE_OUT_OF_RANGE gateway\.ports\.http2\.nodePort: is 80;/))
      expect(lines).toContainEqual(
        expect.stringMatching(/^VALUE_NOT_AN_INTEGER gateway\.ports\.status\.nodePort: is "thirty";/)
      )
    })
  })

  describe('the documented ApplicationSet', () => {
    function set(change: (helm: Application['spec']['source']['helm']) => void = () => {}): ApplicationSet {
      const object = documented<ApplicationSet>('ApplicationSet')
      const { source } = object.spec.template.spec
      source.repoURL = repoURL
      change(source.helm)
      return object
    }

    test('makes an Application for each cluster, each with a node port of its own', async () => {
      const applications = await expandApplicationSet(set())
      expect(applications.map(({ metadata }) => metadata.name)).toEqual(['edge-staging', 'edge-production'])
      for (const [index, nodePort] of [31080, 32080].entries()) {
        const { objects } = await renderApplication(applications[index]!, destination)
        const service = objects.find(({ kind }) => kind === 'Service') as Service
        expect(service.spec!.ports!.find(({ name }) => name === 'http2')).toMatchObject({ nodePort })
      }
    })

    test('is refused with the number inside `valuesObject`, where it becomes text', async () => {
      const [first] = await expandApplicationSet(
        set(helm => {
          delete helm.values
          helm.valuesObject = { gateway: { ports: { http2: { nodePort: '{{.port}}' } } } }
        })
      )
      expect(first!.spec.source.helm.valuesObject).toEqual({ gateway: { ports: { http2: { nodePort: '31080' } } } })
      expect(await refusalOf(first!)).toContain("at '/gateway/ports/http2/nodePort': got string, want integer")
    })
  })
})
