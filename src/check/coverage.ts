/**
 * What of the objects was looked at. Nothing passes in silence: what was not looked at is named, with the reason.
 *
 * @module
 */

import { isIstioIngress } from '../istio/index.ts'
import { keyOf, type Plan, stackPlansOf } from '../model/index.ts'
import {
  type Gateway,
  gatewayAPIGroup,
  gatewayConfigurationGroup,
  hasControllerAnnotations,
  type Ingress,
  isGateway,
  isOfIstio,
  type KubernetesObject,
  kindOf,
  objectName,
  operatorKey,
  parametersOf,
  type Resources,
  type Service
} from '../resources/index.ts'
import { isOfAnotherController } from './facts/unknown-class.ts'
import { because, groupOf, isInside, reasonOfAttached, reasonOfGateway } from './gateway-coverage.ts'

/** Objects that no rule looked at. */
export interface NotLookedAt {
  /** `Kind namespace/name`, or how many of a kind there are. */
  object: string
  reason: string
  /** All objects of a kind, or of a class, that has no part in the edge. */
  ofKind?: true
  /** Where the object was read. */
  file?: string
  line?: number
}

/** What this project's chart leaves to whoever runs the gateway, where its values make no object at all. */
export const gatewayOfOthers: NotLookedAt = {
  object: "the gateway's Service",
  reason:
    "the values render no object: with gateway.provider existing it is somebody else's, and only loadBalancer.type application puts an object in front of it; pipe it (kubectl get service -o yaml, helm template of its chart) to istio-alb check -"
}

export interface Coverage {
  /** Objects that were looked at. */
  lookedAt: number
  notLookedAt: NotLookedAt[]
  /** Nothing asks for a load balancer, so that no request leads to what was looked at. */
  unasked?: true
}

/** Kinds that have a part in the edge, whatever their objects say; the others below depend on what they say. */
const partOfTheEdge = new Set([
  'IngressClass',
  'IngressClassParams',
  'IngressClassParams.eks.amazonaws.com',
  'TargetGroupBinding',
  'Secret',
  'Namespace',
  'Node',
  'Pod',
  'EndpointSlice',
  'Deployment',
  'DaemonSet',
  'StatefulSet',
  'Rollout',
  'NetworkPolicy',
  'PodDisruptionBudget',
  'IstioOperator'
])

/** API groups all of whose kinds speak to the gateway: what of them is not evaluated, findings and traces name. */
const gatewayGroups = ['networking.istio.io', 'security.istio.io', 'telemetry.istio.io', 'extensions.istio.io']

/** API groups whose objects have a chart or a folder deployed, by Flux, and the kinds of Argo CD that do. */
const deployingGroups = ['helm.toolkit.fluxcd.io', 'kustomize.toolkit.fluxcd.io']
const deployingKinds = ['Application', 'ApplicationSet']

/** Kinds of the Gateway API that belong to Gateways by naming them. */
const attachedKinds = new Set(['HTTPRoute', 'GRPCRoute', 'TCPRoute', 'UDPRoute', 'TLSRoute', 'ListenerSet'])

/** Of kinds of the Gateway API that are on trial. */
const experimentalGroup = 'gateway.networking.x-k8s.io'

/** Of AWS's other controller for Gateways, whose Lattice is no load balancer. */
const latticeGroup = 'application-networking.k8s.aws'

/** Why an Ingress is in no plan. */
function reasonOfIngress(ingress: Ingress, resources: Resources): string {
  const annotated = ingress.metadata.annotations?.['kubernetes.io/ingress.class']
  if (annotated !== undefined) {
    return `its class ${annotated}, by annotation, is not the AWS Load Balancer Controller's`
  }
  const { ingressClassName: name } = ingress.spec ?? {}
  const without = hasControllerAnnotations(ingress) ? '' : ' and it has no alb annotations'
  if (name === undefined) {
    return `it names no class, no IngressClass among the objects is the default${without}`
  }
  const found = resources.find('IngressClass', name)
  return found
    ? `its class ${name} is of the controller ${found.spec?.controller ?? 'that it does not name'}`
    : `its class ${name} is not among the objects${without}`
}

/** Why a Service that asks for a load balancer gets none; undefined for all others. */
function reasonOfService(service: Service, planned: ReadonlySet<string>): string | undefined {
  const { spec } = service
  if (spec?.type !== 'LoadBalancer' || planned.has(`Service ${keyOf(service)}`)) {
    return undefined
  }
  const { loadBalancerClass } = spec
  if (loadBalancerClass === 'eks.amazonaws.com/nlb') {
    return 'EKS Auto Mode makes its load balancer, by rules that are not modelled; as a backend it is looked at'
  }
  return loadBalancerClass === undefined
    ? 'nobody makes the load balancer that it asks for; as a backend it is looked at'
    : `its class ${loadBalancerClass} is neither the AWS Load Balancer Controller's nor the cloud provider's; as a backend it is looked at`
}

