/** What every annotation that the controller reads for an ALB begins with. */
export const annotationPrefix = 'alb.ingress.kubernetes.io/'

/** An annotation's full name. */
export function annotationName(suffix: string): string {
  return annotationPrefix + suffix
}

/** Where an annotation is read: on the Ingress alone, or on the Service (which wins) and the Ingress. */
export type AnnotationLevel = 'ingress' | 'service-or-ingress'

const ingressLevel = [
  'load-balancer-name',
  'group.name',
  'group.order',
  'scheme',
  'ip-address-type',
  'subnets',
  'security-groups',
  'manage-backend-security-group-rules',
  'customer-owned-ipv4-pool',
  'load-balancer-attributes',
  'wafv2-acl-arn',
  'wafv2-acl-name',
  'waf-acl-id',
  'web-acl-id',
  'shield-advanced-protection',
  'listen-ports',
  'ssl-redirect',
  'inbound-cidrs',
  'security-group-prefix-lists',
  'certificate-arn',
  'ssl-policy',
  'mutual-authentication',
  'minimum-load-balancer-capacity',
  'ipam-ipv4-pool-id',
  'create-acm-cert',
  'acm-pca-arn',
  'use-regex-path-match',
  'jwt-validation',
  'dry-run-plan',
  'enable-frontend-nlb',
  'frontend-nlb-scheme',
  'frontend-nlb-subnets',
  'frontend-nlb-security-groups',
  'frontend-nlb-listener-port-mapping',
  'frontend-nlb-eip-allocations',
  'frontend-nlb-healthcheck-port',
  'frontend-nlb-healthcheck-protocol',
  'frontend-nlb-healthcheck-path',
  'frontend-nlb-healthcheck-interval-seconds',
  'frontend-nlb-healthcheck-timeout-seconds',
  'frontend-nlb-healthcheck-healthy-threshold-count',
  'frontend-nlb-healthcheck-unhealthy-threshold-count',
  'frontend-nlb-healthcheck-success-codes',
  'frontend-nlb-attributes',
  'frontend-nlb-tags'
] as const

const targetGroupLevel = [
  'tags',
  'target-type',
  'backend-protocol',
  'backend-protocol-version',
  'target-group-attributes',
  'healthcheck-port',
  'healthcheck-protocol',
  'healthcheck-path',
  'healthcheck-interval-seconds',
  'healthcheck-timeout-seconds',
  'healthy-threshold-count',
  'unhealthy-threshold-count',
  'success-codes',
  'target-node-labels',
  'multi-cluster-target-group',
  'auth-type',
  'auth-idp-oidc',
  'auth-idp-cognito',
  'auth-on-unauthenticated-request',
  'auth-scope',
  'auth-session-cookie',
  'auth-session-timeout'
] as const

/** Every annotation with a fixed name, without the prefix (LBC: pkg/annotations/constants.go), and where it is read. */
export const annotationLevels: ReadonlyMap<string, AnnotationLevel> = new Map([
  ...ingressLevel.map(name => [name, 'ingress'] as const),
  ...targetGroupLevel.map(name => [name, 'service-or-ingress'] as const)
])

/** Annotations whose names go on with a name of the user's, such as `actions.NAME`, and where they are read. */
export const annotationFamilies: ReadonlyMap<string, AnnotationLevel> = new Map([
  ['actions.', 'ingress'],
  ['conditions.', 'ingress'],
  ['transforms.', 'ingress'],
  ['listener-attributes.', 'ingress'],
  ['target-control-port.', 'service-or-ingress']
])

/** Where the controller reads an annotation, given its full name; undefined for a name that it never reads. */
export function annotationLevel(name: string): AnnotationLevel | undefined {
  if (!name.startsWith(annotationPrefix)) {
    return undefined
  }
  const suffix = name.slice(annotationPrefix.length)
  const family = [...annotationFamilies].find(([start]) => suffix.startsWith(start) && suffix.length > start.length)
  return annotationLevels.get(suffix) ?? family?.[1]
}

/** What every annotation of a Service of type LoadBalancer begins with. */
export const serviceAnnotationPrefix = 'service.beta.kubernetes.io/'

/**
 * Who reads an annotation of a Service: the AWS Load Balancer Controller, the cloud provider for a Classic Load Balancer, the
 * cloud provider for its own Network Load Balancer.
 */
export type ServiceAnnotationReader = 'controller' | 'classic' | 'network'

const everyReader = ['controller', 'classic', 'network'] as const
const ofCloudProvider = ['classic', 'network'] as const

