/**
 * The one pipeline: objects are read or rendered, completed, planned, checked and traced, each step once and its result handed
 * on. The library, every command and the watch take what they show from here.
 *
 * @module
 */

import { resolve } from 'node:path'
import {
  type Coverage,
  checkResources,
  coverageOf,
  gatewayOfOthers,
  type Ignore,
  withoutIgnored
} from './check/index.ts'
import { defaultNamespace, ownChart, releaseNamespace } from './defaults.ts'
import { type Finding, usageFailure } from './failure.ts'
import { assumeRoutes } from './istio/index.ts'
import { buildPlan, type Environment, inRegionOf, type Plan, stackPlansOf } from './model/index.ts'
import type { RenderOptions } from './render/index.ts'
import {
  assumeMissing,
  parseManifests,
  placeInNamespace,
  type RenderedFrom,
  type Resources,
  readManifests
} from './resources/index.ts'
import {
  followRequest,
  type PredictedTarget,
  predictTargetsOf,
  readRequest,
  type Trace,
  type TraceOptions,
  type TraceRequest,
  Tracer
} from './trace/index.ts'
import { assignmentFlags } from './values/index.ts'

/** Where objects go that name no namespace. */
export interface NamespaceOption {
  /** Default `default`; of a render the release's, `istio-system`. */
  namespace?: string
}

/** The objects of a chart's render, each in its namespace. @throws Failure as `renderResources` does. */
export async function renderObjects(options: RenderOptions = {}): Promise<Resources> {
  // Loaded when there is something to render: reading manifests needs no helm.
  const { renderResources } = await import('./render/index.ts')
  return placeInNamespace(await renderResources(options), options.namespace ?? releaseNamespace)
}

/** The objects of files and folders, each in its namespace. @throws Failure as {@link readManifests} does. */
export function readObjects(
  sources: string[],
  { namespace = defaultNamespace, chart }: NamespaceOption & RenderedFrom = {}
): Resources {
  return placeInNamespace(readManifests(sources, chart === undefined ? {} : { chart }), namespace)
}

/** The objects of a text, each in its namespace. @throws Failure as {@link parseManifests} does. */
export function parseObjects(
  text: string,
  file: string,
  { namespace = defaultNamespace }: NamespaceOption = {}
): Resources {
  return placeInNamespace(parseManifests([{ text, file }]), namespace)
}

/** What objects are read or rendered from, beside the manifests that are named. */
export interface ObjectsOptions extends RenderOptions {
  /** Of the kubeconfig: the objects of that cluster instead of manifests. */
  context?: string
}

/** The first flag that gives values, if there is one. */
function valuesFlagOf(options: ObjectsOptions): string | undefined {
  const assigned = assignmentFlags.find(([name]) => options[name]?.length)
  return options.values?.length ? '--values' : assigned?.[1]
}

/**
 * The objects that a command works on: the manifests named, those of a cluster, or the chart's render.
 *
 * @throws Failure as {@link readManifests}, `readCluster` and `renderResources` do; exit 2
 * `MANIFESTS_AND_VALUES`, `CONTEXT_AND_MANIFESTS` for two of them at once.
 */
async function loadObjects(manifests: string[], options: ObjectsOptions): Promise<Resources> {
  const { context } = options
  const flag = valuesFlagOf(options)
  if (context !== undefined) {
    if (manifests.length > 0 || flag !== undefined) {
      throw usageFailure({
        code: 'CONTEXT_AND_MANIFESTS',
        message: 'a cluster was named, and manifests or values too',
        path: '--context',
        hint: 'name a cluster, or manifests, or values'
      })
    }
    const { readCluster } = await import('./cluster/index.ts')
    return readCluster(context)
  }
  if (manifests.length === 0) {
    return renderObjects(options)
  }
  if (flag !== undefined) {
    throw usageFailure({
      code: 'MANIFESTS_AND_VALUES',
      message: 'manifests were named and values too: values only count when the chart is rendered',
      path: flag,
      hint: 'name manifests, or values'
    })
  }
  return readObjects(manifests, options)
}

/** Whether the objects are what this project's chart renders to. */
function isOwnRender(manifests: string[], { context, chart = ownChart }: ObjectsOptions): boolean {
  return manifests.length === 0 && context === undefined && resolve(chart) === resolve(ownChart)
}

/** Milliseconds that each step took. */
export interface EdgeSteps {
  /** To read or render. */
  render: number
  check: number
  plan: number
}

