import type { BackendReference, Gateway, Service, ServicePort } from '../../../resources/index.ts'
import { findService } from '../../build/cluster-objects.ts'
import { ModelError } from '../../model-error.ts'
import type { GatewayConfiguration } from '../configuration/gateway-configuration.ts'
import { type BackendProperties, propertiesOf } from '../configuration/target-group-properties.ts'
import { type AnyRoute, backendNamespace } from '../objects.ts'
import type { LoadTask } from './load-task.ts'
import { routeError } from './route-status.ts'

const maxWeight = 999
/** Kind of a backend that is a target group which others made. */
const namedTargetGroup = 'TargetGroupName'

/** What a rule forwards to. */
export type Backend = {
  weight: number
  properties?: BackendProperties
} & (
  | { type: 'Service'; service: Service; servicePort: ServicePort }
  | { type: 'Gateway'; gateway: Gateway; port: number; loadBalancerARN: string }
  | { type: 'TargetGroupName'; name: string }
)

type Loaded<Type extends Backend['type']> = Omit<Extract<Backend, { type: Type }>, 'weight'>

function requirePort(route: AnyRoute, { port }: BackendReference): number {
  if (port === undefined) {
    throw routeError(route, 'Port is required', 'UnsupportedValue')
  }
  return port
}

function requireGrant(
  { objects }: LoadTask,
  route: AnyRoute,
  reference: BackendReference,
  group: string,
  kind: string
): string {
  const namespace = backendNamespace(route, reference)
  const own = backendNamespace(route, { name: '' })
  if (namespace !== own && !objects.isGranted(route, { group, kind, namespace, name: reference.name })) {
    throw routeError(route, 'No explicit ReferenceGrant exists to allow the reference.', 'RefNotPermitted')
  }
  return namespace
}

/** LBC: serviceLoader. @throws RouteError */
function loadService(
  task: LoadTask,
  route: AnyRoute,
  reference: BackendReference,
  defaults: GatewayConfiguration
): Loaded<'Service'> {
  const port = requirePort(route, reference)
  const namespace = requireGrant(task, route, reference, '', 'Service')
  const service = findService(task.resources, namespace, reference.name)
  if (!service) {
    throw routeError(route, `Service (${namespace}:${reference.name}) not found)`, 'BackendNotFound')
  }
  const servicePort = service.spec?.ports?.find(candidate => candidate.port === port)
  if (!servicePort) {
    throw routeError(route, `Unable to find service port for port ${port}`, 'BackendNotFound')
  }
  const own = task.objects.targetGroupConfigurationOf('Service', namespace, reference.name)
  const properties = propertiesOf(route, own, defaults)
  return { type: 'Service', service, servicePort, ...(properties && { properties }) }
}

/** The ARN of a Gateway's load balancer: its condition Programmed has it for a message. */
function loadBalancerOf({ status }: Gateway): string | undefined {
  return status?.conditions?.find(({ type, status: state }) => type === 'Programmed' && state === 'True')?.message
}

/** LBC: gatewayLoader. @throws RouteError, wrapped in {@link FatalError} where another run may do better. */
function loadGateway(task: LoadTask, route: AnyRoute, reference: BackendReference): Loaded<'Gateway'> {
  const port = requirePort(route, reference)
  const namespace = requireGrant(task, route, reference, 'gateway.networking.k8s.io', 'Gateway')
  const { name } = reference
  const gateway = task.objects.find('Gateway', namespace, name)
  if (!gateway) {
    throw routeError(route, `Gateway (${namespace}:${name}) not found)`, 'BackendNotFound')
  }
  const properties = propertiesOf(route, task.objects.targetGroupConfigurationOf('Gateway', namespace, name))
  const loadBalancerARN = loadBalancerOf(gateway)
  if (!loadBalancerARN) {
    const message = `Gateway (${namespace}:${name}) is not usable yet, LB ARN is not provisioned)`
    throw new FatalError(routeError(route, message, 'BackendNotFound'))
  }
  if (loadBalancerARN.split('/')[1] !== 'app') {
    const message = `invalid gateway ARN: ${loadBalancerARN}, the resource type must be application load balancer`
    throw routeError(route, message, 'BackendNotFound')
  }
  return { type: 'Gateway', gateway, port, loadBalancerARN, ...(properties && { properties }) }
}

/** An error that leaves the whole Gateway without a plan. */
export class FatalError extends Error {
  override readonly name = 'FatalError'
  override readonly cause: ModelError

  constructor(cause: ModelError) {
    super(cause.message)
    this.cause = cause
  }
}

/**
 * Loads what one entry of `backendRefs` refers to (LBC: commonBackendLoader). The group is ignored.
 *
 * @throws RouteError for one that is left out, FatalError for one that spoils the Gateway.
 */
export function loadBackend(
  task: LoadTask,
  route: AnyRoute,
  given: BackendReference,
  defaults: GatewayConfiguration
): Backend {
  // What Go has for a name that is not there.
  const reference = { ...given, name: given.name ?? '' }
  const { kind = 'Service', weight = 1, name } = reference
  const loaded =
    kind === 'Service'
      ? loadService(task, route, reference, defaults)
      : kind === namedTargetGroup
        ? { type: namedTargetGroup as 'TargetGroupName', name }
        : kind === 'Gateway'
          ? loadGateway(task, route, reference)
          : undefined
  if (!loaded) {
    throw routeError(route, 'Unknown backend reference kind', 'InvalidKind')
  }
  if (weight > maxWeight) {
    throw new FatalError(new ModelError(`Weight [${weight}] must be less than or equal to ${maxWeight}`))
  }
  return { ...loaded, weight }
}
