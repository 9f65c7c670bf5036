import type { WebACLDefinition } from './web-acl.ts'

/** Where a subnet lies. Anything but `availability-zone` lets an ALB do with a single subnet. */
export type ZoneType = 'availability-zone' | 'local-zone' | 'wavelength-zone' | 'outpost'

export interface Subnet {
  /** `subnet-…` */
  id: string
  zone: string
  zoneType: ZoneType
  /** Tags with their values; `Name` is the name that annotations may use. */
  tags: Record<string, string>
  /** Whether its route table leads to an internet gateway: discovery falls back on it where no subnet has the role tag. */
  public: boolean
  /** Addresses left; discovery passes over subnets with less than 8. */
  availableIPs: number
  /** Whether it has an IPv6 CIDR; discovery for dualstack passes over subnets without. */
  ipv6: boolean
  /** Its IPv4 CIDR: `10.0.0.0/24`. Undefined: not known; the endpoint of AWS's APIs cuts one of 4096 addresses. */
  cidr?: string
  /** Its IPv6 CIDRs. Undefined: not known. */
  ipv6CIDRs?: string[]
}

/** A machine that targets may be registered on, for the endpoint of AWS's APIs. */
export interface Instance {
  /** `i-…` */
  id: string
  /** Where it is really reached. */
  address: string
  zone?: string
  /** Block of addresses of its pods. */
  podCIDR?: string
  tags?: Record<string, string>
}

/** A thing that annotations may name; the name `*` stands for every name, and `*` in its ARN for the name asked for. */
export interface NamedARN {
  name: string
  arn: string
}

/** A target group that others made; the admission of TargetGroupBindings asks for more than its ARN. */
export interface NamedTargetGroup extends NamedARN {
  /** Default `instance`. */
  targetType?: 'instance' | 'ip'
  /** Default `HTTP`. */
  protocol?: 'HTTP' | 'HTTPS'
  /** Default `ipv4`. */
  ipAddressType?: 'ipv4' | 'ipv6'
}

export interface SecurityGroup {
  /** `sg-…` */
  id: string
  /** Its tag `Name`. */
  name?: string
  tags?: Record<string, string>
}

/** A web ACL, and what it does with requests; without a word on that it lets them pass. */
export type WebACL = NamedARN & WebACLDefinition

export interface Certificate {
  arn: string
  /** Domain and subject alternative names; `*.` matches exactly one label. */
  domains: string[]
  /** As ACM spells it; only `ISSUED` ones are found by host. */
  status: string
  /** The private authority that issued it. */
  certificateAuthorityARN?: string
}

/** The gates of the controller that change a plan; others have no part in it. */
export interface FeatureGates {
  EnableDefaultTagsLowPriority: boolean
  EnableIPTargetType: boolean
  SubnetsClusterTagCheck: boolean
  SubnetDiscoveryByReachability: boolean
  ALBSingleSubnet: boolean
  LBCapacityReservation: boolean
  EnableServiceController: boolean
  ServiceTypeLoadBalancerOnly: boolean
  NLBSecurityGroup: boolean
  NLBHealthCheckAdvancedConfig: boolean
  EnableTCPUDPListener: boolean
}

/** The controller's command-line flags that change a plan. */
export interface ControllerSettings {
  /** `--ingress-class`; empty: Ingresses without any class are managed too. */
  ingressClass: string
  /** `--load-balancer-class`: `spec.loadBalancerClass` of the Services that are the controller's. */
  loadBalancerClass: string
  defaultTargetType: string
  defaultLoadBalancerScheme: string
  defaultSSLPolicy: string
  enableBackendSecurityGroup: boolean
  enableManageBackendSecurityGroupRules: boolean
  disableRestrictedSecurityGroupRules: boolean
  tolerateNonExistentBackendService: boolean
  tolerateNonExistentBackendAction: boolean
  defaultTags: Record<string, string>
  externalManagedTags: string[]
  allowedCertificateAuthorityARNs: string[]
  featureGates: FeatureGates
}

