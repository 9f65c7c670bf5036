/**
 * Load balancers. (API: CreateLoadBalancer, DescribeLoadBalancers, DeleteLoadBalancer, Set….)
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import { nameViolations } from '../../../elbv2/index.ts'
import { dnsNameOf } from '../../../targets/index.ts'
import { ServiceError } from '../../protocol/service-error.ts'
import type * as elbv2 from '../../protocol/shapes/elbv2.ts'
import { listenersOf } from '../../state/relations.ts'
import type { LoadBalancer } from '../../state/state.ts'
import type { Actions, Call } from '../call.ts'
import { hostedZoneOf } from './hosted-zone.ts'
import { removeListener } from './listeners.ts'
import { checkAddressType, readMappings, securityGroupsOf, zonesOf } from './load-balancer-settings.ts'
import { invalid, kindOf, paged, require, select } from './lookup.ts'
import { requireRoom } from './quota.ts'
import { putTags } from './tags.ts'

/** A load balancer as DescribeLoadBalancers has it: time alone makes it active. */
function describeLoadBalancer(loadBalancer: LoadBalancer, { now, provisioning }: Call): elbv2.LoadBalancer {
  const age = now.getTime() - loadBalancer.CreatedTime.getTime()
  return { ...loadBalancer, State: { Code: age < provisioning * 1000 ? 'provisioning' : 'active' } }
}

/** A name under `.localhost`, which leads here, in the order of labels that each type has. */
function dnsName(
  call: Call,
  { name, scheme, type, id }: { name: string; scheme: LoadBalancer['Scheme']; type: string; id: string }
): string {
  return type === 'application'
    ? dnsNameOf(name, scheme, call.region)
    : `${name}-${id}.elb.${call.region}.localhost`.toLowerCase()
}

const pathOfType = { application: 'app', network: 'net', gateway: 'gwy' } as const

function make(input: elbv2.CreateLoadBalancerInput, call: Call): LoadBalancer {
  const { Name, Type = 'application', IpAddressType = 'ipv4', Scheme = 'internet-facing' } = input
  const { CustomerOwnedIpv4Pool, EnablePrefixForIpv6SourceNat, IpamPools } = input
  const { zones, vpcID } = zonesOf(call, readMappings(input), { type: Type, ipAddressType: IpAddressType })
  const groups = securityGroupsOf(call, input.SecurityGroups, { type: Type, vpcID })
  const id = call.digits(16)
  const zone = hostedZoneOf(Type, call.region)
  return {
    LoadBalancerArn: call.arn('elasticloadbalancing', `loadbalancer/${pathOfType[Type]}/${Name}/${id}`),
    DNSName: dnsName(call, { name: Name, scheme: Scheme, type: Type, id }),
    ...(zone !== undefined && { CanonicalHostedZoneId: zone }),
    CreatedTime: call.now,
    LoadBalancerName: Name,
    Scheme,
    VpcId: vpcID,
    Type,
    AvailabilityZones: zones,
    ...(groups && { SecurityGroups: groups }),
    IpAddressType,
    ...(CustomerOwnedIpv4Pool !== undefined && { CustomerOwnedIpv4Pool }),
    ...(EnablePrefixForIpv6SourceNat !== undefined && { EnablePrefixForIpv6SourceNat }),
    ...(IpamPools !== undefined && { IpamPools })
  }
}

/** What makes two requests for a name the same one. */
function settingsOf({ Type, Scheme, IpAddressType, AvailabilityZones, SecurityGroups = [] }: LoadBalancer) {
  return [
    Type,
    Scheme,
    IpAddressType,
    AvailabilityZones.map(({ SubnetId }) => SubnetId).toSorted(),
    SecurityGroups.toSorted()
  ]
}

type LoadBalancerOperations = Pick<
  elbv2.Elbv2Operations,
  | 'CreateLoadBalancer'
  | 'DescribeLoadBalancers'
  | 'DeleteLoadBalancer'
  | 'SetSubnets'
  | 'SetSecurityGroups'
  | 'SetIpAddressType'
  | 'ModifyIpPools'
>

function changeLoadBalancer(
  call: Call,
  arn: string,
  change: (loadBalancer: LoadBalancer) => Partial<LoadBalancer>
): LoadBalancer {
  const loadBalancer = require(call, 'loadBalancers', arn)
  const changed = { ...loadBalancer, ...change(loadBalancer) }
  call.put('loadBalancers', arn, changed)
  return changed
}

