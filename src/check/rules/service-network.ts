import { clientAtTargets } from '../../elbv2/index.ts'
import type { Change } from '../../failure.ts'
import { objectName, type Service } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import {
  annotationOf,
  attributeOf,
  type FrontDoor,
  frontDoors,
  portPath,
  serviceAnnotation
} from '../facts/front-door.ts'
import { proxiesOf, proxySetting, workloadOf } from '../facts/proxy-config.ts'
import { annotationPath, type Problem, type Rule } from '../rule.ts'

const rangesName = 'service.beta.kubernetes.io/load-balancer-source-ranges'
const crossZone = 'load_balancing.cross_zone.enabled'

function loadBalancerOf({ plan }: FrontDoor) {
  return plan.stack?.resources['AWS::ElasticLoadBalancingV2::LoadBalancer']?.LoadBalancer?.spec
}

/** An attribute beside those that an annotation has. */
function withAttribute(service: Service, name: string, attribute: string): Change {
  const before = annotationOf(service, name)
  return { path: annotationPath(serviceAnnotation(name)), value: before ? `${before},${attribute}` : attribute }
}

/** Ranges that whoever makes the load balancer does not put anywhere (LBC: buildLoadBalancerSecurityGroups, …NetworkingLegacy). */
export const sourceRangesIgnored: Rule = {
  code: 'SOURCE_RANGES_IGNORED',
  severity: 'error',
  *find(context) {
    for (const door of frontDoors(context)) {
      const { service, listeners, plan, isClassic } = door
      const hasField = (service.spec?.loadBalancerSourceRanges ?? []).length > 0
      const hasAnnotation = service.metadata.annotations?.[rangesName] !== undefined
      if (!(hasField || hasAnnotation) || !plan.stack) {
        continue
      }
      const readsGroups = plan.by === 'controller' || isClassic
      const listed = readsGroups ? annotationOf(service, 'security-groups') : undefined
      const isOpen = !isClassic && !loadBalancerOf(door)?.securityGroups?.length
      const hides =
        isOpen &&
        plan.by === 'controller' &&
        listeners.every(({ targetGroup }) => targetGroup && !clientAtTargets(targetGroup).preserveClientIP)
      const isListed = listed !== undefined && !isOpen && listed.trim() !== ''
      if (!isListed && !hides) {
        continue
      }
      yield {
        object: service,
        path: hasField ? ['spec', 'loadBalancerSourceRanges'] : annotationPath(rangesName),
        message: isListed
          ? `the source ranges of ${objectName(service)} have no effect: its load balancer has the security groups ${listed}, and nobody puts ranges into those`
          : `the source ranges of ${objectName(service)} have no effect: its load balancer has no security groups and hides the addresses of clients, so that nodes only see the load balancer's`,
        expected: isListed ? 'rules in those security groups' : 'a load balancer with security groups',
        actual:
          (service.spec?.loadBalancerSourceRanges ?? []).join(', ') || service.metadata.annotations?.[rangesName] || '',
        ...(!isListed && {
          changes: [{ path: annotationPath(serviceAnnotation('disable-nlb-sg')), remove: true as const }]
        }),
        hint: isListed
          ? `put the ranges into ${listed}, or remove ${serviceAnnotation('security-groups')}`
          : `remove ${serviceAnnotation('disable-nlb-sg')}`
      }
    }
  }
}

/** With addresses kept, a client on the node that its connection is sent to never gets an answer (AWS: NLB troubleshooting). */
export const hairpin: Rule = {
  code: 'CLIENT_ADDRESS_HAIRPIN',
  severity: 'info',
  *find(context) {
    for (const door of frontDoors(context)) {
      const { service, listeners } = door
      const kept = listeners.find(
        ({ targetGroup, protocol }) =>
          targetGroup?.targetType === 'instance' &&
          clientAtTargets(targetGroup).preserveClientIP &&
          ['TCP', 'TLS'].includes(protocol)
      )
      if (!kept || loadBalancerOf(door)?.scheme !== 'internal') {
        continue
      }
      yield {
        object: service,
        path: ['metadata', 'name'],
        message: `the load balancer of ${objectName(service)} keeps the addresses of clients: a pod of this cluster that calls it times out whenever its own node is the target`,
        expected: 'preserve_client_ip.enabled=false, or ip targets',
        actual: 'instance targets that see client addresses',
        changes: [withAttribute(service, 'target-group-attributes', 'preserve_client_ip.enabled=false')],
        hint: `set ${serviceAnnotation('target-group-attributes')}: preserve_client_ip.enabled=false, with PROXY protocol where the gateway needs the address`
      }
    }
  }
}

