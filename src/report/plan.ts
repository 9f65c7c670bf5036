import {
  describeActions,
  describeConditions,
  describeToken,
  describeTransforms,
  networkSuccessCodes
} from '../elbv2/index.ts'
import type { Finding } from '../failure.ts'
import {
  applicationLoadBalancerID,
  type ClassicLoadBalancerSpec,
  classicLoadBalancer,
  type DroppedRule,
  type Explanation,
  type GatewayPlan,
  type GroupPlan,
  type HealthCheckConfig,
  type IPPermission,
  type ListenerSpec,
  type LoadBalancerSpec,
  type Plan,
  type RuleCondition,
  referencedID,
  type ServicePlan,
  type Stack,
  type StackPlan,
  specEntries,
  specsOf,
  stackPlansOf,
  type TargetGroupSpec
} from '../model/index.ts'
import { describeGatewayStatus } from './gateway-plan.ts'
import { nameReferences } from './references.ts'

type Row = [label: string, text: string]

/** Lines of two columns, the first as wide as its longest label that is not wider than `widest`. */
function alignRows(rows: Row[], indentation: string, widest = Number.POSITIVE_INFINITY): string[] {
  const width = Math.max(0, ...rows.map(([label]) => label.length).filter(length => length <= widest))
  return rows.map(([label, text]) => `${indentation}${label.padEnd(width)}  ${text}`)
}

function pairs(entries: { key: string; value: string }[]): string {
  return entries.map(({ key, value }) => `${key}=${value}`).join(', ')
}

function tagRow(tags: Record<string, string> | undefined): Row[] {
  return tags ? [['tags', pairs(Object.entries(tags).map(([key, value]) => ({ key, value })))]] : []
}

function isICMP(protocol: IPPermission['ipProtocol']): boolean {
  return protocol === 'icmp' || protocol === 'icmpv6'
}

function portText(protocol: string, port: number): string {
  return protocol === 'tcp' ? String(port) : `${port} (${protocol.toUpperCase()})`
}

/** What the managed security group lets in, one phrase a port. */
function describePermissions(stack: Stack): Row[] {
  return specEntries(stack, 'securityGroup').map(([id, spec]): Row => {
    const peersByPort = new Map<string, string[]>()
    for (const { ipProtocol, fromPort, toPort, ipRanges = [], ipv6Ranges = [], prefixLists = [] } of spec.ingress ??
      []) {
      const peers = [
        ...ipRanges.map(({ cidrIP }) => cidrIP),
        ...ipv6Ranges.map(({ cidrIPv6 }) => cidrIPv6),
        ...prefixLists.map(({ listID }) => listID)
      ]
      const port = isICMP(ipProtocol) ? `${ipProtocol} ${fromPort}/${toPort}` : portText(ipProtocol, fromPort)
      peersByPort.set(port, [...new Set([...(peersByPort.get(port) ?? []), ...peers])])
    }
    const permissions = [...peersByPort].map(([port, peers]) => `${port} from ${peers.join(', ')}`)
    return [id, `${spec.groupName}: lets in ${permissions.join('; ') || 'nothing'}`]
  })
}

function describeAddOns(stack: Stack): Row[] {
  return [
    ...specsOf(stack, 'webACL').map(
      ({ webACLARN }): Row => ['web ACL', webACLARN || 'none: one that is there is taken away']
    ),
    ...specsOf(stack, 'classicWebACL').map(
      ({ webACLID }): Row => ['web ACL (classic)', webACLID || 'none: one that is there is taken away']
    ),
    ...specsOf(stack, 'protection').map(
      ({ enabled }): Row => ['Shield Advanced', enabled ? 'protected' : 'not protected']
    )
  ]
}