/**
 * Every annotation of Services with a fixed name, without the prefix, and who reads it (LBC: pkg/annotations/constants.go;
 * cloud-provider-aws: pkg/providers/v1/aws.go).
 */
export const serviceAnnotationReaders: ReadonlyMap<string, readonly ServiceAnnotationReader[]> = new Map<
  string,
  readonly ServiceAnnotationReader[]
>([
  ['load-balancer-source-ranges', everyReader],
  ['aws-load-balancer-type', everyReader],
  ['aws-load-balancer-nlb-target-type', ['controller']],
  ['aws-load-balancer-name', ['controller']],
  ['aws-load-balancer-scheme', ['controller']],
  ['aws-load-balancer-internal', everyReader],
  ['aws-load-balancer-proxy-protocol', ['controller', 'classic']],
  ['aws-load-balancer-proxy-protocol-per-target-group', ['controller']],
  ['aws-load-balancer-ip-address-type', ['controller']],
  ['aws-load-balancer-access-log-enabled', everyReader],
  ['aws-load-balancer-access-log-emit-interval', ofCloudProvider],
  ['aws-load-balancer-access-log-s3-bucket-name', everyReader],
  ['aws-load-balancer-access-log-s3-bucket-prefix', everyReader],
  ['aws-load-balancer-cross-zone-load-balancing-enabled', everyReader],
  ['aws-load-balancer-connection-draining-enabled', ['classic']],
  ['aws-load-balancer-connection-draining-timeout', ['classic']],
  ['aws-load-balancer-connection-idle-timeout', ['classic']],
  ['aws-load-balancer-extra-security-groups', ['classic']],
  ['aws-load-balancer-ssl-cert', everyReader],
  ['aws-load-balancer-ssl-ports', everyReader],
  ['aws-load-balancer-ssl-negotiation-policy', everyReader],
  ['aws-load-balancer-backend-protocol', everyReader],
  ['aws-load-balancer-additional-resource-tags', everyReader],
  ['aws-load-balancer-healthcheck-healthy-threshold', everyReader],
  ['aws-load-balancer-healthcheck-unhealthy-threshold', everyReader],
  ['aws-load-balancer-healthcheck-timeout', everyReader],
  ['aws-load-balancer-healthcheck-interval', everyReader],
  ['aws-load-balancer-healthcheck-protocol', everyReader],
  ['aws-load-balancer-healthcheck-port', everyReader],
  ['aws-load-balancer-healthcheck-path', everyReader],
  ['aws-load-balancer-healthcheck-success-codes', ['controller']],
  ['aws-load-balancer-target-group-attributes', ['controller', 'network']],
  ['aws-load-balancer-subnets', everyReader],
  ['aws-load-balancer-eip-allocations', ['controller', 'network']],
  ['aws-load-balancer-private-ipv4-addresses', ['controller']],
  ['aws-load-balancer-ipv6-addresses', ['controller']],
  ['aws-load-balancer-alpn-policy', ['controller']],
  ['aws-load-balancer-target-node-labels', everyReader],
  ['aws-load-balancer-attributes', ['controller']],
  ['aws-load-balancer-security-groups', everyReader],
  ['aws-load-balancer-manage-backend-security-group-rules', ['controller']],
  ['aws-load-balancer-inbound-sg-rules-on-private-link-traffic', ['controller']],
  ['aws-load-balancer-security-group-prefix-lists', ['controller']],
  ['aws-load-balancer-multi-cluster-target-group', ['controller']],
  ['aws-load-balancer-enable-prefix-for-ipv6-source-nat', ['controller']],
  ['aws-load-balancer-source-nat-ipv6-prefixes', ['controller']],
  ['aws-load-balancer-minimum-load-balancer-capacity', ['controller']],
  ['aws-load-balancer-enable-icmp-for-path-mtu-discovery', ['controller']],
  ['aws-load-balancer-enable-tcp-udp-listener', ['controller']],
  ['aws-load-balancer-disable-nlb-sg', ['controller']],
  ['aws-load-balancer-quic-enabled-ports', ['controller']]
])

/** Annotations of Services whose names go on: with `PROTOCOL-PORT`, or a port. */
export const serviceAnnotationFamilies: ReadonlyMap<string, readonly ServiceAnnotationReader[]> = new Map([
  ['actions.', ['controller']],
  ['aws-load-balancer-listener-attributes.', ['controller']],
  ['aws-load-balancer-target-group-attributes.', ['controller']]
])
