/**
 * The plan of one load balancer in the shape that the AWS Load Balancer Controller serializes its model in:
 * the text behind `alb.ingress.kubernetes.io/dry-run-plan` (LBC: pkg/deploy/stack_marshaller.go).
 *
 * @module
 */
import type { LabelSelector } from '../../resources/index.ts'

/** A value that AWS knows only after the deployment, as the path of the resource that will have it. */
export interface Reference {
  $ref: string
}

/** A literal ARN or ID, or a reference to a resource of the same stack. */
export type Token = string | Reference

export type Tags = Record<string, string>

export interface KeyValue {
  key: string
  value: string
}

/** Where a load balancer has a node; addresses are those of Network Load Balancers. */
export interface SubnetMapping {
  subnetID: string
  /** Of an elastic address, where it faces the internet. */
  allocationID?: string
  privateIPv4Address?: string
  ipv6Address?: string
  sourceNatIpv6Prefix?: string
}

/** What a Network Load Balancer listens for, and what it speaks to targets. */
export type NetworkProtocol = 'TCP' | 'TLS' | 'UDP' | 'TCP_UDP' | 'QUIC' | 'TCP_QUIC'

export interface LoadBalancerSpec {
  name: string
  type: 'application' | 'network'
  scheme: 'internal' | 'internet-facing'
  ipAddressType: 'ipv4' | 'dualstack' | 'dualstack-without-public-ipv4'
  /** Of Network Load Balancers of Services and Gateways: whether UDP over IPv6 has source prefixes. */
  enablePrefixForIpv6SourceNat?: 'on' | 'off'
  subnetMapping: SubnetMapping[]
  securityGroups?: Token[]
  securityGroupsInboundRulesOnPrivateLink?: 'on' | 'off'
  customerOwnedIPv4Pool?: string
  ipv4IPAMPool?: string
  loadBalancerAttributes?: KeyValue[]
  minimumLoadBalancerCapacity?: { capacityUnits: number }
  tags?: Tags
}

export interface MutualAuthentication {
  mode: string
  trustStoreArn?: string
  ignoreClientCertificateExpiry?: boolean
  advertiseTrustStoreCaNames?: string
}

export interface ListenerSpec {
  loadBalancerARN: Token
  port: number
  protocol: 'HTTP' | 'HTTPS' | NetworkProtocol
  defaultActions: Action[]
  certificates?: { certificateARN: string }[]
  sslPolicy?: string
  alpnPolicy?: string[]
  mutualAuthentication?: MutualAuthentication
  /** Upper-case keys, as the controller writes them here. */
  listenerAttributes?: { Key: string; Value: string }[]
  tags?: Tags
}

export interface ListenerRuleSpec {
  listenerARN: Token
  priority: number
  conditions: RuleCondition[]
  actions: Action[]
  transforms?: Transform[]
  tags?: Tags
}

export interface TargetGroupTuple {
  targetGroupARN: Token
  weight?: number
}

export interface ForwardConfig {
  targetGroups: TargetGroupTuple[]
  targetGroupStickinessConfig?: { enabled?: boolean; durationSeconds?: number }
}

export interface RedirectConfig {
  host?: string
  path?: string
  port?: string
  protocol?: string
  query?: string
  statusCode: string
}

export interface FixedResponseConfig {
  contentType?: string
  messageBody?: string
  statusCode: string
}

export interface AuthenticateOIDCConfig {
  authenticationRequestExtraParams?: Record<string, string>
  authorizationEndpoint: string
  clientID: string
  clientSecret: string
  issuer: string
  onUnauthenticatedRequest?: string
  scope?: string
  sessionCookieName?: string
  sessionTimeout?: number
  tokenEndpoint: string
  userInfoEndpoint: string
}

export interface AuthenticateCognitoConfig {
  authenticationRequestExtraParams?: Record<string, string>
  onUnauthenticatedRequest?: string
  scope?: string
  sessionCookieName?: string
  sessionTimeout?: number
  userPoolARN: string
  userPoolClientID: string
  userPoolDomain: string
}

export interface JwtValidationConfig {
  jwksEndpoint: string
  issuer: string
  additionalClaims?: { name: string; format: string; values: string[] }[]
}