/** A ConfigMap with the mesh's configuration, or an IstioOperator, in it. */
function isConfiguration(object: KubernetesObject): boolean {
  const { data = {} } = object as { data?: Record<string, unknown> }
  return object.kind === 'ConfigMap' && ('mesh' in data || operatorKey in data)
}

/** A ConfigMap that istiod lays over what it makes of a Gateway. */
function isParameters(object: KubernetesObject, resources: Resources): boolean {
  const gateways = (resources.list('Gateway') as Gateway[]).filter(one => isGateway(one) && isOfIstio(one, resources))
  return object.kind === 'ConfigMap' && gateways.some(one => parametersOf(one, resources).includes(object))
}

/** Why an object was not looked at; undefined for one that was. `kind`: its whole kind is passed over. */
function reasonOf(
  object: KubernetesObject,
  resources: Resources,
  planned: ReadonlySet<string>,
  plan: Plan
): { reason: string; ofKind?: true } | undefined {
  const kind = kindOf(object)
  const group = groupOf(object)
  if (kind === 'Ingress') {
    const ingress = object as Ingress
    return planned.has(keyOf(ingress)) || isIstioIngress(ingress, resources)
      ? undefined
      : because(reasonOfIngress(ingress, resources))
  }
  if (kind === 'Service') {
    return because(reasonOfService(object as Service, planned))
  }
  if (isGateway(object)) {
    const found = because(reasonOfGateway(object as Gateway, resources, plan))
    return found && isInside(object as Gateway, resources) ? { ...found, ofKind: true } : found
  }
  if (attachedKinds.has(kind) && group === gatewayAPIGroup) {
    return reasonOfAttached(object, resources, plan)
  }
  if (group === gatewayConfigurationGroup) {
    return plan.gateways.length > 0 ? undefined : because("no Gateway of the controller's is among the objects")
  }
  if (
    partOfTheEdge.has(kind) ||
    group === gatewayAPIGroup ||
    gatewayGroups.includes(group) ||
    isConfiguration(object) ||
    isParameters(object, resources)
  ) {
    return undefined
  }
  if (deployingGroups.includes(group) || (group === 'argoproj.io' && deployingKinds.includes(kind))) {
    return {
      reason: 'what it deploys is not among the objects: name the output of helm template or kustomize too',
      ofKind: true
    }
  }
  if (group === experimentalGroup) {
    return because(
      `it is experimental: Istio and the AWS Load Balancer Controller read ${object.kind.replace(/^X/, '')} of ${gatewayAPIGroup} in its place`
    )
  }
  if (kind.startsWith('Ingress.')) {
    return because(`no API server takes ${object.apiVersion} any more`)
  }
  return group === latticeGroup
    ? because('the AWS Gateway API Controller makes no load balancers of it')
    : { reason: 'the kind has no part in the edge', ofKind: true }
}

/**
 * Tells what of the objects was looked at.
 *
 * @param given the objects as they were given, without what was assumed.
 * @param plan the plan of the completed objects.
 */
export function coverageOf(given: Resources, plan: Plan): Coverage {
  const ingresses = new Map(given.list('Ingress').map(ingress => [keyOf(ingress), ingress]))
  function isOthers(key: string, error: string): boolean {
    const ingress = ingresses.get(key)
    return ingress !== undefined && isOfAnotherController(ingress, error)
  }
  const planned = new Set([
    ...plan.groups.flatMap(({ members, inactiveMembers }) => [...members, ...inactiveMembers]),
    ...plan.services.map(({ id }) => `Service ${id}`),
    ...plan.unloadable.flatMap(({ ingress: key, error }) => (isOthers(key, error) ? [] : [key]))
  ])
  const ofKind = new Map<string, { kind: string; count: number; reason: string }>()
  const notLookedAt: NotLookedAt[] = []
  const objects = given.all()
  for (const object of objects) {
    const found = reasonOf(object, given, planned, plan)
    if (found?.ofKind) {
      const key = `${kindOf(object)} ${found.reason}`
      const { count = 0 } = ofKind.get(key) ?? {}
      ofKind.set(key, { kind: kindOf(object), count: count + 1, reason: found.reason })
    } else if (found) {
      const position = given.originOf(object)?.positionOf(['metadata', 'name'])
      notLookedAt.push({
        object: objectName(object),
        reason: found.reason,
        ...(position && { file: position.file, line: position.line })
      })
    }
  }
  const kinds = [...ofKind.values()].map(({ kind, count, reason }) => ({
    object: `${count} ${kind}`,
    reason,
    ofKind: true as const
  }))
  const passed = notLookedAt.length + [...ofKind.values()].reduce((sum, { count }) => sum + count, 0)
  const isAsked = stackPlansOf(plan).length > 0 || plan.unloadable.length > 0
  return {
    lookedAt: objects.length - passed,
    notLookedAt: [...notLookedAt, ...kinds],
    ...(!isAsked && { unasked: true })
  }
}
