import type { Service } from '../../resources/index.ts'
import { hasIPv6, managedSecurityGroup, pathMTU, resolveSecurityGroups } from '../build/security-groups.ts'
import { orDefault, type Setting, settingOf } from '../build/setting.ts'
import { addResource, byDefault, explain, fromField, fromFlag } from '../build/task.ts'
import { ModelError } from '../model-error.ts'
import { securityGroupID, serviceSecurityGroupName } from '../stack/names.ts'
import type { IPPermission, Token } from '../stack/stack.ts'
import { readBool, readString, readStringList } from './annotations.ts'
import { portsOf, protocolOf } from './ports.ts'
import { serviceTags } from './tags.ts'
import { identityOf, type ServiceTask } from './task.ts'

/** The blocks that may send: of a Service's own field, else of the annotation of the one that has the load balancer. */
export function sourceRanges(service: Service, base: Service): Setting<string[]> {
  const own = service.spec?.loadBalancerSourceRanges ?? []
  return own.length > 0
    ? { value: own, source: fromField(service, 'spec.loadBalancerSourceRanges') }
    : orDefault(readStringList('load-balancer-source-ranges', base), [])
}

/** LBC: buildCIDRsFromSourceRanges. @throws ModelError */
function chooseRanges(task: ServiceTask, ipAddressType: string, hasPrefixLists: boolean): Setting<string[]> {
  const ranges = sourceRanges(task.service, task.service)
  const ipv6 = ranges.value.find(cidr => cidr.includes(':'))
  if (ipv6 !== undefined && ipAddressType !== 'dualstack') {
    throw new ModelError(`unsupported v6 cidr ${ipv6} when lb is not dualstack`)
  }
  if (ranges.value.length > 0 || hasPrefixLists) {
    return ranges
  }
  return { value: hasIPv6(ipAddressType) ? ['0.0.0.0/0', '::/0'] : ['0.0.0.0/0'], source: byDefault }
}

/** LBC: buildManagedSecurityGroupIngressPermissions. @throws ModelError */
function buildPermissions(task: ServiceTask, ipAddressType: string): IPPermission[] {
  const { service } = task
  const hasPathMTU = readString('aws-load-balancer-enable-icmp-for-path-mtu-discovery', service)?.value === 'on'
  const prefixLists = readStringList('aws-load-balancer-security-group-prefix-lists', service)
  const ranges = chooseRanges(task, ipAddressType, prefixLists !== undefined)
  return portsOf(service).flatMap(servicePort => {
    const ipProtocol = protocolOf(servicePort).toLowerCase() as IPPermission['ipProtocol']
    const onPort = { ipProtocol, fromPort: servicePort.port, toPort: servicePort.port }
    explain(task, managedSecurityGroup, `ingress.${servicePort.port}`, ranges.value, ranges.source)
    if (prefixLists) {
      explain(
        task,
        managedSecurityGroup,
        `ingress.${servicePort.port}`,
        prefixLists.value,
        settingOf(prefixLists).source
      )
    }
    return [
      ...ranges.value.flatMap(cidr => {
        const isIPv6 = cidr.includes(':')
        const peer = isIPv6 ? { ipv6Ranges: [{ cidrIPv6: cidr }] } : { ipRanges: [{ cidrIP: cidr }] }
        return [{ ...onPort, ...peer }, ...(hasPathMTU ? [{ ...pathMTU[isIPv6 ? 'ipv6' : 'ipv4'], ...peer }] : [])]
      }),
      ...(prefixLists?.value ?? []).map(listID => ({ ...onPort, prefixLists: [{ listID }] }))
    ]
  })
}

/** LBC: buildManagedSecurityGroup. @throws ModelError */
function buildManagedSecurityGroup(task: ServiceTask, ipAddressType: string): Token {
  const tags = serviceTags(task)
  const ingress = buildPermissions(task, ipAddressType)
  addResource(task, 'AWS::EC2::SecurityGroup', managedSecurityGroup, {
    spec: {
      groupName: serviceSecurityGroupName(task.environment.clusterName, identityOf(task.service)),
      description: '[k8s] Managed SecurityGroup for LoadBalancer',
      ...(ingress.length > 0 && { ingress }),
      ...(tags && { tags })
    }
  })
  return securityGroupID(managedSecurityGroup)
}

/**
 * Chooses the security groups of the load balancer, and the one that its targets let in (LBC: buildLoadBalancerSecurityGroups).
 * No load balancer exists beforehand.
 *
 * @returns none where security groups are switched off. @throws ModelError
 */
export function buildSecurityGroups(task: ServiceTask, ipAddressType: string): Setting<Token[]> {
  const { service, environment } = task
  const { controller, backendSecurityGroupID } = environment
  const disabled = readBool('aws-load-balancer-disable-nlb-sg', service)
  if (!controller.featureGates.NLBSecurityGroup) {
    return { value: [], source: fromFlag('--feature-gates NLBSecurityGroup') }
  }
  if (disabled?.value) {
    return { value: [], source: settingOf(disabled).source }
  }
  const listed = readStringList('aws-load-balancer-security-groups', service)
  if (!listed || listed.value.length === 0) {
    const managed = buildManagedSecurityGroup(task, ipAddressType)
    task.backendSecurityGroup = controller.enableBackendSecurityGroup ? backendSecurityGroupID : managed
    return {
      value: controller.enableBackendSecurityGroup ? [managed, backendSecurityGroupID] : [managed],
      source: { key: 'managed by the controller, as no annotation aws-load-balancer-security-groups is set' }
    }
  }
  const managesRules =
    readBool('aws-load-balancer-manage-backend-security-group-rules', service)?.value ??
    controller.enableManageBackendSecurityGroupRules
  const tokens: Token[] = resolveSecurityGroups(task, listed.value)
  if (managesRules) {
    if (!controller.enableBackendSecurityGroup) {
      throw new ModelError(
        'backendSG feature is required to manage worker node SG rules when frontendSG is manually specified'
      )
    }
    task.backendSecurityGroup = backendSecurityGroupID
    tokens.push(backendSecurityGroupID)
  }
  return { value: tokens, source: settingOf(listed).source }
}
