import { createHash } from 'node:crypto'
import type { Target } from '../alb/index.ts'
import type { Stack, TargetGroupBindingSpec } from '../model/index.ts'
import type { LabelSelector, Node, Resources, Service, ServicePort } from '../resources/index.ts'

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
const readiness = (node: Node): string =>
  node.status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'False'

const takesTraffic = (node: Node): boolean => {
  const labels = node.metadata.labels ?? {}
  if (excludedLabels.some(label => label in labels)) return false
  if (labels['eks.amazonaws.com/compute-type'] === 'fargate') return false
  return !node.spec?.taints?.some(taint =>
    excludedTaints.some(({ key, effect }) => taint.key === key && (!effect || taint.effect === effect))
  )
}

const matchesSelector = (labels: Record<string, string>, selector: LabelSelector | undefined): boolean => {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {}
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      if (operator === 'Exists') return key in labels
      if (operator === 'DoesNotExist') return !(key in labels)
      const included = key in labels && values.includes(labels[key]!)
      return operator === 'NotIn' ? !included : included
    })
  )
}

/**
 * The nodes that instance target groups register: ready ones, or, where none is ready, those whose readiness is unknown.
 * Cordoning and `externalTrafficPolicy` do not matter (LBC: GetTrafficProxyNodeSelector, FilterNodesByReadyConditionStatus).
 */
export const eligibleNodes = (nodes: Node[], selector?: LabelSelector): Node[] => {
  const candidates = nodes.filter(node => takesTraffic(node) && matchesSelector(node.metadata.labels ?? {}, selector))
  const ready = candidates.filter(node => readiness(node) === 'True')
  return ready.length > 0 ? ready : candidates.filter(node => readiness(node) === 'Unknown')
}

/** The EC2 instance ID in a node's provider ID; where there is none, as in kind, a stable one made from the node's name. */
export const instanceID = (node: Node): string =>
  /\/(i-[0-9a-f]+)$/.exec(node.spec?.providerID ?? '')?.[1] ??
  `i-${createHash('sha256').update(node.metadata.name).digest('hex').slice(0, 17)}`

const servicePort = (service: Service | undefined, reference: number | string): ServicePort | undefined =>
  service?.spec?.ports?.find(({ name, port }) => name === reference || port === reference)

const internalAddress = (node: Node): string | undefined =>
  node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address

const instanceTargets = (resources: Resources, binding: TargetGroupBindingSpec['template']): Target[] => {
  const service = resources.find('Service', binding.spec.serviceRef.name, binding.metadata.namespace)
  const nodePort = servicePort(service, binding.spec.serviceRef.port)?.nodePort
  if (!nodePort) return []
  return eligibleNodes(resources.list('Node'), binding.spec.nodeSelector as LabelSelector | undefined).flatMap(node => {
    const address = internalAddress(node)
    if (!address) return []
    const zone = node.metadata.labels?.['topology.kubernetes.io/zone']
    return [{ id: instanceID(node), address, port: nodePort, ...(zone && { zone }) }]
  })
}

const ipTargets = (resources: Resources, binding: TargetGroupBindingSpec['template']): Target[] => {
  const { name, port: reference } = binding.spec.serviceRef
  const { namespace } = binding.metadata
  const port = servicePort(resources.find('Service', name, namespace), reference)
  if (!port) return []
  const slices = resources
    .list('EndpointSlice')
    .filter(
      ({ metadata }) => metadata.namespace === namespace && metadata.labels?.['kubernetes.io/service-name'] === name
    )
  const targets = slices.flatMap(slice => {
    // A slice names its ports as the Service does; a Service with one port may leave the name empty.
    const endpointPort = slice.ports?.find(({ name = '' }) => name === (port.name ?? ''))?.port
    if (!endpointPort) return []
    return (slice.endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false && conditions?.terminating !== true)
      .flatMap(({ addresses }) => addresses.map(address => ({ id: address, address, port: endpointPort })))
  })
  return [...new Map(targets.map(target => [`${target.id}:${target.port}`, target])).values()]
}

/**
 * The targets that the controller would register in each target group of a stack, by target group resource ID
 * (LBC: pkg/targetgroupbinding/resource_manager.go, reconcileWithInstanceTargetType and reconcileWithIPTargetType).
 */
export function targetsOf(stack: Stack, resources: Resources): Map<string, Target[]> {
  const bindings = stack.resources['K8S::ElasticLoadBalancingV2::TargetGroupBinding'] ?? {}
  return new Map(
    Object.entries(bindings).map(([id, { spec }]) => [
      id,
      spec.template.spec.targetType === 'ip'
        ? ipTargets(resources, spec.template)
        : instanceTargets(resources, spec.template)
    ])
  )
}