/** Each address of the load balancer uses the targets of its own zone alone (AWS: cross-zone load balancing). */
export const crossZoneOff: Rule = {
  code: 'CROSS_ZONE_OFF',
  severity: 'warning',
  *find(context) {
    for (const door of frontDoors(context)) {
      const { service, listeners } = door
      const spec = loadBalancerOf(door)
      const replicas = workloadOf(context, service)?.spec?.replicas
      const zones = spec?.subnetMapping.length ?? 0
      const isOn = spec?.loadBalancerAttributes?.some(({ key, value }) => key === crossZone && value === 'true')
      const bound = listeners.find(({ targetGroup }) => {
        const isLocal = service.spec?.externalTrafficPolicy === 'Local'
        return (
          targetGroup && attributeOf(targetGroup, crossZone) !== 'true' && (targetGroup.targetType === 'ip' || isLocal)
        )
      })
      // Where two zones have one pod, DNS has its one address, and that is all there is.
      if (!spec || isOn || replicas === undefined || replicas >= zones || zones < 3 || !bound) {
        continue
      }
      yield {
        object: service,
        path: ['metadata', 'name'],
        message: `the load balancer of ${objectName(service)} has an address in each of ${zones} zones, and ${replicas} pod${replicas === 1 ? '' : 's'} for them: cross-zone load balancing is off, so that addresses of zones without a pod go out of DNS or time out`,
        expected: `${crossZone}=true, or ${zones} pods in ${zones} zones`,
        actual: `${replicas} replicas`,
        changes: [withAttribute(service, 'attributes', `${crossZone}=true`)],
        hint: `set ${serviceAnnotation('attributes')}: ${crossZone}=true`
      }
    }
  }
}

/** Two protocols on one number are one listener, or they are none (LBC: buildListenersWithTCPUDPSupport; #4405, #2275). */
export const portOfTwoProtocols: Rule = {
  code: 'PORT_OF_TWO_PROTOCOLS',
  severity: 'error',
  *find(context) {
    for (const { service, plan, listeners } of frontDoors(context)) {
      const byNumber = Map.groupBy(service.spec?.ports ?? [], ({ port }) => port)
      for (const [number, [first, second]] of byNumber) {
        if (!first || !second || plan.by !== 'controller' || !plan.stack) {
          continue
        }
        const listener = listeners.find(({ servicePort }) => servicePort.port === number)
        const isMerged = listener?.protocol === 'TCP_UDP' || listener?.protocol === 'TCP_QUIC'
        if (isMerged && (listener.targetGroup?.targetType === 'ip' || first.nodePort === second.nodePort)) {
          continue
        }
        const name = serviceAnnotation('enable-tcp-udp-listener')
        yield {
          object: service,
          path: portPath(service, second),
          message: isMerged
            ? `port ${number} of ${objectName(service)} has the node port ${first.nodePort} for ${first.protocol ?? 'TCP'} and ${second.nodePort} for ${second.protocol ?? 'TCP'}: its one target group sends both to ${first.nodePort}`
            : `port ${number} of ${objectName(service)} is there for ${first.protocol ?? 'TCP'} and for ${second.protocol ?? 'TCP'}: only the listener of ${first.protocol ?? 'TCP'} is made`,
          expected: isMerged ? `nodePort ${first.nodePort} for both` : `${name}: "true"`,
          actual: isMerged ? String(second.nodePort) : 'not set',
          changes: [
            { path: annotationPath(name), value: 'true' },
            ...(listener?.targetGroup?.targetType === 'instance' && first.nodePort !== second.nodePort
              ? [{ path: [...portPath(service, second), 'nodePort'], value: first.nodePort! }]
              : [])
          ],
          hint: isMerged ? `set nodePort: ${first.nodePort} on both ports` : `set ${name}: "true"`
        }
      }
    }
  }
}

