import { hasIPv6, managedSecurityGroup, pathMTU, resolveSecurityGroups } from '../build/security-groups.ts'
import type { Setting } from '../build/setting.ts'
import { addResource, explain } from '../build/task.ts'
import { ModelError } from '../model-error.ts'
import { securityGroupID, serviceSecurityGroupName } from '../stack/names.ts'
import type { IPPermission, Token } from '../stack/stack.ts'
import { sourceOf } from './configuration/gateway-configuration.ts'
import { loadBalancerTags } from './tags.ts'
import { type GatewayTask, identityOf } from './task.ts'

/** Everybody, unless ranges are given; prefix lists come on top and take nobody away. */
const everybody = ['0.0.0.0/0', '::/0']

/** For every valid listener, with routes or without (LBC: buildManagedSecurityGroupIngressPermissions). */
function buildPermissions({ configuration, routes }: GatewayTask, ipAddressType: string): IPPermission[] {
  const { sourceRanges = everybody, securityGroupPrefixes = [], enableICMP = false } = configuration.spec
  const ranges = sourceRanges.filter(cidr => !cidr.includes(':') || hasIPv6(ipAddressType))
  return routes.listeners.flatMap(({ port, protocol }) => {
    const onPort = { ipProtocol: protocol === 'UDP' ? 'udp' : 'tcp', fromPort: port, toPort: port } as const
    return [
      ...ranges.flatMap((cidr): IPPermission[] => {
        const isIPv6 = cidr.includes(':')
        const peer = isIPv6 ? { ipv6Ranges: [{ cidrIPv6: cidr }] } : { ipRanges: [{ cidrIP: cidr }] }
        return [{ ...onPort, ...peer }, ...(enableICMP ? [{ ...pathMTU[isIPv6 ? 'ipv6' : 'ipv4'], ...peer }] : [])]
      }),
      ...securityGroupPrefixes.map(listID => ({ ...onPort, prefixLists: [{ listID }] }))
    ]
  })
}

/** LBC: buildManagedSecurityGroup. @throws ModelError */
function buildManagedSecurityGroup(task: GatewayTask, ipAddressType: string): Token {
  const { configuration, routes } = task
  const tags = loadBalancerTags(task)
  const ingress = buildPermissions(task, ipAddressType)
  addResource(task, 'AWS::EC2::SecurityGroup', managedSecurityGroup, {
    spec: {
      groupName: serviceSecurityGroupName(task.environment.clusterName, identityOf(task)),
      description: '[k8s] Managed SecurityGroup for LoadBalancer',
      ...(ingress.length > 0 && { ingress }),
      ...(tags && { tags })
    }
  })
  for (const { port } of task.explanations ? routes.listeners : []) {
    const { sourceRanges = everybody, securityGroupPrefixes } = configuration.spec
    const field = `ingress.${port}`
    explain(task, managedSecurityGroup, field, sourceRanges, sourceOf(configuration, 'sourceRanges'))
    if (securityGroupPrefixes) {
      const source = sourceOf(configuration, 'securityGroupPrefixes')
      explain(task, managedSecurityGroup, field, securityGroupPrefixes, source)
    }
  }
  return securityGroupID(managedSecurityGroup)
}

/**
 * Chooses the security groups of the load balancer, and the one that its targets let in (LBC: buildSecurityGroups).
 *
 * @returns none where they are switched off. @throws ModelError
 */
export function buildSecurityGroups(task: GatewayTask, ipAddressType: string): Setting<Token[]> {
  const { configuration, environment } = task
  const { controller, backendSecurityGroupID } = environment
  const { securityGroups: listed = [], disableSecurityGroup, manageBackendSecurityGroupRules } = configuration.spec
  if (disableSecurityGroup && task.type === 'network') {
    return { value: [], source: sourceOf(configuration, 'disableSecurityGroup') }
  }
  if (listed.length === 0) {
    const managed = buildManagedSecurityGroup(task, ipAddressType)
    task.backendSecurityGroup = controller.enableBackendSecurityGroup ? backendSecurityGroupID : managed
    return {
      value: controller.enableBackendSecurityGroup ? [managed, backendSecurityGroupID] : [managed],
      source: { key: 'managed by the controller, as no securityGroups are listed' }
    }
  }
  const tokens: Token[] = resolveSecurityGroups(task, listed)
  if (manageBackendSecurityGroupRules) {
    if (!controller.enableBackendSecurityGroup) {
      throw new ModelError(
        'backendSG feature is required to manage worker node SG rules when frontendSG manually specified'
      )
    }
    task.backendSecurityGroup = backendSecurityGroupID
    tokens.push(backendSecurityGroupID)
  }
  return { value: tokens, source: sourceOf(configuration, 'securityGroups') }
}
