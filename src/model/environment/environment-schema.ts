/**
 * The schema of `aws.yaml`, as data: reading it from a file would be an effect, which the model has none of.
 * `npm run generate` writes it to schema/aws.schema.json for editors.
 *
 * @module
 */

import type { Schema } from '../../resources/index.ts'

function text(description: string) {
  return { type: 'string', minLength: 1, description }
}
function flag(description: string) {
  return { type: 'boolean', description }
}
function arn(description: string) {
  return { type: 'string', pattern: '^arn:', description }
}
function identifier(prefix: string, description: string) {
  return { type: 'string', pattern: `^${prefix}-.`, description }
}
function strings(description: string) {
  return { type: 'object', additionalProperties: { type: 'string' }, description }
}
function list(items: Schema, description: string) {
  return { type: 'array', items, description }
}
function record(properties: Record<string, Schema>, required: string[] = []) {
  return {
    type: 'object',
    additionalProperties: false as const,
    required,
    properties
  }
}

const ipv4CIDR = '^[0-9]{1,3}([.][0-9]{1,3}){3}/[0-9]{1,2}$'
const ipv6CIDR = '^[0-9a-fA-F:]*:[0-9a-fA-F:.]*/[0-9]{1,3}$'

function cidr(pattern: string, description: string) {
  return { type: 'string', pattern, description }
}

const subnet = record(
  {
    id: {
      type: 'string',
      pattern: '^(subnet-.|\\*$)',
      description: "ID of the subnet: subnet-0a1b2c3d; '*' stands for every ID that is not listed"
    },
    name: text('its tag Name, by which annotations may name it'),
    zone: text('its Availability Zone; without one, each subnet lies in a zone of its own'),
    zoneType: {
      enum: ['availability-zone', 'local-zone', 'wavelength-zone', 'outpost'],
      description: 'anything but an availability-zone (the default) lets an ALB do with a single subnet'
    },
    tags: strings('its tags; kubernetes.io/role/elb or kubernetes.io/role/internal-elb make discovery find it'),
    public: flag('whether its route table leads to an internet gateway; discovery falls back on it (default: false)'),
    availableIPs: {
      type: 'integer',
      minimum: 0,
      description: 'addresses left; discovery passes over subnets with less than 8 (default: 251)'
    },
    ipv6: flag('whether it has an IPv6 CIDR, which discovery for dualstack demands (default: true)'),
    cidr: cidr(ipv4CIDR, 'its IPv4 CIDR: 10.0.0.0/24; private addresses of a Network Load Balancer lie in it'),
    ipv6CIDRs: list(cidr(ipv6CIDR, 'an IPv6 CIDR'), 'its IPv6 CIDRs')
  },
  ['id']
)

const securityGroup = record(
  {
    id: identifier('sg', 'ID of the security group: sg-0a1b2c3d'),
    name: text('its tag Name, by which annotations may name it'),
    tags: strings('its tags, by which the controller finds those of a cluster')
  },
  ['id']
)

const instance = record(
  {
    id: identifier('i', 'ID of the instance: i-0a1b2c3d'),
    address: text('address at which it is really reached: 127.0.0.2'),
    zone: text('its Availability Zone (default: that of the first subnet)'),
    podCIDR: text('block of addresses of its pods: 10.244.1.0/24'),
    tags: strings('its tags')
  },
  ['id', 'address']
)

const certificate = record(
  {
    arn: arn('ARN of the certificate in ACM'),
    domains: {
      type: 'array',
      minItems: 1,
      items: text('a domain'),
      description: 'domain and subject alternative names; *. stands for exactly one label'
    },
    status: {
      enum: ['PENDING_VALIDATION', 'ISSUED', 'INACTIVE', 'EXPIRED', 'VALIDATION_TIMED_OUT', 'REVOKED', 'FAILED'],
      description: 'as ACM spells it; only ISSUED ones (the default) are found by host'
    },
    certificateAuthorityARN: arn('the private authority that issued it')
  },
  ['arn', 'domains']
)

function named(what: string) {
  return record(
    {
      name: text(`name of the ${what}; '*' stands for every name`),
      arn: arn(`its ARN; under the name '*', each * in it stands for the name asked for`)
    },
    ['name', 'arn']
  )
}

