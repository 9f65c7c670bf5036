import { readString } from '../../model/index.ts'
import { annotationPrefix, objectName } from '../../resources/index.ts'
import { annotationPath, type Rule } from '../rule.ts'

/** With security groups of one's own the controller makes none, and the CIDRs reach nothing (LBC: buildSecurityGroups). */
export const inboundCIDR: Rule = {
  code: 'INBOUND_CIDRS_IGNORED',
  severity: 'warning',
  *find({ plan, membersOf }) {
    for (const group of plan.groups) {
      if (!group.warnings.some(({ code }) => code === 'INBOUND_CIDRS_IGNORED')) {
        continue
      }
      for (const ingress of membersOf(group)) {
        for (const suffix of ['inbound-cidrs', 'security-group-prefix-lists']) {
          const annotation = readString(suffix, ingress)
          if (!annotation) {
            continue
          }
          yield {
            object: ingress,
            path: annotationPath(annotation.name),
            message: `${annotation.name} of ${objectName(ingress)} reaches nothing: the load balancer has the security groups that ${annotationPrefix}security-groups lists`,
            expected: `no ${annotationPrefix}security-groups`,
            actual: annotation.value,
            hint: 'put the CIDRs into those security groups, or leave the security groups to the controller'
          }
        }
      }
    }
  }
}
