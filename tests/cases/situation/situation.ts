/**
 * Situations made by chance: Gateways, VirtualServices, routes of the Gateway API and policies, with requests to them. Many
 * stand side by side in one cluster, since each has hosts of its own; the ports are shared.
 *
 * @module
 */

import fc from 'fast-check'
import { type ConnectionPlan, connection } from './connection.ts'
import { type GatewayPlan, gateway, type VirtualServicePlan, virtualService } from './gateway.ts'
import { type GatewayRoutePlan, gatewayRoute } from './gateway-api.ts'
import { rule } from './policy.ts'
import { type RequestPlan, request } from './request.ts'
import { leaf, type RoutePlan, withMatch } from './route.ts'
import type { Spec } from './words.ts'

/** A situation before it has a place, by which its names and hosts differ from those of the others: `@` stands for its domain. */
export interface Situation {
  gateways: GatewayPlan[]
  virtualServices: VirtualServicePlan[]
  delegates: RoutePlan[][]
  routes: GatewayRoutePlan[]
  connections: ConnectionPlan[]
  deny: Spec[]
  /** None where nobody has to be allowed. */
  allow: Spec[] | undefined
  requests: RequestPlan[]
}

export const situation: fc.Arbitrary<Situation> = fc.record({
  gateways: fc.array(gateway, { minLength: 1, maxLength: 2 }),
  virtualServices: fc.array(virtualService, { minLength: 1, maxLength: 3 }),
  delegates: fc.array(fc.array(withMatch(leaf), { minLength: 1, maxLength: 2 }), { maxLength: 2 }),
  routes: fc.array(gatewayRoute, { maxLength: 2 }),
  connections: fc.array(connection, { maxLength: 2 }),
  deny: fc.oneof(
    { weight: 3, arbitrary: fc.constant<Spec[]>([]) },
    { weight: 1, arbitrary: fc.array(rule, { minLength: 1, maxLength: 2 }) }
  ),
  allow: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.array(rule, { minLength: 1, maxLength: 2 }) }
  ),
  requests: fc.array(request, { minLength: 4, maxLength: 8 })
})
