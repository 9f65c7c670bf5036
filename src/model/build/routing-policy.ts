import { ModelError } from '../model-error.ts'

/** The attribute by which clients are sent to zones; the controller itself checks its values. */
const routingPolicyKey = 'dns_record.client_routing_policy'

/** Its values, in the order in which the controller's error lists them. */
const routingPolicies: readonly string[] = [
  'any_availability_zone',
  'partial_availability_zone_affinity',
  'availability_zone_affinity'
]

/**
 * Refuses what is none of the policies. The controller names the annotation of Services, whatever has the attributes (LBC:
 * getLoadBalancerAttributes, getFrontendNlbAttributes).
 *
 * @throws ModelError
 */
export function checkRoutingPolicy(attributes: ReadonlyMap<string, string>): void {
  const policy = attributes.get(routingPolicyKey)
  if (policy !== undefined && !routingPolicies.includes(policy)) {
    throw new ModelError(
      `invalid ${routingPolicyKey} set in annotation aws-load-balancer-attributes: got '${policy}' expected one of ['${routingPolicies.join("', '")}']`
    )
  }
}
