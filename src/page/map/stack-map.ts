/**
 * The AWS half of the map: load balancers, listeners, rules and target groups of one stack.
 *
 * @module
 */

import { describeActions, describeConditions, describeToken, describeTransforms } from '../../elbv2/index.ts'
import {
  type Action,
  type ClassicLoadBalancerSpec,
  classicLoadBalancer,
  type DroppedRule,
  type ListenerRuleSpec,
  type ListenerSpec,
  type LoadBalancerSpec,
  referencedID,
  type StackPlan,
  specEntries,
  specsOf,
  type TargetGroupSpec,
  targetGroupNameOf
} from '../../model/index.ts'
import { describeHealthCheck } from '../../report/index.ts'
import type { MapLink, MapNode } from '../contract.ts'
import { nodeAt, nodeID } from './node.ts'
import type { Sources } from './sources.ts'

/** What of the map is one stack's. */
export interface StackMap {
  nodes: MapNode[]
  links: MapLink[]
}

interface Drawing extends StackMap {
  planned: StackPlan
  sources: Sources
  timeScale: number
}

/** The object that asks for the load balancer of a stack. */
function askerOf({ kind, ...planned }: StackPlan): string | undefined {
  const key = 'members' in planned ? planned.members[0] : planned.id
  return key === undefined ? undefined : `${kind} ${key}`
}

/** Names of the target groups that actions forward to, with their weights where there are several. */
function forwardsOf(drawing: Drawing, actions: readonly Action[]): { id: string; text?: string }[] {
  const groups = actions.flatMap(({ forwardConfig }) => forwardConfig?.targetGroups ?? [])
  return groups.map(({ targetGroupARN, weight }) => ({
    id: nodeID.targetGroup(nameOfGroup(drawing, describeToken(targetGroupARN))),
    ...(groups.length > 1 && { text: `weight ${weight ?? 1}` })
  }))
}

function nameOfGroup({ planned: { stack } }: Drawing, id: string): string {
  const spec = specEntries(stack, 'targetGroup').find(([one]) => one === id)?.[1]
  return spec?.name ?? targetGroupNameOf(id) ?? id
}

/** An action in few words: the arrow of a forward says the rest. */
function actionText(drawing: Drawing, actions: Action[]): string {
  const names = specEntries(drawing.planned.stack, 'targetGroup')
  return names.reduce((text, [id, { name }]) => text.replaceAll(id, name), describeActions(actions))
}

function placed(drawing: Drawing, object: string | undefined, key?: string): Partial<MapNode> {
  const place = drawing.sources.placeOf(object, key)
  return { ...(object !== undefined && { object }), ...(place && { place }) }
}

function drawLoadBalancer(drawing: Drawing, id: string, spec: LoadBalancerSpec): void {
  const { planned, sources } = drawing
  const { name, type, scheme, ipAddressType, subnetMapping, securityGroups = [], loadBalancerAttributes = [] } = spec
  drawing.nodes.push(
    nodeAt('load-balancer', nodeID.loadBalancer(name), {
      title: name,
      text: `${type}, ${scheme}`,
      facts: [
        ['type', type],
        ['scheme', scheme],
        ['address type', ipAddressType],
        [planned.id.startsWith('arn:') ? 'ARN' : 'stack', planned.id],
        ...('members' in planned && planned.members.length > 0
          ? [['members', planned.members.join(', ')] as [string, string]]
          : []),
        ['subnets', subnetMapping.map(({ subnetID }) => subnetID).join(', ')],
        ['security groups', securityGroups.map(describeToken).join(', ') || 'none'],
        ...loadBalancerAttributes.map(({ key, value }): [string, string] => [key, value])
      ],
      values: sources.valuesOf(planned, id),
      ...placed(drawing, askerOf(planned))
    })
  )
}

function drawListener(drawing: Drawing, loadBalancer: string, id: string, spec: ListenerSpec): void {
  const { planned, sources, nodes, links } = drawing
  const { protocol, port, sslPolicy, certificates = [], mutualAuthentication, defaultActions } = spec
  const listener = nodeID.listener(loadBalancer, port)
  nodes.push(
    nodeAt('listener', listener, {
      title: `${protocol}:${port}`,
      text: sslPolicy ?? '',
      facts: [
        ['protocol', protocol],
        ['listen port', String(port)],
        ...(sslPolicy ? [['SSL policy', sslPolicy] as [string, string]] : []),
        ...certificates.map((one): [string, string] => ['certificate', String(one.certificateARN)]),
        ...(mutualAuthentication ? [['mutual TLS', mutualAuthentication.mode] as [string, string]] : [])
      ],
      values: sources.valuesOf(planned, `Listener ${id}`),
      ...placed(drawing, askerOf(planned))
    })
  )
  links.push({ from: nodeID.loadBalancer(loadBalancer), to: listener })
  if (protocol !== 'HTTP' && protocol !== 'HTTPS') {
    links.push(...forwardsOf(drawing, defaultActions).map(({ id: to, ...more }) => ({ from: listener, to, ...more })))
    return
  }
  const rules = specEntries(planned.stack, 'rule')
    .filter(([, { listenerARN }]) => referencedID(listenerARN) === id)
    .sort(([, one], [, other]) => one.priority - other.priority)
  for (const [ruleID, rule] of rules) {
    drawRule(drawing, loadBalancer, port, ruleID, rule)
  }
  drawDropped(drawing, loadBalancer, port)
  drawDefault(drawing, loadBalancer, port, defaultActions)
}

