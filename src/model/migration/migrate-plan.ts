import type { Finding } from '../../failure.ts'
import { gatewayAPIGroup, type KubernetesObject, type Resources } from '../../resources/index.ts'
import { compareMove, type MoveDifference } from '../diff/move.ts'
import type { Environment } from '../environment/environment.ts'
import { planGateways } from '../gateway/plan-gateways.ts'
import type { Plan } from '../stack/plan.ts'
import { applicationLoadBalancer } from '../stack/specs.ts'
import { lossesOf } from './losses.ts'
import { migrateGroup } from './migrate.ts'

/** One IngressGroup, and the Gateway that takes its place. */
export interface MigratedGroup {
  /** ID of the IngressGroup. */
  group: string
  /** `namespace/name` of the Gateway. */
  gateway: string
  objects: KubernetesObject[]
  /** The two plans compared; what every move brings with it is `known`. */
  differences: MoveDifference[]
  /** What has no equivalent, each with where it is said. */
  losses: Finding[]
}

function gatewayClass(name: string): KubernetesObject {
  return {
    apiVersion: `${gatewayAPIGroup}/v1`,
    kind: 'GatewayClass',
    metadata: { name },
    spec: { controllerName: 'gateway.k8s.aws/alb' }
  }
}

/**
 * The Gateways that take the place of IngressGroups, in the order of their IDs. Groups without a plan are left out.
 *
 * @param className GatewayClass of `gateway.k8s.aws/alb`; made beside the first Gateway where it is not among the objects.
 */
export function migratePlan(
  plan: Plan,
  resources: Resources,
  environment: Environment,
  className: string
): MigratedGroup[] {
  const found = resources.find('GatewayClass', className)
  const migrations = plan.groups.flatMap(group =>
    group.stack && applicationLoadBalancer(group.stack)
      ? [{ group, stack: group.stack, migration: migrateGroup(group, group.stack, resources, className) }]
      : []
  )
  const added = found ? [] : [gatewayClass(className)]
  const migrated = resources.with([...added, ...migrations.flatMap(({ migration }) => migration.objects)])
  const gateways = new Map(planGateways(migrated, environment).map(one => [one.id, one]))
  return migrations.map(({ group, stack, migration }, index): MigratedGroup => {
    const planned = gateways.get(migration.gateway)
    const differences = planned?.stack ? compareMove(stack, planned.stack) : []
    return {
      group: group.id,
      gateway: migration.gateway,
      objects: [...(index === 0 ? added : []), ...migration.objects],
      differences,
      losses: [
        ...(planned?.error === undefined
          ? []
          : [
              {
                code: 'MIGRATION_NOT_BUILT',
                severity: 'error' as const,
                message: `the Gateway ${migration.gateway} would get no load balancer: ${planned.error}`,
                hint: 'keep the Ingresses of this group'
              }
            ]),
        ...lossesOf(group, resources, migration, differences)
      ]
    }
  })
}
