import { parseBool, readString, readStringList, specsOf } from '../../model/index.ts'
import { annotationPrefix, type KubernetesObject, objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { annotationOf, frontDoors, serviceAnnotation } from '../facts/front-door.ts'
import { annotationPath, type Problem, type Rule } from '../rule.ts'

/** Annotations that give the load balancer of an object its security groups, and open its targets for them. */
interface Closed {
  object: KubernetesObject
  listed: { name: string; value: string[] }
  /** Named in full. */
  managing: string
  managed: string | undefined
}

function toProblem({ object, listed, managing, managed }: Closed): Problem {
  return {
    object,
    path: annotationPath(listed.name),
    message: `${objectName(object)} gives its load balancer security groups of its own, and the controller opens nothing for them: unless the nodes' security group lets in ${listed.value.join(', ')} already, every health check times out`,
    expected: 'manage-backend-security-group-rules: "true"',
    actual: managed ?? 'not set',
    hint: `set ${managing}: "true"`,
    changes: [{ path: annotationPath(managing), value: 'true' }]
  }
}

/** Whether the controller opens the targets; only the texts of what is planned are known to be what it takes. */
function opens({ environment }: Context, managed: string | undefined): boolean {
  return managed === undefined ? environment.controller.enableManageBackendSecurityGroupRules : parseBool(managed)
}

/** Services with a load balancer of the controller's. */
function* closedByServices(context: Context): Generator<Problem> {
  const managing = serviceAnnotation('manage-backend-security-group-rules')
  for (const { service, plan } of frontDoors(context)) {
    const listed = annotationOf(service, 'security-groups')
    const value = (listed ?? '').split(',').flatMap(item => item.trim() || [])
    const groups = specsOf(plan.stack, 'loadBalancer').flatMap(({ securityGroups = [] }) => securityGroups)
    const managed = annotationOf(service, 'manage-backend-security-group-rules')
    if (plan.by === 'controller' && value.length > 0 && groups.length > 0 && !opens(context, managed)) {
      yield toProblem({
        object: service,
        listed: { name: serviceAnnotation('security-groups'), value },
        managing,
        managed
      })
    }
  }
}

/**
 * Own security groups of the load balancer: the controller then opens the nodes for it only where it is told to
 * (LBC: buildLoadBalancerSecurityGroups, manage-backend-security-group-rules).
 */
export const nodesClosed: Rule = {
  code: 'SECURITY_GROUPS_LEAVE_NODES_CLOSED',
  severity: 'warning',
  *find(context) {
    const { plan, membersOf } = context
    for (const group of plan.groups) {
      const members = membersOf(group)
      const [listed] = members.flatMap(ingress => {
        const annotation = readStringList('security-groups', ingress)
        return annotation?.value.length ? [{ ingress, annotation }] : []
      })
      if (!group.stack || !listed) {
        continue
      }
      const managed = members.flatMap(
        ingress => readString('manage-backend-security-group-rules', ingress)?.value ?? []
      )[0]
      if (!opens(context, managed)) {
        const managing = `${annotationPrefix}manage-backend-security-group-rules`
        yield toProblem({ object: listed.ingress, listed: listed.annotation, managing, managed })
      }
    }
    yield* closedByServices(context)
  }
}