export const loadBalancerActions: Actions<LoadBalancerOperations> = {
  CreateLoadBalancer(input, call) {
    const { Name, Type = 'application' } = input
    const [violation] = nameViolations(Name)
    if (violation) {
      throw invalid(violation.message)
    }
    const loadBalancer = make(input, call)
    const known = call.all('loadBalancers').find(({ LoadBalancerName }) => LoadBalancerName === Name)
    if (known) {
      if (!isDeepStrictEqual(settingsOf(known), settingsOf(loadBalancer))) {
        throw new ServiceError(
          'DuplicateLoadBalancerName',
          `A load balancer with the same name '${Name}' exists, but with different settings`
        )
      }
      return { LoadBalancers: [describeLoadBalancer(known, call)] }
    }
    const count = call.all('loadBalancers').filter(one => one.Type === Type).length + 1
    requireRoom(call, `${Type}-load-balancers`, count, { code: 'TooManyLoadBalancers', what: 'load balancers' })
    call.put('loadBalancers', loadBalancer.LoadBalancerArn, loadBalancer)
    putTags(call, loadBalancer.LoadBalancerArn, input.Tags)
    // It answers before anything is made.
    return { LoadBalancers: [{ ...loadBalancer, State: { Code: 'provisioning' } }] }
  },

  DescribeLoadBalancers(input, call) {
    const { LoadBalancerArns, Names } = input
    if (LoadBalancerArns?.length && Names?.length) {
      throw invalid('Load balancer names and load balancer ARNs cannot be specified at the same time')
    }
    const found = select(call, 'loadBalancers', {
      arns: LoadBalancerArns,
      names: Names,
      nameOf: ({ LoadBalancerName }) => LoadBalancerName
    })
    const { items, marker } = paged(call, found, ({ LoadBalancerArn }) => LoadBalancerArn, input)
    return { LoadBalancers: items.map(one => describeLoadBalancer(one, call)), ...marker }
  },

  DeleteLoadBalancer({ LoadBalancerArn: arn }, call) {
    if (kindOf(arn) !== 'loadBalancers') {
      throw invalid(`'${arn}' is not a valid load balancer ARN`)
    }
    if (!call.find('loadBalancers', arn)) {
      return {}
    }
    if (call.find('attributes', arn)?.['deletion_protection.enabled'] === 'true') {
      throw new ServiceError(
        'OperationNotPermitted',
        `Load balancer '${arn}' cannot be deleted because deletion protection is enabled`
      )
    }
    for (const listener of listenersOf(call.state, arn)) {
      removeListener(call, listener)
    }
    for (const table of [
      'loadBalancers',
      'attributes',
      'tags',
      'capacityReservations',
      'webACLOf',
      'classicWebACLOf'
    ] as const) {
      call.remove(table, arn)
    }
    return {}
  },

  SetSubnets(input, call) {
    const changed = changeLoadBalancer(call, input.LoadBalancerArn, ({ Type, IpAddressType }) => {
      const ipAddressType = input.IpAddressType ?? IpAddressType
      const { zones } = zonesOf(call, readMappings(input), { type: Type, ipAddressType })
      const { EnablePrefixForIpv6SourceNat } = input
      return {
        AvailabilityZones: zones,
        IpAddressType: ipAddressType,
        ...(EnablePrefixForIpv6SourceNat !== undefined && { EnablePrefixForIpv6SourceNat })
      }
    })
    const { AvailabilityZones, IpAddressType, EnablePrefixForIpv6SourceNat } = changed
    return {
      AvailabilityZones,
      IpAddressType,
      ...(EnablePrefixForIpv6SourceNat !== undefined && { EnablePrefixForIpv6SourceNat })
    }
  },

  SetSecurityGroups(input, call) {
    const { EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: enforced } = input
    const { SecurityGroups } = changeLoadBalancer(
      call,
      input.LoadBalancerArn,
      ({ Type, VpcId = '', SecurityGroups: had }) => {
        if (Type === 'network' && had === undefined) {
          throw new ServiceError(
            'InvalidConfigurationRequest',
            'You cannot set security groups on a Network Load Balancer that was created without security groups'
          )
        }
        const groups = securityGroupsOf(call, input.SecurityGroups, { type: Type, vpcID: VpcId })
        return {
          SecurityGroups: groups ?? [],
          ...(enforced !== undefined && { EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: enforced })
        }
      }
    )
    return {
      ...(SecurityGroups && { SecurityGroupIds: SecurityGroups }),
      ...(enforced !== undefined && { EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: enforced })
    }
  },

  SetIpAddressType({ LoadBalancerArn, IpAddressType: wanted }, call) {
    changeLoadBalancer(call, LoadBalancerArn, loadBalancer => {
      if (wanted === 'dualstack-without-public-ipv4' && loadBalancer.Scheme !== 'internet-facing') {
        throw invalid(`IP address type '${wanted}' is supported only on internet-facing load balancers`)
      }
      checkAddressType(call, loadBalancer, wanted)
      return { IpAddressType: wanted }
    })
    return { IpAddressType: wanted }
  },

  ModifyIpPools({ LoadBalancerArn, IpamPools, RemoveIpamPools = [] }, call) {
    const { IpamPools: pools } = changeLoadBalancer(call, LoadBalancerArn, ({ IpamPools: had }) => {
      const kept = RemoveIpamPools.includes('ipv4') ? undefined : had
      return { IpamPools: IpamPools ?? kept }
    })
    return pools === undefined ? {} : { IpamPools: pools }
  }
}