const field = {
  anyOf: [{ enum: ['uriPath', 'queryString', 'method'] }, record({ header: text('name of a header') }, ['header'])],
  description: 'uriPath, queryString, method, or header with the name of one'
}

/** Exactly one of the members; `statement` is the schema itself, for those that hold others. */
const statement = {
  ...record({
    byteMatch: {
      ...record(
        {
          field,
          position: {
            enum: ['exactly', 'startsWith', 'endsWith', 'contains'],
            description: 'where in the field the value has to be'
          },
          value: { type: 'string', description: 'the text that is looked for' },
          lowercase: flag('compare the field in lower case (default: false)')
        },
        ['field', 'position', 'value']
      ),
      description: 'a text in a field'
    },
    regexMatch: {
      ...record({ field, regex: text('a regular expression') }, ['field', 'regex']),
      description: 'a regular expression that a field matches'
    },
    ipSet: list(text('a CIDR block'), "blocks that the client's address lies in"),
    and: list({ $ref: '#/$defs/statement' }, 'statements that all match'),
    or: list({ $ref: '#/$defs/statement' }, 'statements of which one matches'),
    not: { $ref: '#/$defs/statement' }
  }),
  minProperties: 1,
  maxProperties: 1,
  description: 'what a rule looks for: exactly one of byteMatch, regexMatch, ipSet, and, or, not'
}

const webACL = {
  ...named('web ACL'),
  properties: {
    ...named('web ACL').properties,
    defaultAction: {
      enum: ['allow', 'block'],
      description: 'what becomes of requests that no rule decides on (default: allow)'
    },
    rules: list(
      record(
        {
          name: text('name of the rule'),
          action: {
            enum: ['allow', 'block', 'count'],
            description: 'count looks on, and leaves it to the rules behind'
          },
          statement: {
            $ref: '#/$defs/statement',
            description: 'exactly one of byteMatch, regexMatch, ipSet, and, or, not; see docs/load-balancer.md'
          }
        },
        ['name', 'action', 'statement']
      ),
      'rules in the order of their priorities; the first one that matches decides (default: none)'
    ),
    unavailable: flag('WAF cannot be reached, to see what waf.fail_open.enabled does (default: false)')
  }
}

const targetGroup = {
  ...named('target group'),
  properties: {
    ...named('target group').properties,
    targetType: { enum: ['instance', 'ip'], description: 'what it registers (default: instance)' },
    protocol: { enum: ['HTTP', 'HTTPS'], description: 'what its targets speak (default: HTTP)' },
    ipAddressType: { enum: ['ipv4', 'ipv6'], description: 'of its targets (default: ipv4)' }
  }
}

const cloudProvider = record({
  serviceController: flag(
    "whether it makes load balancers of Services of type LoadBalancer that are not the AWS Load Balancer Controller's (default: true)"
  ),
  nlbSecurityGroupMode: {
    enum: ['', 'Managed'],
    description: 'NLBSecurityGroupMode: whether its Network Load Balancers have security groups (default: none)'
  },
  clusterServiceLoadBalancerHealthProbeMode: {
    enum: ['ServiceNodePort', 'Shared'],
    description:
      "ClusterServiceLoadBalancerHealthProbeMode: the first node port, or kube-proxy's own port, is checked (default: ServiceNodePort)"
  }
})

