/**
 * The map of a set of objects: what `plan`, `check` and `trace` tell, as places and the ways between them.
 *
 * @module
 */

import type { LoadBalancerDescription, TargetHealthDescription } from '../../elbv2/index.ts'
import type { Finding } from '../../failure.ts'
import { classicLoadBalancer, planFailures, type StackPlan, specEntries, stackPlansOf } from '../../model/index.ts'
import { type PredictedTarget, predictTargetsOf, type Tracer } from '../../trace/index.ts'
import type { EdgeMap, MapLink, MapNode, Mark } from '../contract.ts'
import type { View } from '../view.ts'
import { MeshMap } from './mesh-map.ts'
import { nodeAt, nodeID } from './node.ts'
import { Sources } from './sources.ts'
import { drawStack, loadBalancerNames } from './stack-map.ts'

/** The targets of a stack by the name of their target group: as they run, or as their health is predicted. */
function targetsOf(
  planned: StackPlan,
  tracer: Tracer,
  running: readonly LoadBalancerDescription[]
): Map<string, (TargetHealthDescription & Partial<PredictedTarget>)[]> {
  const names = loadBalancerNames(planned)
  const own = running.filter(({ name }) => names.includes(name))
  if (own.length > 0) {
    return new Map(own.flatMap(({ targetGroups }) => targetGroups.map(({ name, targets }) => [name, targets] as const)))
  }
  const predicted = attempt(() => predictTargetsOf(tracer, planned)) ?? []
  const registered = attempt(() => tracer.targetsOf(planned.stack!)) ?? new Map()
  const groups = specEntries(planned.stack, 'targetGroup').map(([id, { name }]) => {
    const known = predicted.filter(({ targetGroup }) => targetGroup === name)
    const others: TargetHealthDescription[] = (registered.get(id) ?? []).map((target: PredictedTarget['target']) => ({
      target,
      healthCheckPort: 'traffic-port',
      state: 'initial'
    }))
    return [name, known.length > 0 ? known : others] as const
  })
  const classic = classicLoadBalancer(planned.stack)
  return new Map(classic ? [[classic.name, predicted]] : groups)
}

/** What AWS would refuse is among the findings; here it only means that there is less to draw. */
function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

function targetNode(group: string, described: TargetHealthDescription & Partial<PredictedTarget>): MapNode {
  const { target, healthCheckPort, state, reason, description, because } = described
  return nodeAt('target', nodeID.target(group, `${target.id}:${target.port}`), {
    title: target.id,
    text: `${target.address}:${target.port}`,
    facts: [
      ['address', `${target.address}:${target.port}`],
      ['checked on port', healthCheckPort],
      ...(target.zone ? [['zone', target.zone] as [string, string]] : []),
      ...(because ? [['health check', because] as [string, string]] : [])
    ],
    health: { state, ...(reason && { reason }), ...(description && { description }) }
  })
}

/** Draws the targets of a stack, each with the port that it leads to. */
function drawTargets(
  planned: StackPlan,
  view: View,
  mesh: MeshMap,
  running: readonly LoadBalancerDescription[]
): { nodes: MapNode[]; links: MapLink[] } {
  const nodes: MapNode[] = []
  const links: MapLink[] = []
  const bindings = new Map(specEntries(planned.stack, 'targetGroupBinding'))
  const names = new Map(specEntries(planned.stack, 'targetGroup').map(([id, { name }]) => [name, id]))
  for (const [group, targets] of targetsOf(planned, view.tracer, running)) {
    const template = bindings.get(names.get(group) ?? '')?.template
    const { name, port: reference } = template?.spec.serviceRef ?? {}
    const service = name === undefined ? undefined : view.resources.find('Service', name, template?.metadata.namespace)
    const port = service?.spec?.ports?.find(one => one.name === reference || one.port === reference)
    const place = service && port ? mesh.draw(service, port) : undefined
    for (const described of targets) {
      const node = targetNode(group, described)
      nodes.push(node)
      links.push({ from: nodeID.targetGroup(group), to: node.id })
      if (place !== undefined) {
        links.push({ from: node.id, to: place })
      }
    }
    if (targets.length === 0 && place !== undefined) {
      links.push({ from: nodeID.targetGroup(group), to: place })
    }
  }
  return { nodes, links }
}