function describeLoadBalancer(id: string, spec: LoadBalancerSpec, stack: Stack): string[] {
  const { name, type, scheme, ipAddressType, subnetMapping, securityGroups = [], loadBalancerAttributes } = spec
  const subnets = subnetMapping.map(({ subnetID, ...addresses }) => {
    const listed = Object.values(addresses).filter(address => address !== undefined)
    return subnetID + (listed.length > 0 ? ` (${listed.join(', ')})` : '')
  })
  const isMain = id === applicationLoadBalancerID
  const rows: Row[] = [
    ['subnets', subnets.join(', ')],
    ['security groups', securityGroups.map(describeToken).join(', ') || 'none'],
    ...(isMain ? describePermissions(stack) : []),
    ...(spec.customerOwnedIPv4Pool ? [['address pool', spec.customerOwnedIPv4Pool] satisfies Row] : []),
    ...(spec.ipv4IPAMPool ? [['IPAM pool', spec.ipv4IPAMPool] satisfies Row] : []),
    ...(spec.enablePrefixForIpv6SourceNat === 'on' ? [['source NAT', 'IPv6 prefixes'] satisfies Row] : []),
    ...(spec.securityGroupsInboundRulesOnPrivateLink
      ? [['PrivateLink', `inbound rules ${spec.securityGroupsInboundRulesOnPrivateLink}`] satisfies Row]
      : []),
    ...(loadBalancerAttributes ? [['attributes', pairs(loadBalancerAttributes)] satisfies Row] : []),
    ...(spec.minimumLoadBalancerCapacity
      ? [['minimum capacity', `${spec.minimumLoadBalancerCapacity.capacityUnits} units`] satisfies Row]
      : []),
    ...(isMain ? describeAddOns(stack) : []),
    ...tagRow(spec.tags)
  ]
  const title = `  ${id} ${name}: ${type === 'network' ? 'network, ' : ''}${scheme}, ${ipAddressType}`
  return [title, ...alignRows(rows, '    ')]
}

function describeListenerSettings(spec: ListenerSpec): Row[] {
  const { certificates, mutualAuthentication, listenerAttributes, alpnPolicy } = spec
  const [first, ...others] = certificates?.map(({ certificateARN }) => certificateARN) ?? []
  const { mode, trustStoreArn, ignoreClientCertificateExpiry } = mutualAuthentication ?? {}
  const trust = trustStoreArn
    ? ` with trust store ${trustStoreArn}${ignoreClientCertificateExpiry ? ', expired certificates too' : ''}`
    : ''
  return [
    ...(first === undefined ? [] : [['certificates', [`${first} (default)`, ...others].join(', ')] satisfies Row]),
    ...(alpnPolicy ? [['ALPN policy', alpnPolicy.join(', ')] satisfies Row] : []),
    ...(mode === undefined ? [] : [['mutual TLS', mode + trust] satisfies Row]),
    ...(listenerAttributes
      ? [['attributes', pairs(listenerAttributes.map(({ Key, Value }) => ({ key: Key, value: Value })))] satisfies Row]
      : [])
  ]
}

/** The rules of a listener in the order in which they are tried. */
function describeRules(stack: Stack, listener: string): string[] {
  const rules = specsOf(stack, 'rule')
    .filter(({ listenerARN }) => referencedID(listenerARN) === listener)
    .sort((left, right) => left.priority - right.priority)
  const width = String(rules.at(-1)?.priority ?? '').length
  return rules.flatMap(({ priority, conditions, transforms = [], actions }) => {
    const rewrites = transforms.length > 0 ? `${describeTransforms(transforms)}, ` : ''
    return [
      `    ${String(priority).padStart(width)}  ${describeConditions(conditions)}`,
      `    ${' '.repeat(width)}  → ${rewrites}${describeActions(actions)}`
    ]
  })
}

function describeListener(stack: Stack, id: string, spec: ListenerSpec): string[] {
  const policy = spec.sslPolicy === undefined ? '' : `, ${spec.sslPolicy}`
  return [
    `  listener ${spec.protocol}:${spec.port}${policy}`,
    ...alignRows(describeListenerSettings(spec), '    '),
    ...describeRules(stack, id),
    `    ${spec.protocol === 'HTTP' || spec.protocol === 'HTTPS' ? 'otherwise ' : ''}→ ${describeActions(spec.defaultActions)}`
  ]
}

/** What a health check asks and expects; one of TCP only connects. */
function describeAsked({ protocol, path = '', matcher, port }: HealthCheckConfig): string {
  const where = port === 'traffic-port' ? 'the traffic port' : `port ${port}`
  const { httpCode, grpcCode } = matcher ?? {}
  if (protocol === 'TCP') {
    return `TCP connects to ${where}`
  }
  const wanted = grpcCode === undefined ? (httpCode ?? networkSuccessCodes) : `gRPC status ${grpcCode}`
  return `${protocol} ${path} on ${where} expects ${wanted}`
}

/** A health check in one sentence: what it asks, how often, and when it changes a target's state. */
export function describeHealthCheck(check: HealthCheckConfig): string {
  const { intervalSeconds, timeoutSeconds, healthyThresholdCount, unhealthyThresholdCount } = check
  return `${describeAsked(check)}, every ${intervalSeconds} s, fails after ${timeoutSeconds} s; healthy after ${healthyThresholdCount}, unhealthy after ${unhealthyThresholdCount}`
}

