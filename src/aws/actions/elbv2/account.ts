/**
 * What the account has by itself: quotas, security policies, reserved capacity.
 *
 * @module
 */

import { sslPolicy, sslPolicyNames } from '../../../elbv2/index.ts'
import { ServiceError } from '../../protocol/service-error.ts'
import type * as elbv2 from '../../protocol/shapes/elbv2.ts'
import type { Actions, Call } from '../call.ts'
import { invalid, paged, require } from './lookup.ts'
import { quotasOf } from './quota.ts'

/** A day's worth. (API: ModifyCapacityReservation.) */
const mostDecreases = 2

function describePolicy(name: string): elbv2.SslPolicy {
  const { minVersion, maxVersion, ciphers } = sslPolicy(name)
  const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']
  return {
    Name: name,
    SslProtocols: versions.slice(versions.indexOf(minVersion), versions.indexOf(maxVersion) + 1).toReversed(),
    Ciphers: ciphers
      .split(':')
      .filter(cipher => !cipher.startsWith('@'))
      .map((Name, index) => ({ Name, Priority: index + 1 })),
    SupportedLoadBalancerTypes: ['application', 'network']
  }
}

function describeCapacity(call: Call, arn: string): elbv2.DescribeCapacityReservationOutput {
  const { AvailabilityZones, CreatedTime } = require(call, 'loadBalancers', arn)
  const reservation = call.find('capacityReservations', arn)
  const { units } = reservation ?? {}
  return {
    LastModifiedTime: reservation?.lastModified ?? CreatedTime,
    DecreaseRequestsRemaining: reservation?.decreasesLeft ?? mostDecreases,
    ...(units !== undefined && { MinimumLoadBalancerCapacity: { CapacityUnits: units } }),
    CapacityReservationState:
      units === undefined
        ? []
        : AvailabilityZones.map(({ ZoneName }) => ({
            State: { Code: 'provisioned' as const },
            ...(ZoneName !== undefined && { AvailabilityZone: ZoneName }),
            EffectiveCapacityUnits: units / AvailabilityZones.length
          }))
  }
}

type AccountOperations = Pick<
  elbv2.Elbv2Operations,
  'DescribeAccountLimits' | 'DescribeSSLPolicies' | 'DescribeCapacityReservation' | 'ModifyCapacityReservation'
>

export const accountActions: Actions<AccountOperations> = {
  DescribeAccountLimits(input, call) {
    const limits = Object.entries(quotasOf(call)).map(([Name, most]) => ({ Name, Max: String(most) }))
    const { items, marker } = paged(call, limits, ({ Name }) => Name, input)
    return { Limits: items, ...marker }
  },

  DescribeSSLPolicies(input, call) {
    const { Names = [] } = input
    const known = sslPolicyNames()
    const missing = Names.find(name => !known.includes(name))
    if (missing !== undefined) {
      throw new ServiceError('SSLPolicyNotFound', 'One or more SSL policies not found')
    }
    const { items, marker } = paged(call, Names.length > 0 ? [...new Set(Names)] : known, name => name, input)
    return { SslPolicies: items.map(describePolicy), ...marker }
  },

  DescribeCapacityReservation({ LoadBalancerArn }, call) {
    return describeCapacity(call, LoadBalancerArn)
  },

  ModifyCapacityReservation({ LoadBalancerArn, MinimumLoadBalancerCapacity, ResetCapacityReservation }, call) {
    require(call, 'loadBalancers', LoadBalancerArn)
    if (ResetCapacityReservation && MinimumLoadBalancerCapacity) {
      throw invalid('You cannot specify both a minimum load balancer capacity and a reset of the capacity reservation')
    }
    const { units: before = 0, decreasesLeft = mostDecreases } =
      call.find('capacityReservations', LoadBalancerArn) ?? {}
    const units = ResetCapacityReservation ? undefined : MinimumLoadBalancerCapacity?.CapacityUnits
    const isDecrease = units !== undefined && units < before
    if (isDecrease && decreasesLeft === 0) {
      throw new ServiceError(
        'CapacityDecreaseRequestsLimitExceeded',
        "You've exceeded the daily capacity decrease limit for this reservation."
      )
    }
    call.put('capacityReservations', LoadBalancerArn, {
      units,
      lastModified: call.now,
      decreasesLeft: decreasesLeft - (isDecrease ? 1 : 0)
    })
    return describeCapacity(call, LoadBalancerArn)
  }
}
