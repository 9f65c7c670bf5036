/**
 * A Kubernetes API server in this process, over HTTP: it stores objects, lists, watches, patches under resource versions,
 * and can be told to fail as real ones do.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KubernetesObject } from '../../../src/resources/index.ts'

// It takes seconds to load on a busy machine: before the tests, so that no test's time is spent on it.
await import('@kubernetes/client-node')

/** Where objects of a kind live: `/apis/networking.k8s.io/v1` and `ingresses`. */
const collections: Record<string, { base: string; plural: string; namespaced: boolean }> = {
  Ingress: { base: '/apis/networking.k8s.io/v1', plural: 'ingresses', namespaced: true },
  IngressClass: { base: '/apis/networking.k8s.io/v1', plural: 'ingressclasses', namespaced: false },
  IngressClassParams: { base: '/apis/elbv2.k8s.aws/v1beta1', plural: 'ingressclassparams', namespaced: false },
  CustomResourceDefinition: {
    base: '/apis/apiextensions.k8s.io/v1',
    plural: 'customresourcedefinitions',
    namespaced: false
  },
  EndpointSlice: { base: '/apis/discovery.k8s.io/v1', plural: 'endpointslices', namespaced: true },
  Service: { base: '/api/v1', plural: 'services', namespaced: true },
  Secret: { base: '/api/v1', plural: 'secrets', namespaced: true },
  Node: { base: '/api/v1', plural: 'nodes', namespaced: false },
  Namespace: { base: '/api/v1', plural: 'namespaces', namespaced: false },
  Event: { base: '/api/v1', plural: 'events', namespaced: true },
  Pod: { base: '/api/v1', plural: 'pods', namespaced: true },
  TargetGroupBinding: { base: '/apis/elbv2.k8s.aws/v1beta1', plural: 'targetgroupbindings', namespaced: true },
  ...Object.fromEntries(
    [
      ['GatewayClass', 'gatewayclasses'],
      ['Gateway', 'gateways'],
      ['ListenerSet', 'listenersets'],
      ['HTTPRoute', 'httproutes'],
      ['GRPCRoute', 'grpcroutes'],
      ['TCPRoute', 'tcproutes'],
      ['UDPRoute', 'udproutes'],
      ['TLSRoute', 'tlsroutes'],
      ['ReferenceGrant', 'referencegrants']
    ].map(([kind, plural]) => [
      kind!,
      { base: '/apis/gateway.networking.k8s.io/v1', plural: plural!, namespaced: kind !== 'GatewayClass' }
    ])
  ),
  ...Object.fromEntries(
    ['LoadBalancerConfiguration', 'TargetGroupConfiguration', 'ListenerRuleConfiguration'].map(kind => [
      kind,
      { base: '/apis/gateway.k8s.aws/v1', plural: `${kind.toLowerCase()}s`, namespaced: true }
    ])
  ),
  Lease: { base: '/apis/coordination.k8s.io/v1', plural: 'leases', namespaced: true },
  ValidatingWebhookConfiguration: {
    base: '/apis/admissionregistration.k8s.io/v1',
    plural: 'validatingwebhookconfigurations',
    namespaced: false
  },
  MutatingWebhookConfiguration: {
    base: '/apis/admissionregistration.k8s.io/v1',
    plural: 'mutatingwebhookconfigurations',
    namespaced: false
  }
}

function kindOf(base: string, plural: string): string | undefined {
  return Object.keys(collections).find(kind => collections[kind]!.base === base && collections[kind]!.plural === plural)
}

interface Watcher {
  kind: string
  namespace: string | undefined
  name: string | undefined
  response: ServerResponse
}

export interface Refusal {
  status: number
  message: string
  /** How many requests are refused; default all until {@link FakeApiServer.allow}. */
  times?: number
}

export interface Received {
  method: string
  path: string
  body: Record<string, unknown> | undefined
}

/** RFC 7386. */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) {
    return patch
  }
  const merged: Record<string, unknown> = { ...(target as Record<string, unknown>) }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      delete merged[key]
    } else {
      merged[key] = merge(merged[key], value)
    }
  }
  return merged
}

/** A strategic merge patch, as far as anybody here uses it: conditions are one each of a type. */
function mergeConditions(object: KubernetesObject, patch: Record<string, unknown>): Record<string, unknown> {
  type Conditions = { conditions?: { type: string }[] }
  const status = patch.status as Conditions | undefined
  if (!status?.conditions) {
    return patch
  }
  const known = (object.status as Conditions | undefined)?.conditions ?? []
  const conditions = [
    ...new Map([...known, ...status.conditions].map(condition => [condition.type, condition])).values()
  ]
  return { ...patch, status: { ...status, conditions } }
}