function describeTargetGroup(id: string, spec: TargetGroupSpec): string[] {
  const { healthCheckConfig: check } = spec
  const attributes = spec.targetGroupAttributes
  const rows: Row[] = [
    [
      'targets',
      `${spec.targetType}, ${spec.protocol}${spec.protocolVersion ? ` (${spec.protocolVersion})` : ''}, port ${spec.port}`
    ],
    ['health check', describeHealthCheck(check)],
    ...(spec.targetControlPort === undefined ? [] : [['control port', String(spec.targetControlPort)] satisfies Row]),
    ...(attributes ? [['attributes', pairs(attributes)] satisfies Row] : [])
  ]
  return [`  target group ${id} ${spec.name}`, ...alignRows(rows, '    ')]
}

function describeDropped({ listener, ingress, conditions, actions, reason, shadowedBy }: DroppedRule): string[] {
  return [
    `  dropped from listener ${listener}, of ${ingress}: ${reason}${shadowedBy === undefined ? '' : ` (rule ${shadowedBy})`}`,
    `    ${describeConditions(conditions)}`,
    `    → ${describeActions(actions)}`
  ]
}

function describeStack(stack: Stack): string[] {
  return [
    ...specEntries(stack, 'loadBalancer').flatMap(([id, spec]) => [
      ...describeLoadBalancer(id, spec, stack),
      ...specEntries(stack, 'listener')
        .filter(([, { loadBalancerARN }]) => referencedID(loadBalancerARN) === id)
        .sort(([, left], [, right]) => left.port - right.port)
        .flatMap(([listenerID, listener]) => describeListener(stack, listenerID, listener))
    ]),
    ...specEntries(stack, 'targetGroup').flatMap(([id, spec]) => describeTargetGroup(id, spec))
  ]
}

function speaks(protocol: string, port: number): string {
  return `${protocol}:${port}`
}

function describeClassic(spec: ClassicLoadBalancerSpec, stack: Stack): string[] {
  const { attributes, healthCheck: check, nodeLabels, tags } = spec
  const { accessLog, connectionDraining: draining, connectionSettings, crossZoneLoadBalancing } = attributes
  const log = `access log ${accessLog.enabled ? `to ${accessLog.s3BucketName ?? 'no bucket'}` : 'off'}`
  const drained = draining.enabled ? (draining.timeout === undefined ? 'on' : `${draining.timeout} s`) : 'off'
  const zones = crossZoneLoadBalancing.enabled ? 'on' : 'off'
  const rows: Row[] = [
    ['subnets', spec.subnets.join(', ')],
    ['security groups', spec.securityGroups.map(describeToken).join(', ')],
    ...describePermissions(stack),
    [
      'attributes',
      `idle time-out ${connectionSettings.idleTimeout} s, draining ${drained}, cross-zone ${zones}, ${log}`
    ],
    ...(spec.proxyProtocol ? [['PROXY protocol', 'version 1 on every instance port'] satisfies Row] : []),
    [
      'health check',
      `${check.target}, every ${check.interval} s, fails after ${check.timeout} s; healthy after ${check.healthyThreshold}, unhealthy after ${check.unhealthyThreshold}`
    ],
    ...(nodeLabels ? [['instances', `nodes with ${pairs(entriesOf(nodeLabels))}`] satisfies Row] : []),
    ...tagRow(tags)
  ]
  return [
    `  ClassicLoadBalancer ${spec.name}: ${spec.scheme}`,
    ...alignRows(rows, '    '),
    ...spec.listeners.flatMap(({ loadBalancerPort, protocol, instancePort, instanceProtocol, ...tls }) => [
      `  listener ${speaks(protocol, loadBalancerPort)}${tls.sslNegotiationPolicy ? `, ${tls.sslNegotiationPolicy}` : ''}`,
      ...(tls.sslCertificateID ? [`    certificate  ${tls.sslCertificateID}`] : []),
      `    → ${speaks(instanceProtocol, instancePort)} of the instances`
    ])
  ]
}

function entriesOf(record: Record<string, string>): { key: string; value: string }[] {
  return Object.entries(record).map(([key, value]) => ({ key, value }))
}

function describeWarnings(warnings: Finding[]): string[] {
  return warnings.flatMap(({ code, object, message, hint }) => [
    `  warning ${code}${object ? ` ${object}` : ''}: ${message}`,
    ...(hint ? [`    hint: ${hint}`] : [])
  ])
}

function describeError(error: string, isEvent: boolean | undefined): string[] {
  return [
    `  no plan: ${isEvent ? 'Failed build model due to ' : ''}${error}`,
    ...(isEvent ? [] : ['  the controller only logs this and writes no event'])
  ]
}