export interface EdgeOptions {
  /** Findings that are known and taken. */
  ignores?: readonly Ignore[]
  /** Whether what a cluster would add is added; default: as the environment says. */
  complete?: boolean
}

/** What one set of objects comes to. Each result is made when it is first asked for, and once. */
export class Edge {
  /** As it was given, in the region that the objects name where none was. */
  readonly environment: Environment
  /** The objects as they were given. */
  readonly given: Resources
  /** With what a cluster would add. */
  readonly resources: Resources
  readonly steps: EdgeSteps = { render: 0, check: 0, plan: 0 }
  /** What was added, a sentence each. */
  readonly #added: readonly string[]
  readonly #ignores: readonly Ignore[]
  /** Whether it is the render of values by which this project's chart makes nothing. */
  #isLeftToOthers = false
  #plan: Plan | undefined
  #findings: Finding[] | undefined
  #tracer: Tracer | undefined

  constructor(
    given: Resources,
    environment: Environment,
    { ignores = [], complete = environment.assumeMissing }: EdgeOptions = {}
  ) {
    const { resources, assumptions } = complete ? assumeMissing(given) : { resources: given, assumptions: [] }
    this.environment = inRegionOf(resources, environment)
    this.given = given
    this.resources = resources
    this.#added = assumptions
    this.#ignores = ignores
  }

  /** Reads or renders the objects that a command line names. @throws Failure as {@link loadObjects} does. */
  static async load(
    manifests: string[],
    { environment, ...options }: ObjectsOptions & EdgeOptions & { environment: Environment }
  ): Promise<Edge> {
    const start = performance.now()
    const edge = new Edge(await loadObjects(manifests, options), environment, options)
    edge.steps.render = performance.now() - start
    edge.#isLeftToOthers = isOwnRender(manifests, options) && edge.given.all().length === 0
    return edge
  }

  /** What the controllers would make of the objects. */
  get plan(): Plan {
    this.#plan ??= this.#timed('plan', () => buildPlan(this.resources, this.environment))
    return this.#plan
  }

  /** What will not work on AWS, without what is ignored, the worst first. */
  get findings(): Finding[] {
    const { resources, environment } = this
    const tracer = this.#traces
    this.#findings ??= this.#timed('check', () =>
      withoutIgnored(checkResources(resources, environment, tracer), [...this.#ignores])
    )
    return this.#findings
  }

  /** What was taken to be there, in the cluster and in the account, a sentence each. */
  get assumptions(): readonly string[] {
    return [...this.#added, ...new Set(stackPlansOf(this.plan).flatMap(({ assumptions }) => assumptions))]
  }

  /** What of the given objects was looked at, and what was not. */
  get coverage(): Coverage {
    const coverage = coverageOf(this.given, this.plan)
    return this.#isLeftToOthers ? { ...coverage, notLookedAt: [gatewayOfOthers] } : coverage
  }

  /** The targets of all load balancers, each with the health that its checks come to. */
  get targets(): PredictedTarget[] {
    return stackPlansOf(this.plan).flatMap(group => predictTargetsOf(this.#traces, group))
  }

  /** What is taken to stand behind gateways for which nobody wrote a Gateway, a sentence each. */
  get assumedRoutes(): string[] {
    return assumeRoutes(this.resources).assumptions
  }

  /**
   * Follows a request. What it had to assume beyond the {@link assumptions} is in its own.
   *
   * @throws Failure as the function `trace` does.
   */
  trace(request: TraceRequest, options: TraceOptions = {}): Trace {
    // Read first: a malformed request is refused before a plan that fails.
    const read = readRequest(request)
    return followRequest(this.#traces, request.url, read, options)
  }

  get #traces(): Tracer {
    this.#tracer ??= new Tracer(this.resources, this.environment, this.plan)
    return this.#tracer
  }

  #timed<Result>(step: keyof EdgeSteps, work: () => Result): Result {
    const start = performance.now()
    try {
      return work()
    } finally {
      this.steps[step] = performance.now() - start
    }
  }
}

/** By objects, then by environment: sets of objects do not change, so what was made of one holds. */
const known = new WeakMap<Resources, WeakMap<Environment, Edge>>()

/** The edge of objects that are complete, as the library's functions hand them on: made once for each environment. */
export function edgeOf(resources: Resources, environment: Environment): Edge {
  const ofResources = known.get(resources) ?? new WeakMap<Environment, Edge>()
  known.set(resources, ofResources)
  const edge = ofResources.get(environment) ?? new Edge(resources, environment, { complete: false })
  ofResources.set(environment, edge)
  return edge
}
