/**
 * What an account has in a region. A state never changes: a write makes the next one.
 *
 * @module
 */

import type * as ec2 from '../protocol/shapes/ec2.ts'
import type * as elbv2 from '../protocol/shapes/elbv2.ts'
import type * as shield from '../protocol/shapes/shield.ts'

/** Entries by ARN or ID, in the order in which they were made. */
export type Table<Entry> = Readonly<Record<string, Entry>>

/** A rule; the default one of a listener has the priority `default`. Its actions keep what AWS does not tell: secrets. */
export type Rule = Required<Pick<elbv2.Rule, 'RuleArn' | 'Priority' | 'Conditions' | 'Actions' | 'Transforms'>> & {
  IsDefault: boolean
}

/** A listener. Its default actions are those of its default rule. */
export type Listener = Omit<elbv2.Listener, 'DefaultActions'> &
  Required<Pick<elbv2.Listener, 'ListenerArn' | 'LoadBalancerArn' | 'Port' | 'Protocol'>> & {
    defaultRule: string
    /** Beside the default one, for server names. */
    extraCertificates: string[]
  }

/** A load balancer, without its state, which time decides. */
export type LoadBalancer = Omit<elbv2.LoadBalancer, 'State'> &
  Required<
    Pick<
      elbv2.LoadBalancer,
      | 'LoadBalancerArn'
      | 'LoadBalancerName'
      | 'DNSName'
      | 'CreatedTime'
      | 'Scheme'
      | 'Type'
      | 'AvailabilityZones'
      | 'IpAddressType'
    >
  >

/** A target group, without the load balancers that use it, which their rules decide. */
export type TargetGroup = Omit<elbv2.TargetGroup, 'LoadBalancerArns'> &
  Required<Pick<elbv2.TargetGroup, 'TargetGroupArn' | 'TargetGroupName' | 'TargetType'>>

export interface CapacityReservation {
  units: number | undefined
  lastModified: Date
  decreasesLeft: number
}

export interface TrustStore {
  name: string
  arn: string
  /** IDs of its revocation lists. */
  revocations: number[]
  /** Where its certificates are; unknown of those of `aws.yaml`. */
  location?: string
  /** Where each revocation list is, by ID. */
  revocationLocations?: Table<string>
}

export interface Certificate {
  arn: string
  /** The first is the certificate's own name. */
  domains: string[]
  status: string
  type: 'AMAZON_ISSUED' | 'IMPORTED'
  createdAt: Date
  authorityARN?: string
  /** Default RSA_2048. */
  keyAlgorithm?: string
  /** Which request made it: one with the same token asks for the same certificate. */
  idempotencyToken?: string
  /** PEM of one that was imported. */
  imported?: { certificate: string; key: string; chain: string }
}

export interface WebACL {
  arn: string
  id: string
  name: string
}

/** An instance as EC2 describes it, but for its tags; its private address is where it is reached. */
export type Instance = ec2.Instance & Required<Pick<ec2.Instance, 'InstanceId' | 'PrivateIpAddress'>>

export type Subnet = ec2.Subnet & Required<Pick<ec2.Subnet, 'SubnetId' | 'VpcId' | 'AvailabilityZone' | 'CidrBlock'>>

export type SecurityGroup = ec2.SecurityGroup &
  Required<Pick<ec2.SecurityGroup, 'GroupId' | 'GroupName' | 'VpcId' | 'IpPermissions' | 'IpPermissionsEgress'>>

export type Vpc = ec2.Vpc & Required<Pick<ec2.Vpc, 'VpcId' | 'CidrBlock'>>

/** What an account has in a region. */
export interface State {
  loadBalancers: Table<LoadBalancer>
  listeners: Table<Listener>
  rules: Table<Rule>
  targetGroups: Table<TargetGroup>
  /** Registered targets by target group. */
  targets: Table<readonly elbv2.TargetDescription[]>
  /** Attributes that differ from their defaults, by ARN. */
  attributes: Table<Table<string>>
  /** By ARN or ID, of every service. */
  tags: Table<Table<string>>
  capacityReservations: Table<CapacityReservation>
  trustStores: Table<TrustStore>
  certificates: Table<Certificate>
  webACLs: Table<WebACL>
  /** Web ACL by load balancer: of WAFv2 its ARN, of WAF Classic its ID. */
  webACLOf: Table<string>
  classicWebACLOf: Table<string>
  protections: Table<shield.Protection>
  shieldSubscription: boolean
  vpcs: Table<Vpc>
  subnets: Table<Subnet>
  /** Subnets whose routes lead to an internet gateway. */
  publicSubnets: readonly string[]
  securityGroups: Table<SecurityGroup>
  instances: Table<Instance>
}

export const emptyState: State = {
  loadBalancers: {},
  listeners: {},
  rules: {},
  targetGroups: {},
  targets: {},
  attributes: {},
  tags: {},
  capacityReservations: {},
  trustStores: {},
  certificates: {},
  webACLs: {},
  webACLOf: {},
  classicWebACLOf: {},
  protections: {},
  shieldSubscription: false,
  vpcs: {},
  subnets: {},
  publicSubnets: [],
  securityGroups: {},
  instances: {}
}
