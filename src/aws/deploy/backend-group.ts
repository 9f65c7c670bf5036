/** The security group that all load balancers of a cluster share towards the nodes. (LBC: pkg/networking/backend_sg_provider.go.) */

import { hash } from 'node:crypto'
import type { Caller } from '../client/client.ts'
import { backendGroupTag, clusterTag } from '../live/tracking.ts'
import type { State } from '../state/state.ts'

const longestName = 232

function nameOf(clusterName: string): string {
  const readable = clusterName.replaceAll(/[^a-zA-Z0-9-]/g, '').slice(0, longestName)
  return `k8s-traffic-${readable}-${hash('sha256', clusterName, 'hex').slice(0, 10)}`
}

/** The group's ID, if it stands. */
export function findBackendGroup({ securityGroups, tags }: State): string | undefined {
  return Object.keys(securityGroups).find(id => tags[id]?.[backendGroupTag.key] === backendGroupTag.value)
}

/** Makes the group. */
export async function createBackendGroup(caller: Caller, clusterName: string, vpcID: string): Promise<string> {
  const Tags = [
    { Key: clusterTag, Value: clusterName },
    { Key: backendGroupTag.key, Value: backendGroupTag.value }
  ]
  const { GroupId = '' } = await caller.call('ec2', 'CreateSecurityGroup', {
    GroupName: nameOf(clusterName),
    Description: '[k8s] Shared Backend SecurityGroup for LoadBalancer',
    VpcId: vpcID,
    TagSpecifications: [{ ResourceType: 'security-group', Tags }]
  })
  return GroupId
}
