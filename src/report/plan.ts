import { describeActions, describeConditions, describeToken, describeTransforms } from '../elbv2/index.ts'
import {
  type DroppedRule,
  type Explanation,
  type GroupPlan,
  type ListenerSpec,
  type LoadBalancerSpec,
  type Plan,
  type RuleCondition,
  referencedID,
  type Stack,
  specEntries,
  specsOf,
  stackPlansOf,
  type TargetGroupSpec
} from '../model/index.ts'
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

/** What the managed security group lets in, one phrase a port. */
function describePermissions(stack: Stack): Row[] {
  return specEntries(stack, 'securityGroup').map(([id, spec]): Row => {
    const peersByPort = new Map<number, string[]>()
    for (const { fromPort, ipRanges = [], ipv6Ranges = [], prefixLists = [] } of spec.ingress ?? []) {
      const peers = [
        ...ipRanges.map(({ cidrIP }) => cidrIP),
        ...ipv6Ranges.map(({ cidrIPv6 }) => cidrIPv6),
        ...prefixLists.map(({ listID }) => listID)
      ]
      peersByPort.set(fromPort, [...(peersByPort.get(fromPort) ?? []), ...peers])
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
  const subnets = subnetMapping.map(
    ({ subnetID, allocationID }) => subnetID + (allocationID ? ` (${allocationID})` : '')
  )
  const isALB = type === 'application'
  const rows: Row[] = [
    ['subnets', subnets.join(', ')],
    ['security groups', securityGroups.map(describeToken).join(', ') || 'none'],
    ...(isALB ? describePermissions(stack) : []),
    ...(spec.customerOwnedIPv4Pool ? [['address pool', spec.customerOwnedIPv4Pool] satisfies Row] : []),
    ...(spec.ipv4IPAMPool ? [['IPAM pool', spec.ipv4IPAMPool] satisfies Row] : []),
    ...(loadBalancerAttributes ? [['attributes', pairs(loadBalancerAttributes)] satisfies Row] : []),
    ...(spec.minimumLoadBalancerCapacity
      ? [['minimum capacity', `${spec.minimumLoadBalancerCapacity.capacityUnits} units`] satisfies Row]
      : []),
    ...(isALB ? describeAddOns(stack) : []),
    ...tagRow(spec.tags)
  ]
  const title = `  ${id} ${name}: ${type === 'network' ? 'network, ' : ''}${scheme}, ${ipAddressType}`
  return [title, ...alignRows(rows, '    ')]
}

function describeListenerSettings({ certificates, mutualAuthentication, listenerAttributes }: ListenerSpec): Row[] {
  const [first, ...others] = certificates?.map(({ certificateARN }) => certificateARN) ?? []
  const { mode, trustStoreArn, ignoreClientCertificateExpiry } = mutualAuthentication ?? {}
  const trust = trustStoreArn
    ? ` with trust store ${trustStoreArn}${ignoreClientCertificateExpiry ? ', expired certificates too' : ''}`
    : ''
  return [
    ...(first === undefined ? [] : [['certificates', [`${first} (default)`, ...others].join(', ')] satisfies Row]),
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
    `    otherwise → ${describeActions(spec.defaultActions)}`
  ]
}

function describeTargetGroup(id: string, spec: TargetGroupSpec): string[] {
  const { healthCheckConfig: check } = spec
  const { httpCode, grpcCode } = check.matcher ?? {}
  const wanted = grpcCode === undefined ? `expects ${httpCode}` : `expects gRPC status ${grpcCode}`
  const attributes = spec.targetGroupAttributes
  const rows: Row[] = [
    [
      'targets',
      `${spec.targetType}, ${spec.protocol}${spec.protocolVersion ? ` (${spec.protocolVersion})` : ''}, port ${spec.port}`
    ],
    [
      'health check',
      `${check.protocol} ${check.path ?? ''} on ${check.port === 'traffic-port' ? 'the traffic port' : `port ${check.port}`} ${wanted}, every ${check.intervalSeconds} s, fails after ${check.timeoutSeconds} s; healthy after ${check.healthyThresholdCount}, unhealthy after ${check.unhealthyThresholdCount}`
    ],
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

function describeGroup({
  id,
  members,
  inactiveMembers,
  stack,
  error,
  errorHasEvent,
  droppedRules,
  warnings
}: GroupPlan): string {
  const lines = [`IngressGroup ${id}`]
  const others = members.join() === id ? [] : [['members', members.join(', ') || 'none'] satisfies Row]
  const leaving = inactiveMembers.length > 0 ? [['leaving', inactiveMembers.join(', ')] satisfies Row] : []
  lines.push(...alignRows([...others, ...leaving], '  '))
  if (error !== undefined) {
    lines.push(`  no plan: ${errorHasEvent ? 'Failed build model due to ' : ''}${error}`)
    if (!errorHasEvent) {
      lines.push('  the controller only logs this and writes no event')
    }
  } else if (members.length === 0) {
    lines.push('  no members are left: everything of the group is deleted')
  } else if (stack) {
    lines.push(...describeStack(stack))
  }
  lines.push(...droppedRules.flatMap(describeDropped))
  for (const { code, object, message, hint } of warnings) {
    lines.push(`  warning ${code}${object ? ` ${object}` : ''}: ${message}`)
    if (hint) {
      lines.push(`    hint: ${hint}`)
    }
  }
  return lines.map(line => `${line.trimEnd()}\n`).join('')
}

/**
 * A plan for people: each group's load balancers, their listeners with rules in order, target groups with their health checks,
 * what was dropped and why, warnings, and the errors that leave a group or an Ingress out.
 */
export function describePlan({ groups, unloadable }: Plan): string {
  const blocks = groups.map(describeGroup)
  if (unloadable.length > 0) {
    blocks.push(
      unloadable
        .map(({ ingress, error }) => `Ingress ${ingress} takes no part: failed load groupID due to ${error}\n`)
        .join('')
    )
  }
  return blocks.length > 0 ? blocks.join('\n') : "No Ingress is the controller's: there is nothing to plan.\n"
}

/** Longer values stand beside their source, so that one of them does not push all others to the right. */
const widestValue = 60

function describeValue(field: string, value: string): string {
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