function describeGroup(plan: GroupPlan): string[] {
  const { id, members, inactiveMembers, stack, error, errorHasEvent, droppedRules } = plan
  const others = members.join() === id ? [] : [['members', members.join(', ') || 'none'] satisfies Row]
  const leaving = inactiveMembers.length > 0 ? [['leaving', inactiveMembers.join(', ')] satisfies Row] : []
  const lines = [`IngressGroup ${id}`, ...alignRows([...others, ...leaving], '  ')]
  if (error !== undefined) {
    lines.push(...describeError(error, errorHasEvent))
  } else if (members.length === 0) {
    lines.push('  no members are left: everything of the group is deleted')
  } else if (stack) {
    lines.push(...describeStack(stack))
  }
  return [...lines, ...droppedRules.flatMap(describeDropped)]
}

const classicNotice = '  made by the cloud provider inside Kubernetes: the AWS Load Balancer Controller leaves it alone'

/** The error of a load balancer of the cloud provider stands in an event of the service controller. */
function describeService({ id, by, stack, error, errorHasEvent }: ServicePlan): string[] {
  const lines = [`Service ${id}`, ...(by === 'cloud provider' ? [classicNotice] : [])]
  if (error !== undefined) {
    const text = `  no plan: SyncLoadBalancerFailed: Error syncing load balancer: failed to ensure load balancer: ${error}`
    return [...lines, ...(by === 'cloud provider' ? [text] : describeError(error, errorHasEvent))]
  }
  const classic = classicLoadBalancer(stack)
  const described = stack ? [...(classic ? describeClassic(classic, stack) : []), ...describeStack(stack)] : []
  return [...lines, ...(described.length > 0 ? described : ['  its load balancer is taken away'])]
}

function describeGateway(plan: GatewayPlan): string[] {
  const { id, className, controller, stack, error, errorHasEvent, refusal } = plan
  const built = stack ? describeStack(stack) : []
  const failed = [`  no plan: ${errorHasEvent ? 'Failed build model due to ' : ''}${error}`]
  const unseen = refusal ? [] : ['  the controller only logs this and writes no event']
  const described = built.length > 0 ? built : ['  everything of the Gateway is deleted']
  return [
    `Gateway ${id} (class ${className}, ${controller})`,
    ...(error === undefined ? described : [...failed, ...unseen]),
    ...describeGatewayStatus(plan)
  ]
}

function describePlanned(plan: StackPlan): string {
  const lines =
    plan.kind === 'Ingress'
      ? describeGroup(plan)
      : plan.kind === 'Service'
        ? describeService(plan)
        : describeGateway(plan)
  return [...lines, ...describeWarnings(plan.warnings)].map(line => `${line.trimEnd()}\n`).join('')
}

/**
 * A plan for people: the load balancers of groups, Services and Gateways, their listeners with rules in order, target groups with their health checks,
 * what was dropped and why, warnings, and the errors that leave a group or an Ingress out.
 */
export function describePlan(plan: Plan): string {
  const { unloadable } = plan
  const blocks = stackPlansOf(plan).map(describePlanned)
  if (unloadable.length > 0) {
    blocks.push(
      unloadable
        .map(({ ingress, error }) => `Ingress ${ingress} takes no part: failed load groupID due to ${error}\n`)
        .join('')
    )
  }
  return blocks.length > 0
    ? blocks.join('\n')
    : 'No Ingress, Service or Gateway asks for a load balancer: there is nothing to plan.\n'
}

/** Longer values stand beside their source, so that one of them does not push all others to the right. */
const widestValue = 60

/** A value of a plan in words. */
export function describeValue(field: string, value: string): string {
  if (field === 'conditions') {
    return describeConditions(JSON.parse(value) as RuleCondition[])
  }
  return nameReferences(value)
}

function explain({ field, value, object, key }: Explanation): Row {
  return [`${field} = ${describeValue(field, value)}`, `← ${object === undefined ? key : `${key} of ${object}`}`]
}

/** Where the values of a plan came from, resource by resource. */
export function explainPlan(plan: Plan): string {
  return stackPlansOf(plan)
    .filter(({ explanations }) => explanations.length > 0)
    .map(({ kind, id, explanations }) => {
      const byResource = Map.groupBy(explanations, ({ resource }) => resource)
      const lines = [...byResource].flatMap(([resource, ofResource]) => [
        `  ${resource}`,
        ...alignRows(ofResource.map(explain), '    ', widestValue)
      ])
      return `\nValues of ${kind === 'Ingress' ? 'IngressGroup' : kind} ${id}\n${lines.map(line => `${line}\n`).join('')}`
    })
    .join('')
}
