import { createHash } from 'node:crypto'
import type { Target } from '../elbv2/index.ts'
import {
  applicationLoadBalancerID,
  classicLoadBalancer,
  type Stack,
  specEntries,
  specsOf,
  targetGroupNameOf
} from '../model/index.ts'
import {
  type EndpointSlice,
  type LabelSelector,
  meetsSelector,
  type Node,
  type Pod,
  type Resources,
  type Service,
  type ServicePort,
  type TargetGroupBinding
} from '../resources/index.ts'

/** Labels that keep a node out of every target group (LBC: pkg/backend/endpoint_utils.go, pkg/k8s/node_utils.go). */
const excludedLabels = [
  'node-role.kubernetes.io/master',
  'node.kubernetes.io/exclude-from-external-load-balancers',
  'alpha.service-controller.kubernetes.io/exclude-balancer'
]
const excludedTaints = [
  { key: 'ToBeDeletedByClusterAutoscaler' },
  { key: 'karpenter.sh/disrupted', effect: 'NoSchedule' }
]

/** `True`, `False` or `Unknown`; a node without the condition is not ready. */
function readiness(node: Node): string {
  return node.status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'False'
}

function takesTraffic(node: Node): boolean {
  const labels = node.metadata.labels ?? {}
  if (excludedLabels.some(label => label in labels)) {
    return false
  }
  if (labels['eks.amazonaws.com/compute-type'] === 'fargate') {
    return false
  }
  return !node.spec?.taints?.some(taint =>
    excludedTaints.some(({ key, effect }) => taint.key === key && (!effect || taint.effect === effect))
  )
}

/**
 * The nodes that instance target groups register: ready ones, or, where none is ready, those whose readiness is unknown.
 * Cordoning and `externalTrafficPolicy` do not matter (LBC: GetTrafficProxyNodeSelector, FilterNodesByReadyConditionStatus).
 */
export function eligibleNodes(nodes: Node[], selector: LabelSelector = {}): Node[] {
  const candidates = nodes.filter(node => takesTraffic(node) && meetsSelector(node.metadata.labels ?? {}, selector))
  const ready = candidates.filter(node => readiness(node) === 'True')
  return ready.length > 0 ? ready : candidates.filter(node => readiness(node) === 'Unknown')
}

/** The EC2 instance ID in a node's provider ID; where there is none, as in kind, a stable one made from the node's name. */
export function instanceID(node: Node): string {
  return (
    /\/(i-[0-9a-f]+)$/.exec(node.spec?.providerID ?? '')?.[1] ??
    `i-${createHash('sha256').update(node.metadata.name).digest('hex').slice(0, 17)}`
  )
}

function servicePort(service: Service | undefined, reference: number | string): ServicePort | undefined {
  return service?.spec?.ports?.find(({ name, port }) => name === reference || port === reference)
}

/** Where a node is reached within its network. */
export function internalAddress(node: Node): string | undefined {
  return node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address
}

/** The readiness gate of a TargetGroupBinding; pods that have it wait for their health in its target group. */
export function gateOf(binding: string): string {
  return `target-health.elbv2.k8s.aws/${binding}`
}

/** What decides on the targets of a target group. */
interface Binding {
  name: string
  namespace: string | undefined
  targetType: 'instance' | 'ip' | undefined
  serviceRef: { name: string; port: number | string }
  nodeSelector: LabelSelector | undefined
}

function instanceTargets(resources: Resources, { serviceRef, namespace, nodeSelector }: Binding): Target[] {
  const service = resources.find('Service', serviceRef.name, namespace)
  const nodePort = servicePort(service, serviceRef.port)?.nodePort
  if (!nodePort) {
    return []
  }
  return eligibleNodes(resources.list('Node'), nodeSelector).flatMap(node => instanceAt(node, nodePort))
}

function instanceAt(node: Node, port: number): Target[] {
  const address = internalAddress(node)
  const zone = node.metadata.labels?.['topology.kubernetes.io/zone']
  return address ? [{ id: instanceID(node), address, port, ...(zone && { zone }) }] : []
}

type Endpoint = NonNullable<EndpointSlice['endpoints']>[number]

function hasReadyContainers({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status }) => type === 'ContainersReady' && status === 'True') ?? false
}

/**
 * Whether an endpoint is registered: it is ready, or it is a pod whose containers are, and which waits for nothing but its
 * health in this target group (LBC: resolvePodEndpointsWithEndpointsData).
 */
function isRegistered(
  { conditions, targetRef }: Endpoint,
  gate: string,
  resources: Resources,
  namespace = ''
): boolean {
  if (conditions?.terminating === true) {
    return false
  }
  if (conditions?.ready !== false) {
    return true
  }
  const pod = targetRef?.kind === 'Pod' && targetRef.name ? resources.find('Pod', targetRef.name, namespace) : undefined
  if (!pod || !hasReadyContainers(pod)) {
    return false
  }
  return pod.spec?.readinessGates?.some(({ conditionType }) => conditionType === gate) ?? false
}

