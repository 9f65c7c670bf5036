/**
 * The Kubernetes kinds that a load balancer's plan is made of, with the fields that are read.
 * Nothing is defaulted: an object is what a file or the API server says.
 *
 * @module
 */

export interface ObjectMeta {
  name: string
  namespace?: string
  uid?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  finalizers?: string[]
  /** RFC 3339; present while the object is being deleted. */
  deletionTimestamp?: string
  /** RFC 3339 */
  creationTimestamp?: string
  resourceVersion?: string
  generation?: number
}

/** Any object, of a kind the tools may not know. */
export interface KubernetesObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
  [field: string]: unknown
}

export interface ServiceBackendPort {
  name?: string
  number?: number
}

export interface IngressBackend {
  service?: { name: string; port?: ServiceBackendPort }
  resource?: { apiGroup?: string; kind: string; name: string }
}

export type PathType = 'Exact' | 'Prefix' | 'ImplementationSpecific'

export interface IngressPath {
  path?: string
  pathType?: PathType
  backend: IngressBackend
}

export interface IngressRule {
  host?: string
  http?: { paths: IngressPath[] }
}

/** An entry of the status of an Ingress or a Service: where its load balancer is. */
export interface LoadBalancerStatusEntry {
  hostname?: string
  ip?: string
  ports?: { port: number; protocol?: string }[]
}

export interface Ingress extends KubernetesObject {
  kind: 'Ingress'
  spec?: {
    ingressClassName?: string
    defaultBackend?: IngressBackend
    rules?: IngressRule[]
    tls?: { hosts?: string[]; secretName?: string }[]
  }
  status?: { loadBalancer?: { ingress?: LoadBalancerStatusEntry[] } }
}

export interface IngressClass extends KubernetesObject {
  kind: 'IngressClass'
  spec?: { controller?: string; parameters?: { apiGroup?: string; kind: string; name: string; scope?: string } }
}

export interface LabelSelector {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}

export interface Attribute {
  key: string
  value: string
}

/** IngressClassParams of `elbv2.k8s.aws/v1beta1`. */
export interface IngressClassParams extends KubernetesObject {
  kind: 'IngressClassParams'
  spec?: {
    loadBalancerName?: string
    certificateArn?: string[]
    namespaceSelector?: LabelSelector
    group?: { name: string }
    scheme?: string
    inboundCIDRs?: string[]
    sslPolicy?: string
    sslRedirectPort?: string
    subnets?: { ids?: string[]; tags?: Record<string, string[]> }
    ipAddressType?: string
    tags?: Attribute[]
    targetType?: string
    loadBalancerAttributes?: Attribute[]
    listeners?: { protocol: string; port: number; listenerAttributes?: Attribute[] }[]
    minimumLoadBalancerCapacity?: { capacityUnits: number }
    ipamConfiguration?: { ipv4IPAMPoolId?: string }
    prefixListsIDs?: string[]
    PrefixListsIDs?: string[]
    wafv2AclArn?: string
    wafv2AclName?: string
  }
}

export interface ServicePort {
  name?: string
  protocol?: string
  port: number
  targetPort?: number | string
  nodePort?: number
  appProtocol?: string
}

export interface Service extends KubernetesObject {
  kind: 'Service'
  spec?: {
    type?: string
    loadBalancerClass?: string
    ports?: ServicePort[]
    selector?: Record<string, string>
    clusterIP?: string
    ipFamilies?: string[]
    externalTrafficPolicy?: string
    healthCheckNodePort?: number
    loadBalancerSourceRanges?: string[]
    loadBalancerIP?: string
    allocateLoadBalancerNodePorts?: boolean
    sessionAffinity?: string
    externalName?: string
  }
  status?: { loadBalancer?: { ingress?: LoadBalancerStatusEntry[] } }
}

export interface Secret extends KubernetesObject {
  kind: 'Secret'
  type?: string
  /** Base64. */
  data?: Record<string, string>
}

export interface Namespace extends KubernetesObject {
  kind: 'Namespace'
}

export interface Node extends KubernetesObject {
  kind: 'Node'
  spec?: {
    providerID?: string
    podCIDR?: string
    unschedulable?: boolean
    taints?: { key: string; value?: string; effect: string }[]
  }
  status?: {
    addresses?: { type: string; address: string }[]
    conditions?: { type: string; status: string }[]
  }
}

export interface EndpointSlice extends KubernetesObject {
  kind: 'EndpointSlice'
  addressType?: string
  endpoints?: {
    addresses: string[]
    conditions?: { ready?: boolean; serving?: boolean; terminating?: boolean }
    nodeName?: string
    targetRef?: { kind?: string; name?: string; namespace?: string }
  }[]
  ports?: { name?: string; port?: number; protocol?: string }[]
}

export interface Pod extends KubernetesObject {
  kind: 'Pod'
  spec?: { readinessGates?: { conditionType: string }[] }
  status?: {
    podIP?: string
    conditions?: { type: string; status: string; reason?: string; message?: string; lastTransitionTime?: string }[]
  }
}

/** TargetGroupBinding of `elbv2.k8s.aws/v1beta1`. */
export interface TargetGroupBinding extends KubernetesObject {
  kind: 'TargetGroupBinding'
  spec?: {
    targetGroupARN?: string
    targetGroupName?: string
    targetType?: 'instance' | 'ip'
    targetGroupProtocol?: string
    ipAddressType?: 'ipv4' | 'ipv6'
    vpcID?: string
    multiClusterTargetGroup?: boolean
    iamRoleArnToAssume?: string
    serviceRef?: { name: string; port: number | string }
    nodeSelector?: LabelSelector
  }
  status?: { observedGeneration?: number }
}

/** The kinds that the model and the controller read, by their name. */
export interface Kinds {
  Ingress: Ingress
  IngressClass: IngressClass
  IngressClassParams: IngressClassParams
  Service: Service
  Secret: Secret
  Namespace: Namespace
  Node: Node
  EndpointSlice: EndpointSlice
  Pod: Pod
  TargetGroupBinding: TargetGroupBinding
}