/** The service controller of the AWS cloud provider, which makes load balancers of Services that are nobody else's. */
export interface CloudProviderSettings {
  /** Whether it runs in the cluster. False: such Services stay without a load balancer. */
  serviceController: boolean
  /** `NLBSecurityGroupMode` of its configuration: whether its Network Load Balancers have security groups. */
  nlbSecurityGroupMode: '' | 'Managed'
  /** `ClusterServiceLoadBalancerHealthProbeMode`: what is checked of Services with `externalTrafficPolicy: Cluster`. */
  clusterServiceLoadBalancerHealthProbeMode: 'ServiceNodePort' | 'Shared'
}

/**
 * What only AWS and the controller's installation know: the input beside the Kubernetes objects.
 * IDs and ARNs that Kubernetes objects give are taken as they are, whether or not they are listed here.
 */
export interface Environment {
  clusterName: string
  region: string
  accountID: string
  vpcID: string
  /** IPv4 CIDRs of the VPC. */
  vpcCIDRs: string[]
  /** IPv6 CIDRs of the VPC. */
  vpcIPv6CIDRs: string[]
  subnets: Subnet[]
  /** What every subnet is like that objects give by an ID which is not listed, but for its ID and zone. */
  anySubnet?: Subnet
  instances?: Instance[]
  /** Quotas that AWS raised or lowered, by their names in DescribeAccountLimits. */
  quotas?: Record<string, number>
  securityGroups: SecurityGroup[]
  /** The security group that all load balancers of the cluster share towards the nodes. */
  backendSecurityGroupID: string
  /** What nobody gave: what objects call by a name is taken to be in the lists, and their ARNs to be of the region. */
  unlisted?: readonly ('subnets' | 'securityGroups' | 'region')[]
  /** Nobody gave the region: it is that of the certificates and web ACLs which objects name. */
  regionAssumed?: true
  /** Undefined: every host is assumed to have a certificate, which is told. The lists below likewise. */
  certificates?: Certificate[]
  webACLs?: WebACL[]
  trustStores?: NamedARN[]
  targetGroups?: NamedTargetGroup[]
  /**
   * Whether what manifests seldom hold is taken to be in the cluster: the controller's IngressClass, the gateway's Service,
   * node ports that nobody set, the Secrets that Ingresses name. False: the manifests are all there is.
   */
  assumeMissing: boolean
  controller: ControllerSettings
  cloudProvider: CloudProviderSettings
}

/** Two subnets in two zones that discovery finds for either scheme. */
function subnetsOf(region: string): Subnet[] {
  return ['a', 'b'].map((letter, index) => ({
    id: `subnet-${letter}`,
    zone: `${region}${letter}`,
    zoneType: 'availability-zone',
    tags: { 'kubernetes.io/role/elb': '1', 'kubernetes.io/role/internal-elb': '1' },
    public: false,
    availableIPs: 251,
    ipv6: true,
    cidr: `10.0.${index * 16}.0/20`,
    ipv6CIDRs: [`2001:db8:0:${index}::/64`]
  }))
}

/** An environment of another region: the zones of subnets that nobody listed go with it. */
export function inRegion(environment: Environment, to: string): Environment {
  const isListed = environment.unlisted?.includes('subnets') !== true
  return { ...environment, region: to, ...(!isListed && { subnets: subnetsOf(to) }) }
}

const region = 'us-west-2'