const controller = record({
  ingressClass: { type: 'string', description: '--ingress-class; empty: Ingresses without any class are managed too' },
  loadBalancerClass: text(
    "--load-balancer-class: spec.loadBalancerClass of the controller's Services (default: service.k8s.aws/nlb)"
  ),
  defaultTargetType: { enum: ['instance', 'ip'], description: '--default-target-type' },
  defaultLoadBalancerScheme: { enum: ['internal', 'internet-facing'], description: '--default-load-balancer-scheme' },
  defaultSSLPolicy: text('--default-ssl-policy'),
  enableBackendSecurityGroup: flag('--enable-backend-security-group'),
  enableManageBackendSecurityGroupRules: flag('--enable-manage-backend-security-group-rules'),
  disableRestrictedSecurityGroupRules: flag('--disable-restricted-sg-rules'),
  tolerateNonExistentBackendService: flag('--tolerate-non-existent-backend-service'),
  tolerateNonExistentBackendAction: flag('--tolerate-non-existent-backend-action'),
  defaultTags: strings('--default-tags'),
  externalManagedTags: list(text('a tag'), '--external-managed-tags: keys that nothing may set'),
  allowedCertificateAuthorityARNs: list(
    arn('a private authority'),
    '--allowed-certificate-authority-arns: only what these issued is found by host'
  ),
  featureGates: {
    ...record({
      EnableDefaultTagsLowPriority: flag('default tags yield to those of annotations (default: false)'),
      EnableIPTargetType: flag('pods may be targets (default: true)'),
      SubnetsClusterTagCheck: flag('discovery passes over subnets tagged for other clusters (default: true)'),
      SubnetDiscoveryByReachability: flag('discovery falls back on route tables (default: true)'),
      ALBSingleSubnet: flag('an ALB may have a single subnet (default: false)'),
      LBCapacityReservation: flag('minimum-load-balancer-capacity is read (default: true)'),
      EnableServiceController: flag('Services get Network Load Balancers (default: true)'),
      ServiceTypeLoadBalancerOnly: flag('only Services of type LoadBalancer do (default: false)'),
      NLBSecurityGroup: flag('Network Load Balancers have security groups (default: true)'),
      NLBHealthCheckAdvancedConfig: flag('success codes and time-out of their health checks are read (default: true)'),
      EnableTCPUDPListener: flag('TCP and UDP on one port make one listener (default: false)')
    }),
    description: '--feature-gates: those that change a plan'
  }
})

/** JSON schema 2020-12 of `aws.yaml`. Every key may be left out: defaults are those of `defaultEnvironment`. */
export const environmentSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://istio-alb.github.io/istio-alb/aws.schema.json',
  title: 'What only AWS and the installation of the controller know',
  ...record({
    clusterName: text("the controller's --cluster-name; names of resources are hashed with it"),
    region: { type: 'string', pattern: '^[a-z]{2}(-[a-z]+)+-[0-9]+$', description: 'the AWS region: us-west-2' },
    accountID: {
      type: 'string',
      pattern: '^[0-9]{12}$',
      description: "the AWS account: twelve digits in quotes: '111122223333'"
    },
    vpcID: identifier('vpc', 'ID of the VPC: vpc-0a1b2c3d'),
    vpcCIDRs: list(cidr(ipv4CIDR, 'an IPv4 CIDR'), 'IPv4 CIDRs of the VPC (default: 10.0.0.0/16)'),
    vpcIPv6CIDRs: list(cidr(ipv6CIDR, 'an IPv6 CIDR'), 'IPv6 CIDRs of the VPC (default: 2001:db8::/56)'),
    subnets: list(subnet, 'subnets of the VPC (default: two in two zones that discovery finds for either scheme)'),
    instances: list(instance, 'machines that targets are registered on, for istio-alb aws (default: none)'),
    quotas: {
      type: 'object',
      additionalProperties: { type: 'integer', minimum: 0 },
      description: "quotas that differ from AWS's own, by their names in DescribeAccountLimits, for istio-alb aws"
    },
    securityGroups: list(securityGroup, 'security groups that annotations name; IDs need no entry'),
    backendSecurityGroupID: identifier('sg', 'the security group that all load balancers share towards the nodes'),
    certificates: list(
      certificate,
      'certificates that hosts find (default: every host is assumed to have one, with a warning)'
    ),
    webACLs: list(webACL, 'web ACLs that annotations name (default: every name is assumed to exist)'),
    trustStores: list(named('trust store'), 'trust stores that annotations name (default: likewise)'),
    targetGroups: list(targetGroup, 'target groups that actions and TargetGroupBindings name (default: likewise)'),
    assumeMissing: flag(
      "whether what manifests seldom hold is taken to be in the cluster: the controller's IngressClass, the gateway's Service, node ports that nobody set, the Secrets that Ingresses name (default: true)"
    ),
    controller: { ...controller, description: "the controller's command-line flags that change a plan" },
    cloudProvider: { ...cloudProvider, description: 'the AWS cloud provider in the cluster, and its configuration' }
  }),
  $defs: { statement }
} as const
