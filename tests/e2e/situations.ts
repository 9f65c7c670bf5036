import { setTimeout as sleep } from 'node:timers/promises'
import { portServersOf } from '../../src/istio/connection.ts'
import { IngressGateway } from '../../src/istio/index.ts'
import { whyRefused } from '../../src/istio/refusal.ts'
import { workloadOf } from '../../src/istio/workload.ts'
import { type KubernetesObject, Resources, type Service, type ServicePort } from '../../src/resources/index.ts'
import { askedOf, baseObjects, type IstioRequest, type Told, toldBy } from '../cases/istio-cases.ts'
import { allowPolicy, batchLabel, objectsOfSituation, requestsOfSituation } from '../cases/situation/objects.ts'
import type { Situation } from '../cases/situation/situation.ts'
import type { Seen } from './gateway-request.ts'
import type { KindRig } from './kind-rig.ts'
import { markerRoute, type RealGateway } from './real-gateway.ts'

/** How many requests are on their way at one time. */
const atOnce = 16

/** Kinds that situations are made of. */
const kinds = [
  'gateways.networking.istio.io',
  'virtualservices.networking.istio.io',
  'authorizationpolicies.security.istio.io',
  'gateways.gateway.networking.k8s.io',
  'httproutes.gateway.networking.k8s.io',
  'grpcroutes.gateway.networking.k8s.io'
].join(',')

/** What the model and the real gateway disagree about. */
export type Difference =
  | { place: number; request: Omit<IstioRequest, 'real'>; expected: unknown; actual: unknown; because: unknown }
  | { place: number; object: KubernetesObject; refusedBy: 'the model' | 'the cluster'; reasons: unknown }
  | { port: string; refusedBy: 'the model' | 'Envoy'; reasons: unknown }

/** Headers that differ from request to request, or that the sending side adds; the last one is of requests that are traced by chance. */
const fleeting = new Set([
  ...['x-request-id', 'content-length', 'transfer-encoding', 'connection', 'date', 'keep-alive'],
  'x-envoy-decorator-operation'
])

function known(headers: Iterable<[string, string]>): [string, string][] {
  const joined = new Map<string, string>()
  for (const [name, value] of headers) {
    const lower = name.toLowerCase()
    if (!fleeting.has(lower)) {
      const before = joined.get(lower)
      joined.set(lower, before === undefined ? value : `${before}${lower === 'cookie' ? '; ' : ', '}${value}`)
    }
  }
  return [...joined].sort(([one], [other]) => (one < other ? -1 : 1))
}

/** Asks real Istio and the model about batches of situations. */
export class Situations {
  readonly #rig: Pick<KindRig, 'kubectl'>
  readonly #gateway: RealGateway
  #batches = 0

  constructor(rig: Pick<KindRig, 'kubectl'>, gateway: RealGateway) {
    this.#rig = rig
    this.#gateway = gateway
  }

  /** Everything about which the two disagree; what was applied is removed. */
  async compare(batch: readonly Situation[]): Promise<Difference[]> {
    const name = `batch-${++this.#batches}`
    // What an earlier batch left behind under the same names is none of this one's.
    function labelled(object: KubernetesObject): KubernetesObject {
      const { metadata } = object
      return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, [batchLabel]: name } } }
    }
    const made = batch.flatMap((plan, place) =>
      objectsOfSituation(plan, place).map(({ object, young }) => ({ object: labelled(object), young, place }))
    )
    const old = made.filter(({ young }) => !young).map(({ object }) => object)
    const young = made.filter(one => one.young).map(({ object }) => object)
    const policies = allowPolicy(batch).map(labelled)
    try {
      await this.#gateway.offer([...old, ...policies], 'create')
      // Ages are told in seconds.
      await sleep(young.length > 0 ? 1000 : 0)
      await this.#gateway.offer(young, 'create')
      await this.#gateway.kubectl([markerRoute(name)], 'apply')
      const taken = await this.#objects(name)
      await this.#gateway.pushed(name)
      const refused = made.flatMap(({ object, place }) => differenceInRefusal(object, place, taken))
      const resources = new Resources([...baseObjects(), ...this.#gateway.objects, ...taken])
      const service = resources.find('Service', 'istio-ingressgateway', 'istio-system')!
      // Envoy goes on with the listener before: what is asked of that port then tells of another batch.
      const closed = refusedPorts(service, resources)
      const listeners = differenceInListeners(service, closed, await this.#gateway.refusedListeners())
      const answers = await this.#ask(batch, new IngressGateway(service, resources, { complete: true }), closed)
      return [...refused, ...listeners, ...answers]
    } finally {
      await this.#gateway.offer([...old, ...young, ...policies], 'delete', '--ignore-not-found', '--wait=false')
    }
  }

  async #objects(batch: string): Promise<KubernetesObject[]> {
    const selector = `--selector=${batchLabel}=${batch}`
    const text = await this.#rig.kubectl('get', kinds, '--all-namespaces', selector, '--output=json')
    return (JSON.parse(text) as { items: KubernetesObject[] }).items
  }

  async #ask(
    batch: readonly Situation[],
    model: IngressGateway,
    closed: ReadonlyMap<ServicePort, string>
  ): Promise<Difference[]> {
    const names = [...closed.keys()].map(({ name }) => name)
    const waiting = batch.flatMap((plan, place) =>
      requestsOfSituation(plan, place)
        .filter(request => !names.includes(askedOf({ ...request, real: '' }).port))
        .map(request => ({ place, request }))
    )
    const found: Difference[] = []
    const workers = Array.from({ length: atOnce }, async () => {
      for (let next = waiting.pop(); next; next = waiting.pop()) {
        const { place, request } = next
        const difference = await this.#gateway.settled(request, seen => compareAnswer(model, request, seen))
        found.push(...(difference ? [{ place, request, ...difference }] : []))
      }
    })
    await Promise.all(workers)
    return found
  }
}

