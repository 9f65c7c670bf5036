import { annotationPrefix, serviceAnnotationPrefix } from '../../resources/index.ts'

/** Words of the controller's errors, and the annotation that they are about; the first that matches counts. */
const suffixes: [words: RegExp, suffix: string][] = [
  [/listen port must|listen protocol must|listen-ports/, 'listen-ports'],
  [/SSLRedirect/i, 'ssl-redirect'],
  [/unknown scheme|conflicting scheme/, 'scheme'],
  [/unknown targetType/, 'target-type'],
  [/unknown scheme/, 'frontend-nlb-scheme'],
  [/inbound-cidrs/, 'inbound-cidrs'],
  [/IPAddressType/, 'ip-address-type'],
  [/CustomerOwnedIPv4Pool|customer-owned-ipv4-pool/, 'customer-owned-ipv4-pool'],
  [/load balancer name/, 'load-balancer-name'],
  [/ipv4 ipam pool/i, 'ipam-ipv4-pool-id'],
  [/mutual ?authentication|TrustStore/i, 'mutual-authentication'],
  [/WAFv2 WebACL with name/, 'wafv2-acl-name'],
  [/WAFv2/i, 'wafv2-acl-arn'],
  [/shield advanced/, 'shield-advanced-protection'],
  [/manage backend security group rules/, 'manage-backend-security-group-rules'],
  [/security ?groups?/i, 'security-groups'],
  [/EIP allocations/, 'frontend-nlb-eip-allocations'],
  [/frontend NLB values/, 'enable-frontend-nlb'],
  [/subnets?/, 'subnets'],
  [/healthCheckPort/, 'healthcheck-port'],
  [/healthCheckProtocol/, 'healthcheck-protocol'],
  [/authType/, 'auth-type'],
  [/IDPConfigCognito/, 'auth-idp-cognito'],
  [/IDPConfigOIDC|clientID|clientSecret|secrets "/, 'auth-idp-oidc'],
  [/jwt validation/, 'jwt-validation'],
  [/set the capacity/, 'minimum-load-balancer-capacity'],
  [/managed tag key/, 'tags']
]

/** Shorter values stand in an error by chance. */
const leastQuoted = 5

/**
 * The annotation, with its prefix, that an error of the controller is about: named in full, known by the error's words, or
 * quoted by its value. Of several that the object may have, the first that is among `annotations`.
 */
export function annotationOfError(error: string, annotations: Record<string, string>): string | undefined {
  const full = /alb\.ingress\.kubernetes\.io\/[\w.-]+/.exec(error)?.[0]
  const parsed = /failed to parse ([\w.-]+) configuration/.exec(error)?.[1]
  const known = suffixes.filter(([words]) => words.test(error)).map(([, suffix]) => annotationPrefix + suffix)
  const quoted = Object.entries(annotations)
    .filter(
      ([name, value]) => name.startsWith(annotationPrefix) && value.length >= leastQuoted && error.includes(value)
    )
    .sort(([, one], [, other]) => other.length - one.length)
    .map(([name]) => name)
  const parts = ['actions', 'conditions', 'transforms'].flatMap(kind => {
    const names = Object.keys(annotations).filter(name => name.startsWith(`${annotationPrefix}${kind}.`))
    // Of several, the words do not tell which.
    return names.length === 1 && new RegExp(`${kind.slice(0, -1)}|${kind}`, 'i').test(error) ? names : []
  })
  // Of several that the words may mean, the one whose value they quote.
  const knownAndQuoted = known.filter(name => annotations[name] && error.includes(annotations[name]))
  return [full, parsed && annotationPrefix + parsed, ...knownAndQuoted, ...known, ...quoted, ...parts].find(
    (name): name is string => name !== undefined && annotations[name] !== undefined
  )
}

/** Words of errors of Services, and the annotation that they are about, without `aws-load-balancer-`. */
const serviceSuffixes: [words: RegExp, suffix: string][] = [
  [/unknown scheme/, 'scheme'],
  [/IPAddressType/, 'ip-address-type'],
  [/load balancer name/, 'name'],
  [/EIP [aA]llocation/, 'eip-allocations'],
  [/[pP]rivate IPv4/, 'private-ipv4-addresses'],
  [/source-nat-ipv6-prefixes/, 'source-nat-ipv6-prefixes'],
  [/prefix-for-ipv6-source-nat|prefix for source NAT/, 'enable-prefix-for-ipv6-source-nat'],
  [/IPv6 address/, 'ipv6-addresses'],
  [/ssl-ports/, 'ssl-ports'],
  [/ALPN policy/, 'alpn-policy'],
  [/QUIC/, 'quic-enabled-ports'],
  [/merg/, 'enable-tcp-udp-listener'],
  [/proxy-protocol-per-target-group/, 'proxy-protocol-per-target-group'],
  [/proxy protocol/i, 'proxy-protocol'],
  [/health ?check protocol/i, 'healthcheck-protocol'],
  [/health ?check ?port/i, 'healthcheck-port'],
  [/set the capacity/, 'minimum-load-balancer-capacity'],
  [/managed tag key/, 'additional-resource-tags'],
  [/PrivateLink/, 'inbound-sg-rules-on-private-link-traffic'],
  [/client_routing_policy/, 'attributes'],
  [/backendSG feature/, 'manage-backend-security-group-rules'],
  [/security ?groups?/i, 'security-groups'],
  [/parse attribute|target group attributes/, 'target-group-attributes'],
  [/backend protocol/, 'backend-protocol'],
  [/targetType|target type/, 'nlb-target-type'],
  [/subnets?/, 'subnets'],
  [/deletion_protection/, 'attributes']
]

/** The annotation of a Service that an error about its load balancer is about, with its prefix. */
export function serviceAnnotationOfError(error: string, annotations: Record<string, string>): string | undefined {
  const full = /service\.beta\.kubernetes\.io\/[\w.-]+/.exec(error)?.[0]
  const known = serviceSuffixes
    .filter(([words]) => words.test(error))
    .map(([, suffix]) => `${serviceAnnotationPrefix}aws-load-balancer-${suffix}`)
  const actions = Object.keys(annotations).filter(name => name.startsWith(`${serviceAnnotationPrefix}actions.`))
  const isAction = /action type|ForwardConfig|service "?\S+"? not found|on service/i.test(error) && actions.length === 1
  const perPort = Object.keys(annotations).filter(name => known.some(start => name.startsWith(`${start}.`)))
  return [full, ...(isAction ? actions : []), ...known, ...perPort].find(
    (name): name is string => name !== undefined && annotations[name] !== undefined
  )
}
