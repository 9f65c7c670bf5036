/**
 * The way out of what the controller refuses to build. Its errors are words; those that people meet most say here what to do.
 *
 * @module
 */
import { annotationName } from '../../resources/index.ts'

const sslRedirect = annotationName('ssl-redirect')
const listenPorts = annotationName('listen-ports')

/** What to do, and the whole value that does it, where one surely does. */
export interface MeantValue {
  hint: string
  value?: string
}

/** The values of which the controller takes one, by the words of its error. */
const choices: readonly [error: RegExp, values: readonly string[]][] = [
  [/unknown scheme: /, ['internal', 'internet-facing']],
  [/unknown targetType: /, ['instance', 'ip']],
  [/unknown IPAddressType: /, ['ipv4', 'dualstack', 'dualstack-without-public-ipv4']],
  [/(?:backend protocol|healthCheckProtocol) must be within \[HTTP, HTTPS\]/, ['HTTP', 'HTTPS']],
  [/backend protocol version must be within/, ['HTTP1', 'HTTP2', 'GRPC']],
  [/invalid ALPN policy /, ['None', 'HTTP1Only', 'HTTP2Only', 'HTTP2Optional', 'HTTP2Preferred']]
]

/** The values of which the controller would take one, where its error is about such a value. */
export function choicesOf(error: string): readonly string[] | undefined {
  return choices.find(([words]) => words.test(error))?.[1]
}

/** What an error says, and what to do; `$1` is what the error names. */
const advice: readonly [error: RegExp, hint: string][] = [
  [
    /path shouldn't contain wildcards: /,
    'set pathType: ImplementationSpecific, by which * is any text, or take the * out of the path'
  ],
  [
    /listener does not exist for SSLRedirect port: (\d+)/,
    `add {"HTTPS": $1} to ${listenPorts}, or set ${sslRedirect} to an HTTPS port that is there`
  ],
  [
    /listener protocol non-SSL for SSLRedirect port: (\d+)/,
    `make port $1 an HTTPS one in ${listenPorts}, or set ${sslRedirect} to one`
  ],
  [
    /no certificate found for host: (\S+)/,
    `have a certificate for $1 in ACM, in the load balancer's region, or name one in ${annotationName('certificate-arn')}`
  ],
  [
    /unable to resolve at least one subnet|could not find any suitable subnets/,
    'tag subnets kubernetes.io/role/elb: 1 (internet-facing) or kubernetes.io/role/internal-elb: 1, and tell aws.yaml'
  ],
  [/subnets count less than minimal required count/, 'have subnets of two zones at least'],
  [/multiple subnets in same Availability Zone (\S+):/, 'have one subnet of $1'],
  [
    /conflicting Matcher, /,
    `set ${annotationName('frontend-nlb-healthcheck-success-codes')} on one member of the group alone: the controller takes it on two for a conflict, even where they are equal`
  ],
  [
    /conflicting frontend NLB attributes: /,
    `set the same ${annotationName('frontend-nlb-attributes')} on every member of the group: one without them is a conflict too`
  ],
  [/conflicting [^:]+:/, 'set one value on all members of the group that set it'],
  [
    /missing actions\.(\S+) configuration/,
    `set ${annotationName('actions.$1')}, or send to a port by its number or name`
  ],
  [/explicit Ingress group order must be within/, 'set a whole number from -1000 to 1000'],
  [/load balancer name cannot be longer than/, 'set a name of 32 characters at most'],
  [
    // Of an Ingress, the rule SERVICE_WITHOUT_NODE_PORT says more.
    /TargetGroup port is empty\. When using Instance targets/,
    "set type: NodePort on the route's Service, or targetType: ip in a TargetGroupConfiguration of it"
  ],
  [
    /unsupported IPv6 configuration, lb not dual-stack/,
    'let the load balancer be dualstack (ip-address-type, or ipAddressType of a LoadBalancerConfiguration), in subnets that have IPv6 ranges, or make the Service one of IPv4'
  ],
  [
    /Unused port in ssl-ports annotation \[(.*)\]/,
    "list names or numbers of the Service's own ports in aws-load-balancer-ssl-ports: $1 is none, or a port of UDP"
  ],
  [
    /EIP ?[aA]llocations? can only be set for internet facing/,
    'let the load balancer be internet-facing, or take the addresses out: an internal one has private addresses'
  ],
  [
    /failed to parse stringMap annotation, (\S+):/,
    'write pairs with an equals sign and commas between them in $1: a=b,c=d'
  ],
  [/couldn't find all security groups/, 'name security groups that the account has, and tell aws.yaml']
]

/** What to do about an error of the model; undefined where its own words have to do. */
export function adviceOf(error: string): string | undefined {
  for (const [expression, hint] of advice) {
    const found = expression.exec(error)
    if (found) {
      return hint.replaceAll('$1', () => found[1] ?? '')
    }
  }
  const values = choicesOf(error)
  return values && `set ${values.slice(0, -1).join(', ')} or ${values.at(-1)}`
}