/** Ports of the Service about which the model and Envoy disagree: whether all that is meant for one of them is refused. */
function differenceInListeners(
  { spec }: Service,
  ofModel: ReadonlyMap<ServicePort, string>,
  ofEnvoy: ReadonlyMap<number, string>
): Difference[] {
  return spec!.ports!.flatMap((port): Difference[] => {
    const [model, envoy] = [ofModel.get(port), ofEnvoy.get(Number(port.targetPort))]
    return (model === undefined) === (envoy === undefined)
      ? []
      : [{ port: port.name!, refusedBy: model === undefined ? 'Envoy' : 'the model', reasons: model ?? envoy }]
  })
}

/** Ports of the Service whose listener Envoy refuses by the model, with the reason. */
function refusedPorts(service: Service, resources: Resources): Map<ServicePort, string> {
  const workload = workloadOf(service, resources)
  return new Map(
    service.spec!.ports!.flatMap(port => {
      const { conflict } = portServersOf(port, workload, resources)
      return conflict ? [[port, conflict.reason] as const] : []
    })
  )
}

function differenceInRefusal(
  object: KubernetesObject,
  place: number,
  taken: readonly KubernetesObject[]
): Difference[] {
  const isTaken = taken.some(
    ({ kind, metadata: { name, namespace } }) =>
      kind === object.kind && name === object.metadata.name && namespace === object.metadata.namespace
  )
  const reasons = whyRefused(object)
  return isTaken === (reasons.length === 0)
    ? []
    : [{ place, object, refusedBy: isTaken ? 'the model' : 'the cluster', reasons }]
}

/** The answers in the terms that both have; undefined where they agree, or the model says that it does not know. */
function compareAnswer(
  model: IngressGateway,
  request: Omit<IstioRequest, 'real'>,
  seen: Seen
): { expected: unknown; actual: unknown; because: unknown } | undefined {
  const { port, connection, request: asked } = askedOf({ ...request, real: '' })
  const found = model.service.spec!.ports!.find(one => one.name === port)!
  const peer = seen.kind === 'service' ? lastAddress(seen.request['x-forwarded-for']) : connection.peer
  const answer = model.answer(found, { ...connection, peer }, asked)
  if (answer.notEvaluated.length > 0) {
    return undefined
  }
  const { outcome } = answer
  const told: Told & { ofService?: unknown; shown?: unknown; body?: string } = toldBy(answer)
  const actual: typeof told = { kind: seen.kind }
  for (const key of ['status', 'service', 'path', 'location'] as const) {
    Object.assign(actual, seen[key] !== undefined && { [key]: seen[key] })
  }
  if (outcome.kind === 'service' && told.kind === 'service') {
    delete actual.status
    told.ofService = known(outcome.request.headers)
    actual.ofService = known(Object.entries(seen.request))
    const own: [string, string][] = [
      ['content-type', 'application/json'],
      ['server', 'istio-envoy'],
      ['x-envoy-upstream-service-time', seen.headers['x-envoy-upstream-service-time'] ?? '']
    ]
    told.shown = known(outcome.answerHeaders(own))
  } else if (outcome.kind === 'response') {
    told.shown = known(outcome.headers)
    told.body = outcome.body
    actual.body = seen.body
  }
  if (told.shown) {
    actual.shown = known(Object.entries(seen.headers).map(([name, value]) => [name, String(value)]))
  }
  return JSON.stringify(ordered(actual)) === JSON.stringify(ordered(told))
    ? undefined
    : { expected: ordered(told), actual: ordered(actual), because: answer.route ?? answer.virtualHost ?? outcome }
}

function lastAddress(forwarded = ''): string {
  return forwarded.split(',').at(-1)!.trim()
}

function ordered(told: object): object {
  return Object.fromEntries(Object.entries(told).sort(([one], [other]) => (one < other ? -1 : 1)))
}
