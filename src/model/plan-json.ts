import type { Plan } from './plan.ts'
import type { Stack } from './stack.ts'

const redacted = '[REDACTED]'

/**
 * A stack as the controller writes it: secrets are hidden, and a forward without target groups has null, Go's empty slice.
 * (LBC: core.SecretStringToken, stackMarshaller.)
 */
const stackToJSON = (stack: Stack): unknown =>
  JSON.parse(
    JSON.stringify(stack, (key, value: unknown) => {
      if (key === 'authenticateOIDCConfig') return { ...(value as object), clientID: redacted, clientSecret: redacted }
      return key === 'targetGroups' && Array.isArray(value) && value.length === 0 ? null : value
    })
  )

/** A plan as `istio-alb plan -o json` prints it. */
export interface PlanJSON {
  /** The first error: of a group, or of an Ingress whose class or group name cannot be loaded where no group is left. */
  error?: string
  /** The one group's stack. */
  stack?: unknown
  /** Stacks by group ID, where there is not exactly one group. */
  stacks?: Record<string, unknown>
}

/**
 * The plan in the shape that the controller gives it: `{"stack": …}` for one group, `{"stacks": {groupID: …}}` for several, and
 * `error` where a group has no stack.
 */
export function planToJSON({ groups, unloadable }: Plan): PlanJSON {
  const error =
    groups.find(group => group.error !== undefined)?.error ?? (groups.length === 0 ? unloadable[0]?.error : undefined)
  const [only, ...others] = groups
  if (only && others.length === 0) return only.stack ? { stack: stackToJSON(only.stack) } : { error: only.error! }
  if (error !== undefined && groups.length === 0) return { error }
  const stacks = Object.fromEntries(groups.flatMap(({ id, stack }) => (stack ? [[id, stackToJSON(stack)]] : [])))
  return { ...(error !== undefined && { error }), stacks }
}
