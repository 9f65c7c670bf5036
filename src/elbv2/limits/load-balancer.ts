/**
 * What AWS refuses in a load balancer itself. (API: CreateLoadBalancer.)
 *
 * @module
 */

import type { LoadBalancerSpec } from '../../model/index.ts'
import { loadBalancerAttributes } from '../attributes.ts'
import { attributeViolations } from './attribute.ts'
import { tagViolations } from './tag.ts'
import { refuse, type Violation } from './violation.ts'

const longestName = 32

/** Everything that AWS refuses in an Application Load Balancer. */
export function loadBalancerViolations({ name, loadBalancerAttributes: given, tags }: LoadBalancerSpec): Violation[] {
  return [
    ...nameViolations(name),
    ...attributeViolations('loadBalancerAttributes', onProblem => loadBalancerAttributes(given ?? [], onProblem)),
    ...tagViolations(tags)
  ]
}

/** What AWS refuses as the name of a load balancer of any type. */
export function nameViolations(name: string): Violation[] {
  const place = { limit: 'name', path: ['name'], actual: name } as const
  return [
    ...refuse(name.startsWith('internal-'), {
      ...place,
      message: `The load balancer name '${name}' cannot begin with 'internal-'`,
      expected: 'a name that does not begin with internal-'
    }),
    ...refuse(!/^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/.test(name) || name.length > longestName, {
      ...place,
      message: `The load balancer name '${name}' must be of letters, digits and hyphens, no hyphen first or last`,
      expected: 'letters, digits and hyphens, no hyphen first or last'
    })
  ]
}
