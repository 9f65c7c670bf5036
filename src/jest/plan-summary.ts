import { describeActions, describeConditions } from '../elbv2/index.ts'
import type { Plan, Stack } from '../model/index.ts'
import {
  applicationLoadBalancer,
  hasLoadBalancer,
  referencedID,
  specEntries,
  specsOf,
  stackNamesOf
} from '../model/index.ts'

/** A listener in a plan. */
export interface ListenerSummary {
  protocol: string
  /** ARNs, the default one first. */
  certificates: string[]
  sslPolicy?: string
  /** By priority: `path is /api or /api/* → forward to shop/web-api:80`. */
  rules: string[]
  /** What the default action does. */
  otherwise: string
}

export interface TargetGroupSummary {
  targetType: string
  protocol: string
  protocolVersion: string
  port: number
  healthCheck: { protocol: string; port: number | 'traffic-port'; path?: string; matcher?: string }
}

/** A load balancer's plan in few words. */
export interface PlanSummary {
  name: string
  scheme: string
  /** By port. */
  listeners: Record<string, ListenerSummary>
  /** By `namespace/ingress-service:port`, the port as the Ingress names it. */
  targetGroups: Record<string, TargetGroupSummary>
}

function summarizeStack(stack: Stack): PlanSummary {
  const loadBalancer = applicationLoadBalancer(stack)
  const rules = specsOf(stack, 'rule')
  return {
    name: loadBalancer?.name ?? '',
    scheme: loadBalancer?.scheme ?? '',
    listeners: Object.fromEntries(
      specEntries(stack, 'listener').map(([id, spec]): [string, ListenerSummary] => [
        id,
        {
          protocol: spec.protocol,
          certificates: (spec.certificates ?? []).map(({ certificateARN }) => certificateARN),
          ...(spec.sslPolicy !== undefined && { sslPolicy: spec.sslPolicy }),
          rules: rules
            .filter(({ listenerARN }) => referencedID(listenerARN) === id)
            .sort((one, other) => one.priority - other.priority)
            .map(({ conditions, actions }) => `${describeConditions(conditions)} → ${describeActions(actions)}`),
          otherwise: describeActions(spec.defaultActions)
        }
      ])
    ),
    targetGroups: Object.fromEntries(
      specEntries(stack, 'targetGroup').map(([id, spec]): [string, TargetGroupSummary] => {
        const { protocol, port, path, matcher } = spec.healthCheckConfig
        const codes = matcher?.httpCode ?? matcher?.grpcCode
        return [
          id,
          {
            targetType: spec.targetType,
            protocol: spec.protocol,
            protocolVersion: spec.protocolVersion ?? 'HTTP1',
            port: spec.port,
            healthCheck: {
              protocol,
              port,
              ...(path !== undefined && { path }),
              ...(codes !== undefined && { matcher: codes })
            }
          }
        ]
      })
    )
  }
}

/** The plans that have a load balancer, by group, and the errors of those that have none. */
export function summarizePlan(plan: Plan): { plans: Record<string, PlanSummary>; errors: string[] } {
  const names = [...stackNamesOf(plan)]
  return {
    plans: Object.fromEntries(
      names.flatMap(([planned, name]) => (hasLoadBalancer(planned) ? [[name, summarizeStack(planned.stack!)]] : []))
    ),
    errors: [...names.flatMap(([{ error }]) => error ?? []), ...plan.unloadable.map(({ error }) => error)]
  }
}