export interface Action {
  type: 'forward' | 'redirect' | 'fixed-response' | 'authenticate-oidc' | 'authenticate-cognito' | 'jwt-validation'
  order?: number
  forwardConfig?: ForwardConfig
  redirectConfig?: RedirectConfig
  fixedResponseConfig?: FixedResponseConfig
  authenticateOIDCConfig?: AuthenticateOIDCConfig
  authenticateCognitoConfig?: AuthenticateCognitoConfig
  jwtValidationConfig?: JwtValidationConfig
}

export interface RuleCondition {
  field: 'host-header' | 'path-pattern' | 'http-header' | 'http-request-method' | 'query-string' | 'source-ip'
  hostHeaderConfig?: { values?: string[]; regexValues?: string[] }
  pathPatternConfig?: { values?: string[]; regexValues?: string[] }
  httpHeaderConfig?: { httpHeaderName: string; values?: string[]; regexValues?: string[] }
  httpRequestMethodConfig?: { values: string[] }
  queryStringConfig?: { values: { key?: string; value: string }[] }
  sourceIPConfig?: { values: string[] }
}

export interface Rewrite {
  regex: string
  replace: string
}

export interface Transform {
  type: 'host-header-rewrite' | 'url-rewrite'
  hostHeaderRewriteConfig?: { rewrites: Rewrite[] }
  urlRewriteConfig?: { rewrites: Rewrite[] }
}

export interface HealthCheckConfig {
  port: number | 'traffic-port'
  protocol: 'HTTP' | 'HTTPS' | 'TCP'
  path?: string
  matcher?: { httpCode?: string; grpcCode?: string }
  /** Seconds between the starts of two checks. */
  intervalSeconds: number
  /** Seconds until a check counts as failed. */
  timeoutSeconds: number
  healthyThresholdCount: number
  unhealthyThresholdCount: number
}

export interface TargetGroupSpec {
  name: string
  targetType: 'instance' | 'ip' | 'alb'
  /** The node port for instance targets; targets always carry their own port, this one is not in the data path. */
  port: number
  protocol: 'HTTP' | 'HTTPS' | NetworkProtocol
  protocolVersion?: 'HTTP1' | 'HTTP2' | 'GRPC'
  ipAddressType?: 'ipv4' | 'ipv6'
  healthCheckConfig: HealthCheckConfig
  targetControlPort?: number
  targetGroupAttributes?: KeyValue[]
  tags?: Tags
}

export interface TargetGroupBindingSpec {
  template: {
    metadata: { name: string; namespace: string; labels?: Record<string, string>; annotations?: Record<string, string> }
    spec: {
      targetGroupARN: Token
      targetType?: 'instance' | 'ip'
      serviceRef: { name: string; port: number | string }
      networking?: { ingress: NetworkingIngress[] }
      nodeSelector?: LabelSelector
      ipAddressType?: 'ipv4' | 'ipv6'
      vpcID?: string
      targetGroupProtocol?: string
      multiClusterTargetGroup?: boolean
    }
  }
}

/** A target group of a frontend NLB and the ALB's listener that it leads to (LBC: FrontendNlbTargetGroupState). */
export interface FrontendTargetGroup {
  Name: string
  ARN: Token
  Port: number
  TargetARN: Token
  TargetPort: number
}

/** One permission of a security group: a port (or type and code of ICMP) and exactly one kind of peer. */
export interface IPPermission {
  ipProtocol: 'tcp' | 'udp' | 'icmp' | 'icmpv6'
  fromPort: number
  toPort: number
  ipRanges?: { cidrIP: string }[]
  ipv6Ranges?: { cidrIPv6: string }[]
  prefixLists?: { listID: string }[]
}

export interface SecurityGroupSpec {
  groupName: string
  description: string
  ingress?: IPPermission[]
  tags?: Tags
}

/** Who may reach targets: a security group, or a block of addresses. */
export type NetworkingPeer = { securityGroup: { groupID: Token } } | { ipBlock: { cidr: string } }

/** Ports of targets that peers may reach; without a number, every port. */
export interface NetworkingPort {
  protocol: 'TCP' | 'UDP'
  port?: number | string
}