function drawRule(drawing: Drawing, loadBalancer: string, port: number, id: string, spec: ListenerRuleSpec): void {
  const { planned, sources } = drawing
  const { priority, conditions, actions, transforms = [] } = spec
  const source = 'ruleSources' in planned ? planned.ruleSources.get(id) : undefined
  const sentence = describeConditions(conditions)
  const action = actionText(drawing, actions)
  drawAt(drawing, nodeID.listener(loadBalancer, port), actions, {
    ...nodeAt('rule', nodeID.rule(loadBalancer, port, priority), {
      title: `${priority}. ${sentence}`,
      text: action,
      facts: [
        ['priority', String(priority)],
        ['conditions', sentence],
        ...(transforms.length > 0 ? [['transforms', describeTransforms(transforms)] as [string, string]] : []),
        ['action', action],
        ...(source ? [['written at', source.path] as [string, string]] : [])
      ],
      values: sources.valuesOf(planned, `ListenerRule ${id}`),
      ...placed(drawing, source?.object, source?.path)
    })
  })
}

function drawDefault(drawing: Drawing, loadBalancer: string, port: number, actions: Action[]): void {
  const action = actionText(drawing, actions)
  drawAt(drawing, nodeID.listener(loadBalancer, port), actions, {
    ...nodeAt('rule', nodeID.rule(loadBalancer, port, 'default'), {
      title: 'otherwise',
      text: action,
      facts: [
        ['priority', 'default: what no other rule takes'],
        ['action', action]
      ],
      values: drawing.sources.valuesOf(drawing.planned, `Listener ${port}`)
    })
  })
}

function drawAt({ nodes, links, ...drawing }: Drawing, from: string, actions: readonly Action[], node: MapNode): void {
  nodes.push(node)
  links.push({ from, to: node.id })
  for (const { id: to, ...more } of forwardsOf({ nodes, links, ...drawing }, actions)) {
    links.push({ from: node.id, to, ...more })
  }
}

function droppedText({ reason, shadowedBy }: DroppedRule): string {
  return `dropped: ${reason}${shadowedBy === undefined ? '' : ` (rule ${shadowedBy})`}`
}

/** Rules that the controller leaves out stand behind the others: nothing leads from them. */
function drawDropped(drawing: Drawing, loadBalancer: string, port: number): void {
  const { planned, nodes } = drawing
  const dropped = 'droppedRules' in planned ? planned.droppedRules.filter(one => Number(one.listener) === port) : []
  for (const [index, one] of dropped.entries()) {
    const sentence = describeConditions(one.conditions)
    const object = `Ingress ${one.ingress}`
    nodes.push(
      nodeAt('rule', `${nodeID.listener(loadBalancer, port)} dropped ${index}`, {
        title: sentence,
        text: actionText(drawing, one.actions),
        facts: [
          ['conditions', sentence],
          ['left out', one.reason],
          ['written at', one.path]
        ],
        mark: { kind: 'dropped', text: droppedText(one) },
        ...placed(drawing, object, one.path)
      })
    )
  }
}