export class FakeApiServer {
  /** Every request in order, without list and watch. */
  readonly received: Received[] = []
  /** Paths of list and watch requests: `list /api/v1/nodes`. */
  readonly opened: string[] = []
  /** How many connections there were. */
  connections = 0
  /** Called after every change of an object, by whomever. */
  onChange = (): void => {}
  /** Called with every object that is created or changed. */
  onPut = (_object: KubernetesObject): void => {}
  readonly #objects = new Map<string, KubernetesObject>()
  readonly #refusals: { matches: (method: string, path: string) => boolean; refusal: Refusal; left: number }[] = []
  readonly #watchers = new Set<Watcher>()
  readonly #folder = mkdtempSync(join(tmpdir(), 'fake-api-server-'))
  #server: Server | undefined
  #port = 0
  #version = 100
  /** Watches from before this version are told that they expired. */
  #oldest = 0

  /** A kubeconfig that leads here. */
  get kubeconfig(): string {
    return join(this.#folder, 'kubeconfig')
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      this.#answer(request, response).catch((error: Error) => response.writeHead(500).end(error.stack))
    })
    server.on('connection', () => {
      this.connections++
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#port, '127.0.0.1', resolve)
    })
    this.#server = server
    this.#port = (server.address() as AddressInfo).port
    writeFileSync(
      this.kubeconfig,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'fake',
        contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'fake' } }],
        clusters: [
          { name: 'fake', cluster: { server: `http://127.0.0.1:${this.#port}`, 'insecure-skip-tls-verify': true } }
        ],
        users: [{ name: 'fake', user: {} }]
      })
    )
  }

  /** Goes away as a killed server does; the objects stay, and `start` brings it back at the same place. */
  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    this.#watchers.clear()
    server?.closeAllConnections()
    await new Promise<void>(resolve => (server ? server.close(() => resolve()) : resolve()))
  }

  async close(): Promise<void> {
    await this.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** Creates or replaces an object, and tells watchers. */
  put(...objects: KubernetesObject[]): void {
    for (const object of objects) {
      const known = this.#objects.get(this.#keyOf(object))
      const stored = {
        ...object,
        metadata: {
          uid: known?.metadata.uid ?? `uid-${this.#version}`,
          ...object.metadata,
          resourceVersion: String(++this.#version)
        }
      }
      this.#objects.set(this.#keyOf(object), stored)
      this.#tell(known ? 'MODIFIED' : 'ADDED', stored)
      this.onPut(stored)
    }
  }

  /** Deletes as the API does: at once, or, while finalizers hold it, by a timestamp. */
  remove(kind: string, name: string, namespace?: string): void {
    const object = this.find(kind, name, namespace)
    if (!object) {
      throw new Error(`no ${kind} ${name}`)
    }
    if (object.metadata.finalizers?.length) {
      this.put({ ...object, metadata: { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } })
    } else {
      this.#drop(object)
    }
  }

  find(kind: string, name: string, namespace?: string): KubernetesObject | undefined {
    return this.#objects.get(`${kind} ${namespace ?? ''}/${name}`)
  }

  list(kind: string): KubernetesObject[] {
    return [...this.#objects.values()].filter(object => object.kind === kind)
  }

  /** The reasons and messages of the events written about an object, in order. */
  events(name: string): { reason: string; message: string }[] {
    return [...this.#objects.values()]
      .filter(object => object.kind === 'Event' && (object.involvedObject as { name: string }).name === name)
      .map(({ reason, message }) => ({ reason: String(reason), message: String(message) }))
  }

  /** Answers matching requests with an error: `PATCH /apis/…/ingresses/web`, or a prefix of it. */
  refuse(methodAndPath: string, refusal: Refusal): void {
    const [method, prefix] = methodAndPath.split(' ') as [string, string]
    this.#refusals.push({
      matches: (actual, path) => actual === method && path.startsWith(prefix),
      refusal,
      left: refusal.times ?? Number.POSITIVE_INFINITY
    })
  }

  allow(): void {
    this.#refusals.length = 0
  }

  /** Cuts every watch's connection. */
  cutWatches(): void {
    for (const { response } of this.#watchers) {
      response.destroy()
    }
    this.#watchers.clear()
  }

  /** Ends every watch orderly, and tells those that come back from before now that they expired (410 in the stream). */
  expireWatches(): void {
    this.#oldest = ++this.#version
    for (const { response } of this.#watchers) {
      response.end()
    }
    this.#watchers.clear()
  }

  get watchers(): number {
    return this.#watchers.size
  }

  #keyOf({ kind, metadata }: KubernetesObject): string {
    return `${kind} ${metadata.namespace ?? ''}/${metadata.name}`
  }

  #drop(object: KubernetesObject): void {
    this.#objects.delete(this.#keyOf(object))
    const { metadata } = object
    this.#tell('DELETED', { ...object, metadata: { ...metadata, resourceVersion: String(++this.#version) } })
  }

  #tell(type: string, object: KubernetesObject): void {
    for (const { kind, namespace, name, response } of this.#watchers) {
      if (kind === object.kind && (namespace ?? object.metadata.namespace) === object.metadata.namespace) {
        if (name === undefined || name === object.metadata.name) {
          response.write(`${JSON.stringify({ type, object })}\n`)
        }
      }
    }
    this.onChange()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, 'http://fake')
    const method = request.method!
    let text = ''
    for await (const chunk of request) {
      text += chunk
    }
    function json(status: number, body: unknown): void {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    const refused = this.#refusals.find(({ matches, left }) => left > 0 && matches(method, url.pathname))
    if (refused) {
      refused.left--
      const { status, message } = refused.refusal
      return json(status, { kind: 'Status', status: 'Failure', code: status, message })
    }
    if (url.pathname === '/version') {
      return json(200, { major: '1', minor: '34' })
    }
    const [, base, namespace, plural, name, subresource] =
      /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+)(?=\/))?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(
        url.pathname
      ) ?? []
    const kind = base && plural ? kindOf(base, plural) : undefined
    if (!kind) {
      return json(404, { kind: 'Status', code: 404, message: 'the server could not find the requested resource' })
    }
    const selected = /^metadata\.name=(.+)$/.exec(url.searchParams.get('fieldSelector') ?? '')?.[1]
    if (method === 'GET' && !name) {
      const watched = url.searchParams.get('watch') === 'true'
      this.opened.push(`${watched ? 'watch' : 'list'} ${url.pathname}`)
      if (watched) {
        return this.#watch({ kind, namespace, name: selected, response }, url)
      }
      const items = [...this.#objects.values()]
        .filter(
          object => object.kind === kind && (namespace ?? object.metadata.namespace) === object.metadata.namespace
        )
        .filter(object => selected === undefined || object.metadata.name === selected)
        // Items of a list carry no kind.
        .map(({ kind: _kind, apiVersion: _apiVersion, ...rest }) => rest)
      return json(200, { kind: `${kind}List`, metadata: { resourceVersion: String(this.#version) }, items })
    }
    const body = text ? (JSON.parse(text) as Record<string, unknown>) : undefined
    this.received.push({ method, path: url.pathname, body })
    if (method === 'POST') {
      const { metadata } = body as unknown as KubernetesObject
      if (kind !== 'Event' && this.find(kind, metadata.name, namespace)) {
        return json(409, { kind: 'Status', code: 409, message: `${plural} "${metadata.name}" already exists` })
      }
      this.put({ ...(body as unknown as KubernetesObject), kind })
      return json(201, body)
    }
    const object = this.find(kind, name!, namespace)
    if (!object) {
      return json(404, { kind: 'Status', code: 404, message: `${plural} "${name}" not found` })
    }
    if (method === 'GET') {
      return json(200, object)
    }
    if (method === 'DELETE') {
      this.remove(kind, name!, namespace)
      return json(200, { kind: 'Status', status: 'Success' })
    }
    const { metadata, ...rest } = body as { metadata?: { resourceVersion?: string } }
    const version = metadata?.resourceVersion
    if (version !== undefined && version !== object.metadata.resourceVersion) {
      return json(409, {
        kind: 'Status',
        code: 409,
        message: `Operation cannot be fulfilled on ${plural} "${name}": the object has been modified`
      })
    }
    if (method === 'PUT') {
      this.put({ ...(body as unknown as KubernetesObject), kind })
      return json(200, this.find(kind, name!, namespace))
    }
    // The status is written through its subresource alone, and the rest without it.
    const { status: _status, ...withoutStatus } = { ...rest, ...(metadata && { metadata }) } as Record<string, unknown>
    const patch = subresource === 'status' ? { status: (rest as { status?: unknown }).status } : withoutStatus
    const isStrategic = request.headers['content-type']?.includes('strategic') ?? false
    const patched = merge(object, isStrategic ? mergeConditions(object, patch) : patch) as KubernetesObject
    if (patched.metadata.deletionTimestamp && !patched.metadata.finalizers?.length) {
      this.#drop(patched)
    } else {
      this.put(patched)
    }
    json(200, this.find(kind, name!, namespace) ?? patched)
  }

  #watch(watcher: Watcher, url: URL): void {
    const { response } = watcher
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    const since = Number(url.searchParams.get('resourceVersion'))
    if (since < this.#oldest) {
      const object = {
        kind: 'Status',
        status: 'Failure',
        code: 410,
        reason: 'Expired',
        message: 'too old resource version'
      }
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`)
      return
    }
    // What changed between the list and the watch.
    for (const object of this.#objects.values()) {
      if (object.kind === watcher.kind && Number(object.metadata.resourceVersion) > since) {
        response.write(`${JSON.stringify({ type: 'MODIFIED', object })}\n`)
      }
    }
    this.#watchers.add(watcher)
    response.once('close', () => this.#watchers.delete(watcher))
  }
}