/** An account that takes whatever the Kubernetes objects name, for a first try without an `aws.yaml`. */
export const defaultEnvironment: Environment = {
  clusterName: 'example',
  region,
  accountID: '111122223333',
  vpcID: 'vpc-0',
  vpcCIDRs: ['10.0.0.0/16'],
  vpcIPv6CIDRs: ['2001:db8::/56'],
  subnets: subnetsOf(region),
  securityGroups: [],
  backendSecurityGroupID: 'sg-backend',
  unlisted: ['subnets', 'securityGroups', 'region'],
  assumeMissing: true,
  controller: {
    ingressClass: 'alb',
    loadBalancerClass: 'service.k8s.aws/nlb',
    defaultTargetType: 'instance',
    defaultLoadBalancerScheme: 'internal',
    defaultSSLPolicy: 'ELBSecurityPolicy-2016-08',
    enableBackendSecurityGroup: true,
    enableManageBackendSecurityGroupRules: false,
    disableRestrictedSecurityGroupRules: false,
    tolerateNonExistentBackendService: true,
    tolerateNonExistentBackendAction: true,
    defaultTags: {},
    externalManagedTags: [],
    allowedCertificateAuthorityARNs: [],
    featureGates: {
      EnableDefaultTagsLowPriority: false,
      EnableIPTargetType: true,
      SubnetsClusterTagCheck: true,
      SubnetDiscoveryByReachability: true,
      ALBSingleSubnet: false,
      LBCapacityReservation: true,
      EnableServiceController: true,
      ServiceTypeLoadBalancerOnly: false,
      NLBSecurityGroup: true,
      NLBHealthCheckAdvancedConfig: true,
      EnableTCPUDPListener: false
    }
  },
  cloudProvider: {
    serviceController: true,
    nlbSecurityGroupMode: '',
    clusterServiceLoadBalancerHealthProbeMode: 'ServiceNodePort'
  }
}

/** The entry of the subnets that stands for every ID that is not listed. */
const anyID = '*'

type Partially<Type> = {
  [Key in keyof Type]?: Type[Key] extends (infer Item)[] | undefined
    ? Partially<Item>[]
    : Type[Key] extends Record<string, unknown>
      ? Partially<Type[Key]>
      : Type[Key]
}

/** What `aws.yaml` may hold: any part of an environment. Subnets and security groups may carry their tag `Name` as `name`. */
export type EnvironmentFile = Omit<Partially<Environment>, 'subnets' | 'unlisted' | 'anySubnet' | 'regionAssumed'> & {
  subnets?: (Partially<Subnet> & { name?: string })[]
}

/** A subnet of `aws.yaml`; without a zone, each lies in one of its own. */
function completeSubnet(
  { name, tags, ...subnet }: NonNullable<EnvironmentFile['subnets']>[number],
  index: number,
  regionOfFile: string
): Subnet {
  const { id, zoneType, public: isPublic, availableIPs } = defaultEnvironment.subnets[0]!
  const given = subnet as Partial<Subnet>
  return {
    ...{ id, zoneType, public: isPublic, availableIPs },
    zone: `${regionOfFile}${String.fromCharCode(0x61 + (index % 26))}`,
    ipv6: given.ipv6CIDRs === undefined || given.ipv6CIDRs.length > 0,
    ...given,
    tags: { ...(name !== undefined && { Name: name }), ...(tags as Record<string, string>) }
  }
}

/** Fills in what an `aws.yaml` leaves out. */
export function completeEnvironment(file: EnvironmentFile): Environment {
  const regionOfFile = file.region ?? defaultEnvironment.region
  const anySubnet = file.subnets?.find(({ id }) => id === anyID)
  const listed = file.subnets?.filter(({ id }) => id !== anyID)
  return {
    ...defaultEnvironment,
    ...(file as Partial<Environment>),
    unlisted: (['subnets', 'securityGroups', 'region'] as const).filter(key => file[key] === undefined),
    subnets: listed?.map((subnet, index) => completeSubnet(subnet, index, regionOfFile)) ?? subnetsOf(regionOfFile),
    ...(anySubnet && { anySubnet: completeSubnet(anySubnet, 0, regionOfFile) }),
    ...(file.certificates && {
      certificates: file.certificates.map(certificate => ({ status: 'ISSUED', ...certificate }) as Certificate)
    }),
    controller: {
      ...defaultEnvironment.controller,
      ...(file.controller as Partial<ControllerSettings>),
      featureGates: {
        ...defaultEnvironment.controller.featureGates,
        ...(file.controller?.featureGates as Partial<FeatureGates>)
      }
    },
    cloudProvider: { ...defaultEnvironment.cloudProvider, ...(file.cloudProvider as Partial<CloudProviderSettings>) }
  }
}