function drawTargetGroup(drawing: Drawing, id: string, spec: TargetGroupSpec): void {
  const { planned, sources, nodes, timeScale } = drawing
  const { name, targetType, protocol, protocolVersion, port, healthCheckConfig: check, targetGroupAttributes } = spec
  const binding = specEntries(planned.stack, 'targetGroupBinding').find(([one]) => one === id)?.[1].template
  const service = binding && `Service ${binding.metadata.namespace}/${binding.spec.serviceRef.name}`
  const text = `${describeHealthCheck(check)}${timeScale === 1 ? '' : `; here ${timeScale} times faster`}`
  nodes.push(
    nodeAt('target-group', nodeID.targetGroup(name), {
      title: name,
      text: `${targetType}, ${protocol}${protocolVersion ? ` ${protocolVersion}` : ''}`,
      facts: [
        ['target type', targetType],
        ['protocol', protocol],
        ...(protocolVersion ? [['protocol version', protocolVersion] as [string, string]] : []),
        ['port', String(port)],
        ['health check', text],
        ...(service ? [['Service', `${service.slice(8)}:${binding.spec.serviceRef.port}`] as [string, string]] : []),
        ...(targetGroupAttributes ?? []).map(({ key, value }): [string, string] => [key, value])
      ],
      values: sources.valuesOf(planned, `TargetGroup ${id}`),
      healthCheck: {
        text,
        interval: (check.intervalSeconds * 1000) / timeScale,
        healthyThreshold: check.healthyThresholdCount,
        unhealthyThreshold: check.unhealthyThresholdCount
      },
      ...placed(drawing, service)
    })
  )
}

/** A Classic Load Balancer: its listeners lead to its instances, which stand where target groups do. */
function drawClassic(drawing: Drawing, spec: ClassicLoadBalancerSpec): void {
  const { planned, sources, nodes, links, timeScale } = drawing
  const { name, scheme, subnets, securityGroups, listeners, healthCheck, proxyProtocol } = spec
  const { target, interval, healthyThreshold, unhealthyThreshold } = healthCheck
  const group = nodeID.targetGroup(name)
  const values = sources.valuesOf(planned, 'LoadBalancer')
  const placedAt = placed(drawing, askerOf(planned))
  nodes.push(
    nodeAt('load-balancer', nodeID.loadBalancer(name), {
      title: name,
      text: `classic, ${scheme}`,
      facts: [
        ['type', 'classic'],
        ['scheme', scheme],
        ['stack', planned.id],
        ['subnets', subnets.join(', ')],
        ['security groups', securityGroups.map(describeToken).join(', ') || 'none'],
        ['PROXY protocol', proxyProtocol ? 'version 1' : 'off']
      ],
      values,
      ...placedAt
    }),
    nodeAt('target-group', group, {
      title: name,
      text: 'instances',
      facts: [['health check', target]],
      values,
      healthCheck: { text: target, interval: (interval * 1000) / timeScale, healthyThreshold, unhealthyThreshold },
      ...placedAt
    })
  )
  for (const { loadBalancerPort: port, protocol, instancePort, instanceProtocol, sslCertificateID } of listeners) {
    const listener = nodeID.listener(name, port)
    nodes.push(
      nodeAt('listener', listener, {
        title: `${protocol}:${port}`,
        text: '',
        facts: [
          ['protocol', protocol],
          ['listen port', String(port)],
          ['instance port', `${instanceProtocol}:${instancePort}`],
          ...(sslCertificateID ? [['certificate', sslCertificateID] as [string, string]] : [])
        ],
        values,
        ...placedAt
      })
    )
    links.push(
      { from: nodeID.loadBalancer(name), to: listener },
      { from: listener, to: group, text: `port ${instancePort}` }
    )
  }
}

/** Draws the load balancers of a stack; of one that has none, nothing. */
export function drawStack(planned: StackPlan, sources: Sources, timeScale: number): StackMap {
  const drawing: Drawing = { nodes: [], links: [], planned, sources, timeScale }
  const { stack } = planned
  for (const [id, spec] of specEntries(stack, 'loadBalancer')) {
    drawLoadBalancer(drawing, id, spec)
    const listeners = specEntries(stack, 'listener')
      .filter(([, { loadBalancerARN }]) => [id, undefined].includes(referencedID(loadBalancerARN)))
      .sort(([, one], [, other]) => one.port - other.port)
    for (const [listenerID, listener] of listeners) {
      drawListener(drawing, spec.name, listenerID, listener)
    }
  }
  const classic = classicLoadBalancer(stack)
  if (classic) {
    drawClassic(drawing, classic)
  }
  for (const [id, spec] of specEntries(stack, 'targetGroup')) {
    drawTargetGroup(drawing, id, spec)
  }
  const drawn = new Set(drawing.nodes.map(({ id }) => id))
  for (const { to } of drawing.links) {
    // A target group that somebody else made has nothing but its name.
    if (!drawn.has(to)) {
      drawn.add(to)
      drawing.nodes.push(
        nodeAt('target-group', to, { title: to.replace('target-group ', ''), text: 'not of the stack' })
      )
    }
  }
  return { nodes: drawing.nodes, links: drawing.links }
}

/** Names of the load balancers of a stack. */
export function loadBalancerNames({ stack }: StackPlan): string[] {
  const classic = classicLoadBalancer(stack)
  return [...specsOf(stack, 'loadBalancer'), ...(classic ? [classic] : [])].map(({ name }) => name)
}
