/** The attribute by which clients are sent to zones; the controller itself checks its values. */
export const routingPolicyKey = 'dns_record.client_routing_policy'

/** Its values, in the order in which the controller's error lists them. */
export const routingPolicies: readonly string[] = [
  'any_availability_zone',
  'partial_availability_zone_affinity',
  'availability_zone_affinity'
]
