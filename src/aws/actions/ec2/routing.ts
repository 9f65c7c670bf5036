/**
 * What lies about subnets: route tables, internet gateways and network ACLs. Nobody makes them; they follow from the VPC and from
 * which subnets are public.
 *
 * @module
 */

import type * as ec2 from '../../protocol/shapes/ec2.ts'
import { digitsOf } from '../../state/identifier.ts'
import type { Subnet, Vpc } from '../../state/state.ts'
import type { Actions, Call } from '../call.ts'
import { byID, filtered, paged } from './filter.ts'

function gatewayID(vpcID: string): string {
  return `igw-${digitsOf(`igw ${vpcID}`)}`
}

function publicSubnetsOf(call: Call, vpcID: string): Subnet[] {
  return call.all('subnets').filter(one => one.VpcId === vpcID && call.state.publicSubnets.includes(one.SubnetId))
}

/** The main table of a VPC, and one to the internet gateway where subnets are public. */
function routeTablesOf(call: Call, { VpcId, CidrBlock }: Vpc): ec2.RouteTable[] {
  const local: ec2.Route = {
    DestinationCidrBlock: CidrBlock,
    GatewayId: 'local',
    Origin: 'CreateRouteTable',
    State: 'active'
  }
  const main = `rtb-${digitsOf(`main ${VpcId}`)}`
  const open = `rtb-${digitsOf(`public ${VpcId}`)}`
  const subnets = publicSubnetsOf(call, VpcId)
  const tables: ec2.RouteTable[] = [
    {
      RouteTableId: main,
      VpcId,
      OwnerId: call.accountID,
      Routes: [local],
      Associations: [
        {
          Main: true,
          RouteTableId: main,
          RouteTableAssociationId: `rtbassoc-${digitsOf(`main ${VpcId}`)}`,
          AssociationState: { State: 'associated' }
        }
      ],
      PropagatingVgws: [],
      Tags: []
    },
    {
      RouteTableId: open,
      VpcId,
      OwnerId: call.accountID,
      Routes: [
        local,
        { DestinationCidrBlock: '0.0.0.0/0', GatewayId: gatewayID(VpcId), Origin: 'CreateRoute', State: 'active' }
      ],
      Associations: subnets.map(({ SubnetId }) => ({
        Main: false,
        RouteTableId: open,
        SubnetId,
        RouteTableAssociationId: `rtbassoc-${digitsOf(SubnetId)}`,
        AssociationState: { State: 'associated' }
      })),
      PropagatingVgws: [],
      Tags: []
    }
  ]
  return subnets.length > 0 ? tables : tables.slice(0, 1)
}

function routeTableID({ RouteTableId = '' }: ec2.RouteTable): string {
  return RouteTableId
}

function internetGatewayID({ InternetGatewayId = '' }: ec2.InternetGateway): string {
  return InternetGatewayId
}

function networkAclID({ NetworkAclId = '' }: ec2.NetworkAcl): string {
  return NetworkAclId
}

type RoutingOperations = Pick<
  ec2.Ec2Operations,
  'DescribeRouteTables' | 'DescribeInternetGateways' | 'DescribeNetworkAcls'
>

export const routingActions: Actions<RoutingOperations> = {
  DescribeRouteTables(input, call) {
    const all = call.all('vpcs').flatMap(vpc => routeTablesOf(call, vpc))
    const named = byID(all, input.RouteTableIds, routeTableID, {
      code: 'InvalidRouteTableID.NotFound',
      words: 'routeTable ID'
    })
    const found = filtered(call, named, input.Filters, {
      idOf: routeTableID,
      values: {
        'vpc-id': ({ VpcId }) => [VpcId],
        'route-table-id': ({ RouteTableId }) => [RouteTableId],
        'association.main': ({ Associations = [] }) => Associations.map(({ Main }) => String(Main)),
        'association.subnet-id': ({ Associations = [] }) => Associations.map(({ SubnetId }) => SubnetId),
        'association.route-table-id': ({ Associations = [] }) => Associations.map(({ RouteTableId }) => RouteTableId)
      }
    })
    const { items, token } = paged(call, found, routeTableID, input)
    return { RouteTables: items, ...token }
  },

  DescribeInternetGateways(input, call) {
    const all = call
      .all('vpcs')
      .filter(({ VpcId }) => publicSubnetsOf(call, VpcId).length > 0)
      .map(
        ({ VpcId }): ec2.InternetGateway => ({
          InternetGatewayId: gatewayID(VpcId),
          OwnerId: call.accountID,
          // The API says so of one that is attached; its enumeration does not have the word.
          Attachments: [{ State: 'available' as 'attached', VpcId }],
          Tags: []
        })
      )
    const named = byID(all, input.InternetGatewayIds, internetGatewayID, {
      code: 'InvalidInternetGatewayID.NotFound',
      words: 'internetGateway ID'
    })
    const found = filtered(call, named, input.Filters, {
      idOf: internetGatewayID,
      values: {
        'attachment.vpc-id': ({ Attachments = [] }) => Attachments.map(({ VpcId }) => VpcId),
        'attachment.state': ({ Attachments = [] }) => Attachments.map(({ State }) => State),
        'internet-gateway-id': ({ InternetGatewayId }) => [InternetGatewayId]
      }
    })
    const { items, token } = paged(call, found, internetGatewayID, input)
    return { InternetGateways: items, ...token }
  },

  DescribeNetworkAcls(input, call) {
    const all = call.all('vpcs').map(({ VpcId }): ec2.NetworkAcl => {
      const id = `acl-${digitsOf(`acl ${VpcId}`)}`
      const entry = { CidrBlock: '0.0.0.0/0', Protocol: '-1', RuleAction: 'allow' as const, RuleNumber: 100 }
      return {
        NetworkAclId: id,
        VpcId,
        OwnerId: call.accountID,
        IsDefault: true,
        Associations: call
          .all('subnets')
          .filter(subnet => subnet.VpcId === VpcId)
          .map(({ SubnetId }) => ({
            NetworkAclId: id,
            SubnetId,
            NetworkAclAssociationId: `aclassoc-${digitsOf(`acl ${SubnetId}`)}`
          })),
        Entries: [
          { ...entry, Egress: true },
          { ...entry, Egress: false }
        ],
        Tags: []
      }
    })
    const found = filtered(
      call,
      byID(all, input.NetworkAclIds, networkAclID, { code: 'InvalidNetworkAclID.NotFound', words: 'networkAcl ID' }),
      input.Filters,
      {
        idOf: networkAclID,
        values: {
          'vpc-id': ({ VpcId }) => [VpcId],
          'network-acl-id': ({ NetworkAclId }) => [NetworkAclId],
          default: ({ IsDefault }) => [String(IsDefault)],
          'association.subnet-id': ({ Associations = [] }) => Associations.map(({ SubnetId }) => SubnetId)
        }
      }
    )
    const { items, token } = paged(call, found, networkAclID, input)
    return { NetworkAcls: items, ...token }
  }
}
