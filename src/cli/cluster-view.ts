import type { Api } from '../controller/index.ts'
import { Edge } from '../edge.ts'
import type { Environment } from '../model/index.ts'
import { type Page, type View, viewOf } from '../page/index.ts'
import { Resources } from '../resources/index.ts'
import { changeOf } from './page.ts'
import { compareEdges } from './watch/index.ts'

/** What stands behind the load balancer: the controller itself has no need of it. */
const istioKinds = [
  ...['gateways', 'virtualservices', 'destinationrules', 'serviceentries', 'envoyfilters'].map(
    name => `networking.istio.io/v1/${name}`
  ),
  ...['authorizationpolicies', 'peerauthentications', 'requestauthentications'].map(
    name => `security.istio.io/v1/${name}`
  )
]

const kindNames: Record<string, string> = {
  gateways: 'Gateway',
  virtualservices: 'VirtualService',
  destinationrules: 'DestinationRule',
  serviceentries: 'ServiceEntry',
  envoyfilters: 'EnvoyFilter',
  authorizationpolicies: 'AuthorizationPolicy',
  peerauthentications: 'PeerAuthentication',
  requestauthentications: 'RequestAuthentication'
}

/** Envoy's own extensions have an older version than the rest. */
function watchedKind(name: string): { apiVersion: string; kind: string; path: string } {
  const [group, version, plural] = name.split('/') as [string, string, string]
  const served = plural === 'envoyfilters' ? 'v1alpha3' : version
  return {
    apiVersion: `${group}/${served}`,
    kind: kindNames[plural]!,
    path: `/apis/${group}/${served}/${plural}`
  }
}

/** Milliseconds between two looks at least; what one took counts twenty times, so that looking takes five percent at most. */
const pause = 2000
const share = 20

type Watch = ReturnType<Api['watch']>

/** What a page shows of a cluster: made anew some time after something has changed, and only while somebody looks. */
export class ClusterView {
  readonly #environment: Environment
  readonly #page: Page
  readonly #snapshot: () => Resources | undefined
  readonly #watches = new Map<string, Watch>()
  #edge: Edge | undefined
  #view: View | undefined
  #seen: Resources | undefined
  #isDirty = false
  #next = 0

  /**
   * @param page who is told of changes.
   * @param snapshot what the controller knows of the cluster.
   */
  constructor(api: Api, environment: Environment, page: Page, snapshot: () => Resources | undefined) {
    this.#environment = environment
    this.#snapshot = snapshot
    this.#page = page
    for (const name of istioKinds) {
      this.#watch(api, name)
    }
  }

  get view(): View | undefined {
    const snapshot = this.#snapshot()
    const now = performance.now()
    if (snapshot && (snapshot !== this.#seen || this.#isDirty) && now >= this.#next) {
      this.#look(snapshot)
      this.#next = performance.now() + Math.max(pause, share * (performance.now() - now))
    }
    return this.#view
  }

  stop(): void {
    for (const watch of this.#watches.values()) {
      watch.stop()
    }
  }

  #look(snapshot: Resources): void {
    this.#seen = snapshot
    this.#isDirty = false
    const behind = [...this.#watches.values()].flatMap(watch => watch.objects())
    const edge = new Edge(new Resources([...snapshot.all(), ...behind]), this.#environment, { complete: false })
    const before = this.#edge
    this.#edge = edge
    this.#view = viewOf(edge)
    if (before) {
      const changes = compareEdges(before, edge)
      if (
        changes.appeared.length + changes.gone.length + changes.plan.changes.length + changes.plan.blocked.length >
        0
      ) {
        this.#page.onChange(changeOf('the cluster changed', changes))
      }
    }
  }

  /** A kind that is not served, or that this user may not read, is not among what is shown. */
  #watch(api: Api, name: string): void {
    const watch = api.watch(watchedKind(name), {
      changed: () => {
        this.#isDirty = true
      },
      expired() {},
      failed() {}
    })
    this.#watches.set(name, watch)
  }
}
