import { parseBool, readString, readStringList } from '../../model/index.ts'
import { annotationPrefix, objectName } from '../../resources/index.ts'
import { annotationPath, type Rule } from '../rule.ts'

/**
 * Own security groups of the load balancer: the controller then opens the nodes for it only where it is told to
 * (LBC: buildLoadBalancerSecurityGroups, manage-backend-security-group-rules).
 */
export const nodesClosed: Rule = {
  code: 'SECURITY_GROUPS_LEAVE_NODES_CLOSED',
  severity: 'warning',
  *find({ plan, membersOf, environment }) {
    for (const group of plan.groups) {
      const members = membersOf(group)
      const [listed] = members.flatMap(ingress => {
        const annotation = readStringList('security-groups', ingress)
        return annotation?.value.length ? [{ ingress, annotation }] : []
      })
      // Only the texts of a group that is planned are known to be what the controller takes.
      if (!group.stack || !listed) {
        continue
      }
      const managed = members.flatMap(
        ingress => readString('manage-backend-security-group-rules', ingress)?.value ?? []
      )[0]
      const opens =
        managed === undefined ? environment.controller.enableManageBackendSecurityGroupRules : parseBool(managed)
      if (opens) {
        continue
      }
      yield {
        object: listed.ingress,
        path: annotationPath(listed.annotation.name),
        message: `${objectName(listed.ingress)} gives its load balancer security groups of its own, and the controller opens nothing for them: unless the nodes' security group lets in ${listed.annotation.value.join(', ')} already, every health check times out`,
        expected: 'manage-backend-security-group-rules: "true"',
        actual: managed ?? 'not set',
        hint: `set ${annotationPrefix}manage-backend-security-group-rules: "true"`,
        changes: [{ path: annotationPath(`${annotationPrefix}manage-backend-security-group-rules`), value: 'true' }]
      }
    }
  }
}
