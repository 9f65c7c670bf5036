import { type Plan, stackNamesOf } from './plan.ts'
import { hasLoadBalancer } from './plan-failure.ts'
import type { Action, Stack, TargetGroupBindingSpec } from './stack.ts'

const redacted = '[REDACTED]'

function actionToJSON({ authenticateOIDCConfig, forwardConfig, ...action }: Action): unknown {
  return {
    ...action,
    ...(forwardConfig && {
      forwardConfig: {
        ...forwardConfig,
        targetGroups: forwardConfig.targetGroups.length > 0 ? forwardConfig.targetGroups : null
      }
    }),
    ...(authenticateOIDCConfig && {
      authenticateOIDCConfig: { ...authenticateOIDCConfig, clientID: redacted, clientSecret: redacted }
    })
  }
}

/** An empty name, as a Gateway's target group may be given one, is left out of an object's metadata. */
function bindingToJSON({ spec }: { spec: TargetGroupBindingSpec }): unknown {
  const { metadata, ...template } = spec.template
  const { name, ...others } = metadata
  return { spec: { ...spec, template: { metadata: { ...(name !== '' && { name }), ...others }, ...template } } }
}

function mapValues<Value, Result>(record: Record<string, Value> = {}, map: (value: Value) => Result) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
}

/**
 * A stack as the controller writes it: secrets are hidden, and a forward without target groups, or a rule without conditions, has
 * null, Go's empty slice.
 * (LBC: core.SecretStringToken, stackMarshaller.)
 */
export function stackToJSON({ id, resources, by }: Stack): unknown {
  const {
    'AWS::ElasticLoadBalancingV2::Listener': listeners,
    'AWS::ElasticLoadBalancingV2::ListenerRule': rules,
    'K8S::ElasticLoadBalancingV2::TargetGroupBinding': bindings,
    ...others
  } = resources
  return {
    id,
    ...(by && { by }),
    resources: {
      ...others,
      // The cloud provider registers nodes without objects of the controller's.
      ...(bindings && !by && { 'K8S::ElasticLoadBalancingV2::TargetGroupBinding': mapValues(bindings, bindingToJSON) }),
      ...(listeners && {
        'AWS::ElasticLoadBalancingV2::Listener': mapValues(listeners, ({ spec }) => ({
          spec: { ...spec, defaultActions: spec.defaultActions.map(actionToJSON) }
        }))
      }),
      ...(rules && {
        'AWS::ElasticLoadBalancingV2::ListenerRule': mapValues(rules, ({ spec }) => ({
          spec: {
            ...spec,
            actions: spec.actions.map(actionToJSON),
            conditions: spec.conditions.length > 0 ? spec.conditions : null
          }
        }))
      })
    }
  }
}

/** A plan as `istio-alb plan -o json` prints it. */
export interface PlanJSON {
  /** The first error: of a stack, or of an Ingress whose class or group name cannot be loaded where no stack is left. */
  error?: string
  /** The one stack. */
  stack?: unknown
  /** Stacks by ID, where there is not exactly one. */
  stacks?: Record<string, unknown>
  /** The errors of Services and Gateways by ID, where there are others. */
  errors?: Record<string, string>
}

/**
 * The plan in the shape that the controller gives it: `{"stack": …}` for one load balancer, `{"stacks": {ID: …}}` for several,
 * and `error`, of Services and Gateways `errors`, where one has no stack. What is taken away has nothing to show beside others; a
 * Gateway that goes has its empty stack.
 */
export function planToJSON(plan: Plan): PlanJSON {
  const names = stackNamesOf(plan)
  const all = [...names.keys()]
  const lasting = all.filter(one => one.kind === 'Gateway' || one.error !== undefined || hasLoadBalancer(one))
  const shown = lasting.length > 0 ? lasting : all
  const failed = shown.filter(one => one.error !== undefined)
  const error =
    failed.find(({ kind }) => kind === 'Ingress')?.error ?? (shown.length === 0 ? plan.unloadable[0]?.error : undefined)
  const [only, ...others] = shown
  if (only && others.length === 0) {
    return only.stack ? { stack: stackToJSON(only.stack) } : { error: only.error! }
  }
  if (error !== undefined && shown.length === 0) {
    return { error }
  }
  const stacks = Object.fromEntries(
    shown.flatMap(one => (one.stack ? [[names.get(one)!, stackToJSON(one.stack)]] : []))
  )
  const errors = failed.filter(({ kind }) => kind !== 'Ingress').map(one => [names.get(one)!, one.error!])
  return {
    ...(error !== undefined && { error }),
    stacks,
    ...(errors.length > 0 && { errors: Object.fromEntries(errors) as Record<string, string> })
  }
}