function ipTargets(resources: Resources, binding: Binding): Target[] {
  const { name, port: reference } = binding.serviceRef
  const { namespace } = binding
  const port = servicePort(resources.find('Service', name, namespace), reference)
  if (!port) {
    return []
  }
  const gate = gateOf(binding.name)
  const slices = resources
    .list('EndpointSlice')
    .filter(
      ({ metadata }) => metadata.namespace === namespace && metadata.labels?.['kubernetes.io/service-name'] === name
    )
  const targets = slices.flatMap(slice => {
    // A slice names its ports as the Service does; a Service with one port may leave the name empty.
    const endpointPort = slice.ports?.find(({ name = '' }) => name === (port.name ?? ''))?.port
    if (!endpointPort) {
      return []
    }
    return (slice.endpoints ?? [])
      .filter(endpoint => isRegistered(endpoint, gate, resources, namespace))
      .flatMap(({ addresses }) => addresses.map(address => ({ id: address, address, port: endpointPort })))
  })
  return [...new Map(targets.map(target => [`${target.id}:${target.port}`, target])).values()]
}

/** The Services that fill a stack's target groups: its own and those that others made. */
export function servicesOfTargetGroups(
  stack: Stack,
  resources: Resources
): { id: string; service: Service; targetType: 'instance' | 'ip' | undefined }[] {
  const bindings = Object.entries(stack.resources['K8S::ElasticLoadBalancingV2::TargetGroupBinding'] ?? {})
  const own = bindings.map(([id, { spec }]) => {
    const { metadata, spec: template } = spec.template
    return { id, namespace: metadata.namespace, ...template }
  })
  const foreign = [...foreignARNs(stack)].flatMap(id =>
    resources
      .list('TargetGroupBinding')
      .filter(binding => bindsTo(binding, id))
      .map(({ metadata: { namespace }, spec }) => ({ id, namespace, ...spec }))
  )
  return [...own, ...foreign].flatMap(({ id, namespace, targetType, serviceRef }) => {
    const service = serviceRef && resources.find('Service', serviceRef.name, namespace)
    return service ? [{ id, service, targetType }] : []
  })
}

function targetsOfBinding(resources: Resources, binding: Binding): Target[] {
  return binding.targetType === 'ip' ? ipTargets(resources, binding) : instanceTargets(resources, binding)
}

/** Whether pods are targets of a stack's own target groups: then their addresses count, and the nodes' alone do not do. */
export function hasPodTargets({ resources }: Stack): boolean {
  return Object.values(resources['K8S::ElasticLoadBalancingV2::TargetGroupBinding'] ?? {}).some(
    ({ spec }) => spec.template.spec.targetType === 'ip'
  )
}

/** ARNs that a stack names literally: target groups that somebody else made. */
function foreignARNs(stack: Stack): Set<string> {
  const actions = [
    ...specsOf(stack, 'listener').flatMap(({ defaultActions }) => defaultActions),
    ...specsOf(stack, 'rule').flatMap(({ actions }) => actions)
  ]
  const groups = actions.flatMap(({ forwardConfig }) => forwardConfig?.targetGroups ?? [])
  return new Set(groups.flatMap(({ targetGroupARN }) => (typeof targetGroupARN === 'string' ? targetGroupARN : [])))
}

function bindsTo({ spec }: TargetGroupBinding, arn: string): boolean {
  return (
    spec?.targetGroupARN === arn ||
    (spec?.targetGroupName !== undefined && targetGroupNameOf(arn) === spec.targetGroupName)
  )
}

/**
 * The targets that the controller would register in each target group of a stack: by target group resource ID, or by ARN
 * where the target group is somebody else's and a TargetGroupBinding of the cluster fills it
 * (LBC: pkg/targetgroupbinding/resource_manager.go, reconcileWithInstanceTargetType and reconcileWithIPTargetType).
 */
export function targetsOf(stack: Stack, resources: Resources): Map<string, Target[]> {
  const own = specEntries(stack, 'targetGroupBinding').map(([id, spec]): [string, Target[]] => {
    const { metadata, spec: template } = spec.template
    const nodeSelector = template.nodeSelector as LabelSelector | undefined
    const { targetType, serviceRef } = template
    return [id, targetsOfBinding(resources, { ...metadata, targetType, serviceRef, nodeSelector })]
  })
  const foreign = [...foreignARNs(stack)].flatMap((arn): [string, Target[]][] => {
    const bound = resources.list('TargetGroupBinding').filter(binding => bindsTo(binding, arn))
    if (bound.length === 0) {
      return []
    }
    const targets = bound.flatMap(({ metadata: { name, namespace }, spec }) =>
      spec?.serviceRef
        ? targetsOfBinding(resources, {
            name,
            namespace,
            targetType: spec.targetType,
            serviceRef: spec.serviceRef,
            nodeSelector: spec.nodeSelector
          })
        : []
    )
    return [[arn, targets]]
  })
  return new Map([...own, ...foreign, ...instancesOf(stack, resources)])
}

/** The instances of a Classic Load Balancer, each at the port of its first listener: listeners have ports of their own. */
function instancesOf(stack: Stack, resources: Resources): [string, Target[]][] {
  const spec = classicLoadBalancer(stack)
  const [first] = spec?.listeners ?? []
  if (!spec || !first) {
    return []
  }
  const nodes = eligibleNodes(resources.list('Node'), spec.nodeLabels && { matchLabels: spec.nodeLabels })
  return [[applicationLoadBalancerID, nodes.flatMap(node => instanceAt(node, first.instancePort))]]
}