function hasScheme({ service, plan }: FrontDoor): boolean {
  const isRead = plan.by === 'controller' && annotationOf(service, 'scheme') !== undefined
  return isRead || annotationOf(service, 'internal') !== undefined
}

/** The controller's default is internal, the cloud provider's internet-facing: a Service without a word moves between them. */
export const schemeNotSaid: Rule = {
  code: 'SCHEME_NOT_SAID',
  severity: 'info',
  *find(context) {
    for (const door of frontDoors(context)) {
      const { service, plan } = door
      if (hasScheme(door) || !plan.stack || Object.keys(plan.stack.resources).length === 0) {
        continue
      }
      const isOwn = plan.by === 'controller'
      yield {
        object: service,
        path: ['metadata', 'name'],
        message: `${objectName(service)} does not say whether its load balancer faces the internet: ${isOwn ? 'the AWS Load Balancer Controller makes it internal' : 'the cloud provider makes it internet-facing'}, ${isOwn ? 'the cloud provider would make it internet-facing' : 'the AWS Load Balancer Controller would make it internal'}`,
        expected: 'internal or internet-facing',
        actual: 'not set',
        changes: [
          isOwn
            ? { path: annotationPath(serviceAnnotation('scheme')), value: 'internal' }
            : { path: annotationPath(serviceAnnotation('internal')), value: 'false' }
        ],
        hint: isOwn ? `set ${serviceAnnotation('scheme')}` : `set ${serviceAnnotation('internal')}: "true" or "false"`
      }
    }
  }
}

/** A Network or Classic Load Balancer in TCP mode adds no header: what a gateway trusts of them the client wrote. */
export function* trustedWithoutProxy(context: Context): Generator<Problem> {
  for (const { service, plan, isClassic, listeners } of frontDoors(context)) {
    const hasIngress = context.backends.some(backend => backend.service === service)
    const isHTTP = isClassic && listeners.some(({ protocol }) => protocol === 'HTTP' || protocol === 'HTTPS')
    const proxies = hasIngress || isHTTP || !plan.stack ? undefined : proxiesOf(context, service)
    const trusted =
      proxies &&
      proxySetting(proxies, config => config.gatewayTopology?.numTrustedProxies, 'gatewayTopology', 'numTrustedProxies')
    const isPublic = loadBalancerScheme(plan) === 'internet-facing'
    const isGuarded =
      (service.spec?.loadBalancerSourceRanges ?? []).length > 0 ||
      annotationOf(service, 'security-group-prefix-lists') !== undefined ||
      annotationOf(service, 'security-groups') !== undefined
    if (!trusted || !(trusted.value > 0) || !isPublic || isGuarded) {
      continue
    }
    yield {
      object: trusted.object,
      path: trusted.path,
      message: `${objectName(proxies.installation)} trusts ${trusted.value} ${trusted.value === 1 ? 'proxy' : 'proxies'}, and the load balancer of ${objectName(service)} adds no X-Forwarded-For: the client's address is whatever the client writes there`,
      expected: 'numTrustedProxies: 0',
      actual: `numTrustedProxies: ${trusted.value}`,
      changes: [{ path: trusted.place, value: 0 }],
      hint: 'set gatewayTopology.numTrustedProxies: 0; the address comes in the PROXY header, or is kept'
    }
  }
}

function loadBalancerScheme({ stack }: FrontDoor['plan']): string | undefined {
  const resources = stack?.resources
  const [network] = Object.values(resources?.['AWS::ElasticLoadBalancingV2::LoadBalancer'] ?? {})
  const [classic] = Object.values(resources?.['AWS::ElasticLoadBalancing::LoadBalancer'] ?? {})
  return (network ?? classic)?.spec.scheme
}
