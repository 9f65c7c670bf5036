/**
 * The values of this project's chart that a Network or Classic Load Balancer's Service comes from.
 *
 * @module
 */
import { ownEntry } from '../own-entry.ts'
import { serviceAnnotationPrefix } from '../resources/index.ts'
import { isMapping, type Values } from '../values/index.ts'

const shared = {
  type: 'scheme',
  internal: 'scheme',
  'proxy-protocol': 'proxyProtocol',
  'cross-zone-load-balancing-enabled': 'crossZone',
  'additional-resource-tags': 'tags',
  'backend-protocol': 'certificateArns',
  'ssl-cert': 'certificateArns',
  'ssl-ports': 'certificateArns',
  'ssl-negotiation-policy': 'sslPolicy',
  'healthcheck-interval': 'healthCheck.intervalSeconds',
  'healthcheck-timeout': 'healthCheck.timeoutSeconds',
  'healthcheck-healthy-threshold': 'healthCheck.healthyThresholdCount',
  'healthcheck-unhealthy-threshold': 'healthCheck.unhealthyThresholdCount'
}

/**
 * The key below `network` or `classic` that sets each annotation, by its name without `aws-load-balancer-`: what the chart's
 * template `annotationOwners` says, and a test compares.
 */
export const serviceAnnotationKeys = {
  network: {
    ...shared,
    'nlb-target-type': 'targetType',
    scheme: 'scheme',
    name: 'name',
    attributes: 'attributes',
    'security-groups': 'securityGroups',
    'alpn-policy': 'alpnPolicy',
    subnets: 'subnets',
    'eip-allocations': 'eipAllocations',
    'target-group-attributes': 'targetGroupAttributes',
    'healthcheck-port': 'healthCheck',
    'healthcheck-protocol': 'healthCheck',
    'healthcheck-path': 'healthCheck.path'
  },
  classic: {
    ...shared,
    'connection-idle-timeout': 'idleTimeoutSeconds',
    'connection-draining-enabled': 'healthCheck',
    'connection-draining-timeout': 'healthCheck'
  }
} as const satisfies Record<string, Readonly<Record<string, string>>>

/** The type of load balancer that the Service makes, by which its values are called; undefined where it makes none. */
function makerOf({ loadBalancer }: Values): keyof typeof serviceAnnotationKeys | undefined {
  const type = isMapping(loadBalancer) ? loadBalancer.type : undefined
  return type === 'network' || type === 'classic' ? type : undefined
}

/** An annotation for the load balancer that the Service makes: of a value of its own, or of a free map. */
export function ownLoadBalancerKey(name: string, values: Values): string[] | undefined {
  const maker = makerOf(values)
  if (!maker) {
    return undefined
  }
  const own = values[maker]
  if (isMapping(own) && isMapping(own.annotations) && own.annotations[name] !== undefined) {
    return [maker, 'annotations', name]
  }
  const start = `${serviceAnnotationPrefix}aws-load-balancer-`
  const key = name.startsWith(start) ? ownEntry(serviceAnnotationKeys[maker], name.slice(start.length)) : undefined
  return key === undefined ? undefined : [maker, ...key.split('.')]
}

/** A field of the Service that is there for its load balancer. */
export function loadBalancerFieldKey(field: string | undefined, values: Values): string[] | undefined {
  const maker = makerOf(values)
  switch (maker && field) {
    case 'loadBalancerSourceRanges':
      return [maker!, 'sourceRanges']
    case 'loadBalancerClass':
      return [maker!, 'controller']
    case 'allocateLoadBalancerNodePorts':
      return ['gateway', 'service', 'nodePorts']
    default:
      return undefined
  }
}