const ranks = { error: 0, warning: 1, info: 2 }

/** Puts findings to the places that they are about: of one object, to those whose part of it they name. */
function annotate(nodes: readonly MapNode[], findings: readonly Finding[]): void {
  const byObject = Map.groupBy(
    nodes.filter(({ object }) => object !== undefined),
    ({ object }) => object!
  )
  for (const [index, { object = '', path, code, severity, message }] of findings.entries()) {
    const ofObject = byObject.get(object) ?? []
    const named = ofObject.filter(node => isAbout(node, path))
    const about = named.length > 0 ? named : ofObject.filter(({ column }) => column === 'load-balancer')
    for (const node of about) {
      node.findings.push(index)
      const mark = markOf(node, code, severity, message)
      if (mark && (!node.mark || ranks[severity] < rankOf(node.mark))) {
        node.mark = mark
      }
    }
  }
}

function isAbout({ column, facts, values }: MapNode, path: string | undefined): boolean {
  const written = facts.find(([label]) => label === 'written at')?.[1]
  if (column === 'rule') {
    return path !== undefined && written !== undefined && (path.startsWith(written) || written.startsWith(path))
  }
  // Annotations belong to the places whose values they give; what gives none, to the load balancer.
  const given = values.some(({ key }) => path?.includes(key))
  return given || column === 'port' || column === 'gateway' || column === 'route'
}

function markOf({ column }: MapNode, code: string, severity: Finding['severity'], text: string): Mark | undefined {
  if (severity === 'info') {
    return undefined
  }
  return { kind: code === 'RULE_SHADOWED' && column === 'rule' ? 'shadowed' : severity, text, code }
}

function rankOf({ kind }: Mark): number {
  return kind === 'error' ? 0 : 1
}

/** Of a load balancer of an account, the account and its region stand in the namespace's place. */
function namespaceOf({ id }: StackPlan): string {
  if (id.startsWith('arn:')) {
    const [, , , region, account] = id.split(':')
    return `${account} ${region}`
  }
  return id.includes('/') ? id.split('/')[0]! : ''
}

/**
 * Draws what a view has.
 *
 * @param running what runs of it, whose targets are drawn as they are; the others are predicted.
 */
export function drawEdge(view: View, running: readonly LoadBalancerDescription[] = [], timeScale = 1): EdgeMap {
  const sources = new Sources(view.resources)
  const mesh = new MeshMap(view.tracer, sources)
  const plans = stackPlansOf(view.plan)
  const stacks = plans.map(planned => {
    const { nodes, links } = drawStack(planned, sources, timeScale)
    const targets = drawTargets(planned, view, mesh, running)
    return { nodes: [...nodes, ...targets.nodes], links: [...links, ...targets.links] }
  })
  const nodes = [...stacks.flatMap(one => one.nodes), ...mesh.nodes]
  const unique = [...new Map(nodes.map(node => [node.id, node])).values()]
  annotate(unique, view.findings)
  const named = unique.flatMap(({ object, values }) => [object ?? [], values.map(one => one.object ?? [])].flat(2))
  return {
    loadBalancers: plans.flatMap(planned =>
      loadBalancerNames(planned).map(name => ({
        id: nodeID.loadBalancer(name),
        name,
        stack: planned.id,
        namespace: namespaceOf(planned)
      }))
    ),
    nodes: unique,
    links: uniqueLinks([...stacks.flatMap(one => one.links), ...mesh.links]),
    findings: [...view.findings],
    assumptions: [...view.assumptions],
    failures: [...(view.failures ?? planFailures(view.plan))],
    manifests: sources.manifestsOf([...named, ...view.findings.flatMap(({ object }) => object ?? [])])
  }
}

function uniqueLinks(links: readonly MapLink[]): MapLink[] {
  return [...new Map(links.map(link => [`${link.from} ${link.to}`, link])).values()]
}
