import { ownEntry } from '../own-entry.ts'
import { annotationPrefix, type Path } from '../resources/index.ts'
import type { Values } from '../values/index.ts'
import { loadBalancerFieldKey, ownLoadBalancerKey } from './service-values-key.ts'

/**
 * The values key that sets each annotation, by the annotation's name without the prefix: what the chart's template
 * `annotationOwners` says, and a test compares.
 */
export const annotationKeys: Readonly<Record<string, string>> = {
  scheme: 'ingress.scheme',
  'target-type': 'ingress.targetType',
  'load-balancer-name': 'ingress.loadBalancerName',
  subnets: 'ingress.subnets',
  'listen-ports': 'ingress.listeners',
  'ssl-redirect': 'ingress.sslRedirect',
  'certificate-arn': 'ingress.certificateArns',
  'ssl-policy': 'ingress.sslPolicy',
  'wafv2-acl-arn': 'ingress.wafv2AclArn',
  tags: 'ingress.tags',
  'healthcheck-port': 'ingress.healthCheck.port',
  'healthcheck-protocol': 'ingress.healthCheck.port',
  'healthcheck-path': 'ingress.healthCheck.path',
  'healthcheck-interval-seconds': 'ingress.healthCheck.intervalSeconds',
  'healthcheck-timeout-seconds': 'ingress.healthCheck.timeoutSeconds',
  'healthy-threshold-count': 'ingress.healthCheck.healthyThresholdCount',
  'unhealthy-threshold-count': 'ingress.healthCheck.unhealthyThresholdCount',
  'success-codes': 'ingress.healthCheck.successCodes',
  'backend-protocol': 'gateway.backend',
  'ip-address-type': 'ingress.ipAddressType',
  'security-groups': 'ingress.securityGroups',
  'manage-backend-security-group-rules': 'ingress.manageBackendSecurityGroupRules',
  'inbound-cidrs': 'ingress.inboundCidrs',
  'security-group-prefix-lists': 'ingress.prefixLists',
  'group.name': 'ingress.group.name',
  'group.order': 'ingress.group.order',
  'mutual-authentication': 'ingress.mutualAuthentication.mode',
  'wafv2-acl-name': 'ingress.wafv2AclName',
  'shield-advanced-protection': 'ingress.shieldAdvancedProtection',
  'load-balancer-attributes': 'ingress.loadBalancerAttributes',
  'target-group-attributes': 'ingress.targetGroupAttributes',
  'minimum-load-balancer-capacity': 'ingress.minimumCapacityUnits',
  'backend-protocol-version': 'ingress.backendProtocolVersion',
  'auth-type': 'ingress.authentication.type',
  'auth-idp-oidc': 'ingress.authentication.oidc',
  'auth-idp-cognito': 'ingress.authentication.cognito',
  'auth-on-unauthenticated-request': 'ingress.authentication.onUnauthenticatedRequest',
  'auth-scope': 'ingress.authentication.scope',
  'auth-session-cookie': 'ingress.authentication.sessionCookie',
  'auth-session-timeout': 'ingress.authentication.sessionTimeoutSeconds'
}

/** The ports of the gateway in the order in which the chart lists them on the Service. */
const portKeys = ['status', 'http2', 'https']

function at(values: Values | undefined, ...path: string[]): unknown {
  return path.reduce<unknown>((value, step) => (value as Values | undefined)?.[step], values)
}

/** An annotation of the Ingress or the gateway's Service: set by a value of its own, or in the free map of annotations. */
function annotationKey(name: string, values: Values): string[] | undefined {
  if (at(values, 'ingress', 'annotations', name) !== undefined) {
    return ['ingress', 'annotations', name]
  }
  if (at(values, 'gateway', 'service', 'annotations', name) !== undefined) {
    return ['gateway', 'service', 'annotations', name]
  }
  if (!name.startsWith(annotationPrefix)) {
    return undefined
  }
  const suffix = name.slice(annotationPrefix.length)
  const [, protocol] = /^listener-attributes\.(HTTPS?)-/.exec(suffix) ?? []
  if (protocol) {
    return ['ingress', 'listenerAttributes', protocol.toLowerCase()]
  }
  if (/^(actions|conditions)\./.test(suffix)) {
    return ['ingress', 'routes']
  }
  return ownEntry(annotationKeys, suffix)?.split('.')
}