export interface NetworkingIngress {
  /** Null: Go's empty slice. */
  from: NetworkingPeer[] | null
  /** Null likewise. */
  ports: NetworkingPort[] | null
}

/** A port of a Classic Load Balancer. */
export interface ClassicListener {
  loadBalancerPort: number
  protocol: 'TCP' | 'SSL' | 'HTTP' | 'HTTPS'
  /** The node port. */
  instancePort: number
  instanceProtocol: 'TCP' | 'SSL' | 'HTTP' | 'HTTPS'
  sslCertificateID?: string
  /** A predefined policy of the classic set; without one, AWS's default. */
  sslNegotiationPolicy?: string
}

/** A Classic Load Balancer, as the cloud provider makes it of a Service. */
export interface ClassicLoadBalancerSpec {
  name: string
  scheme: 'internal' | 'internet-facing'
  subnets: string[]
  securityGroups: Token[]
  listeners: ClassicListener[]
  /** Whether every instance port has the policy that puts a PROXY header (version 1) before a connection's bytes. */
  proxyProtocol: boolean
  /** One for all listeners: `TCP:31080`, `HTTP:32111/healthz`. */
  healthCheck: {
    target: string
    /** Seconds. */
    interval: number
    /** Seconds. */
    timeout: number
    healthyThreshold: number
    unhealthyThreshold: number
  }
  attributes: {
    accessLog: { enabled: boolean; emitInterval?: number; s3BucketName?: string; s3BucketPrefix?: string }
    /** The time-out in seconds. */
    connectionDraining: { enabled: boolean; timeout?: number }
    /** Seconds. */
    connectionSettings: { idleTimeout: number }
    crossZoneLoadBalancing: { enabled: boolean }
  }
  /** Labels of the nodes that are its instances; without them, all nodes are. */
  nodeLabels?: Record<string, string>
  tags?: Tags
}

type Resource<Spec> = Record<string, { spec: Spec }>

/** The resources of a stack by type and resource ID. A type without resources is absent. */
export interface StackResources {
  'AWS::EC2::SecurityGroup'?: Resource<SecurityGroupSpec>
  /** What the cloud provider makes of a Service that is not the controller's. */
  'AWS::ElasticLoadBalancing::LoadBalancer'?: Resource<ClassicLoadBalancerSpec>
  'AWS::ElasticLoadBalancingV2::LoadBalancer'?: Resource<LoadBalancerSpec>
  /** By port: `443`. */
  'AWS::ElasticLoadBalancingV2::Listener'?: Resource<ListenerSpec>
  /** By port and priority: `443:1`. */
  'AWS::ElasticLoadBalancingV2::ListenerRule'?: Resource<ListenerRuleSpec>
  /** By Ingress, Service and port as written: `ns/ingress-service:port`. */
  'AWS::ElasticLoadBalancingV2::TargetGroup'?: Resource<TargetGroupSpec>
  'K8S::ElasticLoadBalancingV2::TargetGroupBinding'?: Resource<TargetGroupBindingSpec>
  'AWS::WAFv2::WebACLAssociation'?: Resource<{ resourceARN: Token; webACLARN: string }>
  'AWS::WAFRegional::WebACLAssociation'?: Resource<{ resourceARN: Token; webACLID: string }>
  'AWS::Shield::Protection'?: Resource<{ resourceARN: Token; enabled: boolean }>
  /** Always present; its target groups are those of a frontend NLB, by name. */
  FrontendNLBTargetGroup?: Record<string, { TargetGroups: Record<string, FrontendTargetGroup> }>
}

/** A type of resource, as the controller names it. */
export type ResourceType = keyof StackResources

/** What would be deployed for one load balancer. */
export interface Stack {
  /** A group's name, or `namespace/name` of the Ingress, Service or Gateway. */
  id: string
  resources: StackResources
  /** Who makes it, where that is not the AWS Load Balancer Controller. */
  by?: 'cloud provider'
}

/** The resource ID behind a reference, or undefined for a literal. */
export function referencedID(token: Token): string | undefined {
  if (typeof token === 'string') {
    return undefined
  }
  // `#/resources/<type>/<id>/status/<field>`: the ID itself may hold slashes.
  return /^#\/resources\/[^/]+\/(.+)\/status\/[^/]+$/.exec(token.$ref)?.[1]
}
