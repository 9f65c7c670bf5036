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