/** The key that sets an annotation of the load balancer, whichever object has it; undefined for one that none does. */
export function annotationValuesKey(name: string, values: Values): string[] | undefined {
  return ownLoadBalancerKey(name, values) ?? annotationKey(name, values)
}

function servicePortKey(steps: readonly string[]): string[] | undefined {
  const port = portKeys[Number(steps[0])]
  return port === undefined ? ['gateway', 'ports'] : ['gateway', 'ports', port, ...steps.slice(1, 2)]
}

function serviceKey([top, field, ...rest]: readonly string[], values: Values): string[] | undefined {
  if (top === 'metadata' && field === 'annotations') {
    return annotationValuesKey(rest[0] ?? '', values)
  }
  if (field === 'ports') {
    return servicePortKey(rest)
  }
  if (field === 'externalTrafficPolicy') {
    return ['gateway', 'externalTrafficPolicy']
  }
  return loadBalancerFieldKey(field, values) ?? ['gateway', 'name']
}

function ingressKey([top, field, ...rest]: readonly string[], values: Values): string[] | undefined {
  if (top === 'metadata') {
    if (field === 'annotations') {
      return annotationKey(rest[0] ?? '', values) ?? ['ingress', 'annotations']
    }
    return ['ingress', field === 'labels' ? 'labels' : 'name']
  }
  if (field === 'ingressClassName') {
    return ['ingress', 'className']
  }
  if (field !== 'rules') {
    return undefined
  }
  // The routes come first, a rule each; then one rule a host, which leads to the gateway.
  const routes = at(values, 'ingress', 'routes')
  const index = Number(rest[0])
  const count = Array.isArray(routes) ? routes.length : 0
  if (index < count) {
    return ['ingress', 'routes', String(index)]
  }
  if (rest.includes('backend')) {
    return rest.includes('port') ? ['gateway', 'backend'] : ['gateway', 'name']
  }
  return ['ingress', 'hosts', String(index - count)]
}

function operatorKey([top, field, ...rest]: readonly string[], values: Values): string[] | undefined {
  if (top !== 'spec') {
    return ['gateway', 'istioOperator', top === 'metadata' ? 'name' : 'render']
  }
  if (field !== 'components') {
    return ['gateway', 'istioOperator', ...(field === undefined ? [] : [field])]
  }
  const k8s = rest.slice(rest.indexOf('k8s') + 1)
  if (k8s[0] === 'serviceAnnotations') {
    return serviceKey(['metadata', 'annotations', ...k8s.slice(1)], values)
  }
  if (k8s[0] === 'service') {
    return serviceKey(['spec', ...k8s.slice(1)], values)
  }
  if (k8s[0] === 'podAnnotations' || k8s[0] === 'overlays') {
    return ['gateway', 'drain', 'seconds']
  }
  return ['gateway', 'istioOperator']
}

/**
 * The values key of this project's chart that a path of a rendered object comes from; undefined where none alone does.
 *
 * @param values all values merged, defaults included; of an edge, its own over the rest.
 */
export function valuesKeyOf(kind: string, path: Path, values: Values): string[] | undefined {
  const steps = path.map(String)
  switch (kind) {
    case 'Ingress':
      return ingressKey(steps, values)
    case 'Service':
      return serviceKey(steps, values)
    case 'IstioOperator':
      return operatorKey(steps, values)
    case 'ConfigMap':
      return steps[0] === 'data' ? operatorKey(steps.slice(2), values) : undefined
    case 'Deployment':
    case 'DaemonSet':
      return steps.includes('annotations') ? ['gateway', 'drain', 'seconds'] : ['gateway', 'workload']
    case 'IngressClass':
    case 'IngressClassParams':
      return ['ingress', 'class']
    case 'Gateway':
      return ['firstService']
    default:
      return undefined
  }
}
