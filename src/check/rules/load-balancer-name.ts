import { applicationLoadBalancer, type GroupPlan, readString } from '../../model/index.ts'
import { objectName } from '../../resources/index.ts'
import { annotationPath, type Rule } from '../rule.ts'

/**
 * A name belongs to one load balancer of an account and region. The controller tells groups apart by tags, so that the second one
 * is refused each time (AWS: DuplicateLoadBalancerName).
 */
export const loadBalancerName: Rule = {
  code: 'LOAD_BALANCER_NAME_TAKEN',
  severity: 'error',
  *find({ plan, membersOf, isAlternative }) {
    const owners = new Map<string, GroupPlan>()
    for (const group of isAlternative ? [] : plan.groups) {
      const name = applicationLoadBalancer(group.stack)?.name
      const [first] = membersOf(group)
      if (name === undefined || !first) {
        continue
      }
      const owner = owners.get(name)
      if (!owner) {
        owners.set(name, group)
        continue
      }
      const object = membersOf(group).find(ingress => readString('load-balancer-name', ingress)) ?? first
      const annotation = readString('load-balancer-name', object)
      yield {
        object,
        path: annotation ? annotationPath(annotation.name) : ['spec', 'ingressClassName'],
        message: `the load balancer of ${objectName(object)}, of group ${group.id}, has the name of that of group ${owner.id}, and AWS has one of a name in an account and region`,
        expected: 'a name of its own',
        actual: name,
        hint: `give it another name, or make its Ingress a member of the group of ${owner.id}`
      }
    }
  }
}
