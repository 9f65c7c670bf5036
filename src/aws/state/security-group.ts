import type { Environment } from '../../model/index.ts'
import { defaultGroupID, digitsOf } from './identifier.ts'
import type { SecurityGroup, Table } from './state.ts'

/** What may leave a security group that nobody changed: everything. */
const everyEgress = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }]

/** A security group as EC2 describes it. */
export function securityGroupOf(
  { id, name, description, vpcID }: { id: string; name: string; description: string; vpcID: string },
  { accountID, region }: Pick<Environment, 'accountID' | 'region'>
): SecurityGroup {
  return {
    GroupId: id,
    GroupName: name,
    Description: description,
    VpcId: vpcID,
    OwnerId: accountID,
    SecurityGroupArn: `arn:aws:ec2:${region}:${accountID}:security-group/${id}`,
    IpPermissions: [],
    IpPermissionsEgress: everyEgress
  }
}

/** The group that nodes are in, which the controller finds by the cluster's tag. */
export const nodeGroupName = 'nodes'

/** Groups that `aws.yaml` lists, the VPC's default one, the cluster's shared one, and one for its nodes where there are any. */
export function securityGroupsOf(
  environment: Environment,
  vpcID: string
): { groups: SecurityGroup[]; tags: Table<Table<string>> } {
  const { securityGroups, backendSecurityGroupID, clusterName, instances = [], unlisted = [] } = environment
  const nodes = {
    id: `sg-${digitsOf(`nodes ${vpcID}`)}`,
    name: nodeGroupName,
    description: 'Nodes of the cluster',
    vpcID
  }
  const given = securityGroups.map(({ id, name = id, tags }) => ({
    group: { id, name, description: name, vpcID },
    tags: { ...(name !== id && { Name: name }), ...tags }
  }))
  const backend = {
    group: { id: backendSecurityGroupID, name: 'backend', description: 'Shared towards the nodes', vpcID },
    tags: { 'elbv2.k8s.aws/cluster': clusterName, 'elbv2.k8s.aws/resource': 'backend-sg' }
  }
  const all = [
    {
      group: { id: defaultGroupID(vpcID), name: 'default', description: 'default VPC security group', vpcID },
      tags: {}
    },
    ...given,
    // The default environment's is a placeholder for one that the controller makes.
    ...(unlisted.includes('securityGroups') || given.some(({ group }) => group.id === backendSecurityGroupID)
      ? []
      : [backend]),
    ...(instances.length > 0 ? [{ group: nodes, tags: { [`kubernetes.io/cluster/${clusterName}`]: 'owned' } }] : [])
  ]
  return {
    groups: all.map(({ group }) => securityGroupOf(group, environment)),
    tags: Object.fromEntries(
      all.filter(({ tags }) => Object.keys(tags).length > 0).map(({ group, tags }) => [group.id, tags])
    )
  }
}
