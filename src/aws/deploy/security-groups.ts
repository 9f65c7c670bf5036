/** Security groups of a stack. (LBC: pkg/deploy/ec2/security_group_synthesizer.go.) */

import { canonical, type SecurityGroupSpec, specOf } from '../../model/index.ts'
import { permissionOf } from '../live/live-stack.ts'
import type { Deployment } from './deployment.ts'

const type = 'AWS::EC2::SecurityGroup'

async function create(deployment: Deployment, id: string): Promise<void> {
  const { caller, planned, vpcID } = deployment
  const { groupName, description, ingress = [], tags } = specOf(planned, 'securityGroup', id)!
  const { GroupId = '' } = await caller.call('ec2', 'CreateSecurityGroup', {
    ...{ GroupName: groupName, Description: description, VpcId: vpcID },
    TagSpecifications: [{ ResourceType: 'security-group', Tags: deployment.tagsOf(id, tags) }]
  })
  deployment.learn(type, id, GroupId)
  if (ingress.length > 0) {
    await caller.call('ec2', 'AuthorizeSecurityGroupIngress', {
      GroupId,
      IpPermissions: onceOf(ingress).map(permissionOf)
    })
  }
}

/** Permissions that stand in a plan twice are one. */
function onceOf(permissions: Permissions): Permissions {
  return [...new Map(permissions.map(one => [canonical(one), one])).values()]
}

type Permissions = NonNullable<SecurityGroupSpec['ingress']>

function missingIn(there: Permissions, wanted: Permissions): Permissions {
  const known = new Set(there.map(canonical))
  return wanted.filter(one => !known.has(canonical(one)))
}

/** Makes and changes security groups; those that are no longer wanted go at the end. */
export async function deploySecurityGroups(deployment: Deployment): Promise<void> {
  const { caller, planned } = deployment
  for (const id of deployment.made(type)) {
    await create(deployment, id)
  }
  for (const { id, fields } of deployment.modified(type)) {
    const GroupId = deployment.arnOf(type, id)
    const { set, removed } = deployment.tagChanges(GroupId, id, specOf(planned, 'securityGroup', id)!.tags)
    if (set.length > 0) {
      await caller.call('ec2', 'CreateTags', { Resources: [GroupId], Tags: set })
    }
    if (removed.length > 0) {
      await caller.call('ec2', 'DeleteTags', { Resources: [GroupId], Tags: removed.map(Key => ({ Key })) })
    }
    const change = fields.find(({ path }) => path === 'ingress')
    const [there, wanted] = [(change?.old ?? []) as Permissions, onceOf((change?.new ?? []) as Permissions)]
    const [extra, missing] = [missingIn(wanted, there), missingIn(there, wanted)]
    if (extra.length > 0) {
      await caller.call('ec2', 'RevokeSecurityGroupIngress', { GroupId, IpPermissions: extra.map(permissionOf) })
    }
    if (missing.length > 0) {
      await caller.call('ec2', 'AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: missing.map(permissionOf) })
    }
  }
}

export async function removeSecurityGroups(deployment: Deployment): Promise<void> {
  for (const GroupId of deployment.gone(type)) {
    await deployment.caller.call('ec2', 'DeleteSecurityGroup', { GroupId })
  }
}
