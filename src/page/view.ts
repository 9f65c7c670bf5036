import type { Finding } from '../failure.ts'
import type { Environment, Plan } from '../model/index.ts'
import type { Resources } from '../resources/index.ts'
import { Tracer } from '../trace/index.ts'

/** What a page shows of a set of objects. */
export interface View {
  /** With what a cluster has added, where one runs. */
  resources: Resources
  plan: Plan
  findings: readonly Finding[]
  assumptions: readonly string[]
  /** Why a load balancer is not run; default: what the plan tells. */
  failures?: readonly Finding[]
  /** Follows requests through them. */
  tracer: Tracer
}

/** What a view is made of; an edge is one. */
export interface Viewed {
  readonly resources: Resources
  readonly environment: Environment
  readonly plan: Plan
  readonly findings: readonly Finding[]
  readonly assumptions: readonly string[]
}

/**
 * @param running the objects with the nodes and endpoints that really answer; the plan looks at neither.
 * @param knows what is known beside them, as a `Tracer` takes it.
 */
export function viewOf(
  { resources, environment, plan, findings, assumptions }: Viewed,
  running = resources,
  knows: ConstructorParameters<typeof Tracer>[3] = {}
): View {
  return { resources: running, plan, findings, assumptions, tracer: new Tracer(running, environment, plan, knows) }
}
