import { readBool, readStringList } from '../annotation/parser.ts'
import { hasIPv6, managedSecurityGroup, resolveSecurityGroups } from '../build/security-groups.ts'
import type { Setting } from '../build/setting.ts'
import { addResource, byDefault, explain, fromAnnotation, warn } from '../build/task.ts'
import { formatSlice } from '../go/format.ts'
import { ModelError } from '../model-error.ts'
import { securityGroupID, securityGroupName } from '../stack/names.ts'
import type { IPPermission, Token } from '../stack/stack.ts'
import type { ListenPort } from './listen-ports.ts'
import { groupTags } from './tags.ts'
import type { BuildTask } from './task.ts'

/** LBC: buildManagedSecurityGroupIngressPermissions. */
function permissions(listenPorts: ListenPort[], ipAddressType: string): IPPermission[] {
  return listenPorts.flatMap(({ port, ipv4CIDRs, ipv6CIDRs, prefixLists }) => {
    function permit(peer: Partial<IPPermission>): IPPermission {
      return {
        ipProtocol: 'tcp',
        fromPort: port,
        toPort: port,
        ...peer
      }
    }
    return [
      ...ipv4CIDRs.map(cidrIP => permit({ ipRanges: [{ cidrIP }] })),
      ...(hasIPv6(ipAddressType) ? ipv6CIDRs : []).map(cidrIPv6 => permit({ ipv6Ranges: [{ cidrIPv6 }] })),
      ...prefixLists.map(listID => permit({ prefixLists: [{ listID }] }))
    ]
  })
}

/** LBC: buildManagedSecurityGroup. @throws ModelError */
function buildManagedSecurityGroup(task: BuildTask, listenPorts: ListenPort[], ipAddressType: string): Token {
  const tags = groupTags(task, task.group.members)
  const ingress = permissions(listenPorts, ipAddressType)
  addResource(task, 'AWS::EC2::SecurityGroup', managedSecurityGroup, {
    spec: {
      groupName: securityGroupName(task.environment.clusterName, task.group.id),
      description: '[k8s] Managed SecurityGroup for LoadBalancer',
      ...(ingress.length > 0 && { ingress }),
      ...(tags && { tags })
    }
  })
  for (const { port, ipv4CIDRs, ipv6CIDRs, openedBy } of listenPorts) {
    const everyone = { value: [...ipv4CIDRs, ...(hasIPv6(ipAddressType) ? ipv6CIDRs : [])], source: byDefault }
    for (const { value, source } of openedBy.length > 0 ? openedBy : [everyone]) {
      explain(task, managedSecurityGroup, `ingress.${port}`, value, source)
    }
  }
  return securityGroupID(managedSecurityGroup)
}

/** LBC: buildManageSecurityGroupRulesFlag. @throws ModelError */
function managesBackendRules({ group, environment }: BuildTask): boolean {
  const values = new Set(
    group.members.flatMap(({ ingress }) => {
      const annotation = readBool('manage-backend-security-group-rules', ingress)
      return annotation ? [annotation.value] : []
    })
  )
  if (values.size > 1) {
    throw new ModelError('conflicting manage backend security group rules settings')
  }
  return [...values][0] ?? environment.controller.enableManageBackendSecurityGroupRules
}

/**
 * The security groups that members list in an annotation; undefined where none does. The order counts.
 *
 * @throws ModelError
 */
export function listedSecurityGroups(task: BuildTask, suffix: string): Setting<string[]> | undefined {
  const lists = task.group.members.flatMap(({ ingress }) => readStringList(suffix, ingress) ?? [])
  const [chosen, ...others] = lists
  if (!chosen) {
    return undefined
  }
  for (const other of others) {
    if (JSON.stringify(other.value) !== JSON.stringify(chosen.value)) {
      throw new ModelError(`conflicting securityGroups: ${formatSlice(chosen.value)} | ${formatSlice(other.value)}`)
    }
  }
  return chosen.value.length > 0 ? { value: chosen.value, source: fromAnnotation(chosen) } : undefined
}

/**
 * Chooses the security groups of the ALB, and the one that its targets let in (LBC: buildLoadBalancerSecurityGroups): a
 * managed group with the shared backend group, or the listed ones, with the backend group only where its rules are managed.
 *
 * @throws ModelError
 */
export function buildSecurityGroups(
  task: BuildTask,
  listenPorts: ListenPort[],
  ipAddressType: string
): Setting<Token[]> {
  const { controller, backendSecurityGroupID } = task.environment
  const listed = listedSecurityGroups(task, 'security-groups')
  if (!listed) {
    const managed = buildManagedSecurityGroup(task, listenPorts, ipAddressType)
    task.backendSecurityGroup = controller.enableBackendSecurityGroup ? backendSecurityGroupID : managed
    return {
      value: controller.enableBackendSecurityGroup ? [managed, backendSecurityGroupID] : [managed],
      source: { key: 'managed by the controller, as no annotation security-groups is set' }
    }
  }
  const managesRules = managesBackendRules(task)
  const tokens: Token[] = resolveSecurityGroups(task, listed.value)
  if (managesRules) {
    if (!controller.enableBackendSecurityGroup) {
      throw new ModelError(
        'backendSG feature is required to manage worker node SG rules when frontendSG manually specified'
      )
    }
    task.backendSecurityGroup = backendSecurityGroupID
    tokens.push(backendSecurityGroupID)
  }
  const ignored = listenPorts.filter(
    ({ ipv4CIDRs, prefixLists }) => ipv4CIDRs[0] !== '0.0.0.0/0' || prefixLists.length > 0
  )
  if (ignored.length > 0) {
    warn(task, {
      code: 'INBOUND_CIDRS_IGNORED',
      message:
        'inbound CIDRs and prefix lists have no effect: the load balancer has the security groups that are listed',
      hint: 'put the rules into those security groups, or drop the annotation security-groups'
    })
  }
  return { value: tokens, source: listed.source }
}
