/**
 * Services that get a load balancer of their own, and what their ports lead to.
 *
 * @module
 */
import { clientAtTargets } from '../../elbv2/index.ts'
import {
  classicLoadBalancer,
  findService,
  namespaceOf,
  type ServicePlan,
  specOf,
  type TargetGroupSpec
} from '../../model/index.ts'
import { type Service, type ServicePort, serviceAnnotationPrefix } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { type GatewayServer, serversBehind } from './gateway.ts'

/** A port that clients of a Service's load balancer reach. */
export interface FrontListener {
  servicePort: ServicePort
  protocol: string
  /** Whether the load balancer ends TLS. */
  decrypts: boolean
  /** Whether it speaks TLS to targets. */
  encrypts: boolean
  /** Whether it puts a PROXY header before the bytes. */
  sendsProxy: boolean
  /** None of a Classic Load Balancer. */
  targetGroup?: TargetGroupSpec
  /** The servers of Istio's gateway behind it. */
  servers: GatewayServer[]
}

/** A Service with a load balancer of its own. */
export interface FrontDoor {
  service: Service
  plan: ServicePlan
  isClassic: boolean
  /** None where the plan has failed. */
  listeners: FrontListener[]
}

/** The full name of an annotation of Services: `aws-load-balancer-NAME`. */
export function serviceAnnotation(name: string): string {
  return `${serviceAnnotationPrefix}aws-load-balancer-${name}`
}

/** What a Service's annotation says. */
export function annotationOf({ metadata }: Service, name: string): string | undefined {
  return metadata.annotations?.[serviceAnnotation(name)]
}

/** An attribute of a target group. */
export function attributeOf({ targetGroupAttributes = [] }: TargetGroupSpec, name: string): string | undefined {
  return targetGroupAttributes.find(({ key }) => key === name)?.value
}

function listenersOf(
  context: Pick<Context, 'resources'>,
  service: Service,
  { stack, id }: ServicePlan
): FrontListener[] {
  const ports = service.spec?.ports ?? []
  const classic = classicLoadBalancer(stack)
  if (classic) {
    return classic.listeners.flatMap(({ loadBalancerPort, protocol, instanceProtocol }) => {
      const servicePort = ports.find(({ port }) => port === loadBalancerPort)
      return servicePort
        ? [
            {
              servicePort,
              protocol,
              decrypts: protocol === 'SSL' || protocol === 'HTTPS',
              encrypts: instanceProtocol === 'SSL' || instanceProtocol === 'HTTPS',
              sendsProxy: classic.proxyProtocol,
              servers: serversBehind(context, { service, port: servicePort })
            }
          ]
        : []
    })
  }
  // Of two ports with one number the first has the listener.
  const withListener = ports.filter(({ port }, index) => ports.findIndex(other => other.port === port) === index)
  return withListener.flatMap(servicePort => {
    const listener = specOf(stack, 'listener', String(servicePort.port))
    const targetGroup = specOf(stack, 'targetGroup', `${id}:${servicePort.port}`)
    return listener && targetGroup
      ? [
          {
            servicePort,
            protocol: listener.protocol,
            decrypts: listener.protocol === 'TLS',
            encrypts: targetGroup.protocol === 'TLS',
            sendsProxy: clientAtTargets(targetGroup).proxyProtocol !== undefined,
            targetGroup,
            servers: serversBehind(context, { service, port: servicePort })
          }
        ]
      : []
  })
}

const known = new WeakMap<object, FrontDoor[]>()

/** Every Service that gets a load balancer, whoever makes it; worked out once for a context. */
export function frontDoors(context: Pick<Context, 'resources' | 'plan'>): FrontDoor[] {
  const before = known.get(context)
  if (before) {
    return before
  }
  const doors = context.plan.services.flatMap((plan): FrontDoor[] => {
    const [namespace, name] = plan.id.split('/') as [string, string]
    const service = findService(context.resources, namespace, name)
    return service
      ? [
          {
            service,
            plan,
            isClassic: classicLoadBalancer(plan.stack) !== undefined,
            listeners: listenersOf(context, service, plan)
          }
        ]
      : []
  })
  known.set(context, doors)
  return doors
}

/** `TLS:443 of Service ns/name`. */
export function describeListener({ service }: FrontDoor, { protocol, servicePort }: FrontListener): string {
  return `${protocol}:${servicePort.port} of Service ${namespaceOf(service)}/${service.metadata.name}`
}

/** Where a port stands. */
export function portPath({ spec }: Service, servicePort: ServicePort) {
  return ['spec', 'ports', Math.max(0, (spec?.ports ?? []).indexOf(servicePort))]
}
