/**
 * Names and resource IDs as the controller makes them: two readable parts and ten digits of a SHA-256.
 *
 * @module
 */
import * as crypto from 'node:crypto'
import type { Reference } from './stack.ts'

/** A group's identity: `namespace` is empty for an explicit group. */
export interface GroupID {
  namespace: string
  name: string
}

/** The group's name, or `namespace/name` of an implicit group (LBC: GroupID.String). */
export function formatGroupID({ namespace, name }: GroupID): string {
  return namespace === '' ? name : `${namespace}/${name}`
}

/** The finalizer that marks members of a group (LBC: buildGroupFinalizer). */
export function groupFinalizer({ namespace, name }: GroupID): string {
  return namespace === '' ? `group.ingress.k8s.aws/${name}` : 'ingress.k8s.aws/resources'
}

function clean(text: string): string {
  return text.replace(/[^a-zA-Z0-9]/gu, '')
}
function hash(...parts: (string | number)[]): string {
  return crypto.hash('sha256', parts.join(''), 'hex').slice(0, 10)
}

function objectName(namespace: string, name: string, digits: string): string {
  return `k8s-${clean(namespace).slice(0, 8)}-${clean(name).slice(0, 8)}-${digits}`
}

function groupName({ namespace, name }: GroupID, digits: string): string {
  return namespace === '' ? `k8s-${clean(name).slice(0, 17)}-${digits}` : objectName(namespace, name, digits)
}

/** LBC: buildLoadBalancerName. The scheme is part of the hash, so a change of scheme is a change of name. */
export function loadBalancerName(clusterName: string, group: GroupID, scheme: string): string {
  return groupName(group, hash(clusterName, formatGroupID(group), scheme))
}

/** LBC: buildManagedSecurityGroupName. */
export function securityGroupName(clusterName: string, group: GroupID): string {
  return groupName(group, hash(clusterName, formatGroupID(group)))
}

/** The fields that tell target groups of a group apart, in the order in which they are hashed. */
export interface TargetGroupIdentity {
  ingress: { namespace: string; name: string }
  service: { namespace: string; name: string; uid: string }
  /** As written in the Ingress: a name and a number make two target groups. */
  servicePort: number | string
  port: number
  targetType: string
  protocol: string
  protocolVersion: string
  targetControlPort?: number
}

/** LBC: buildTargetGroupName. */
export function targetGroupName(clusterName: string, group: GroupID, identity: TargetGroupIdentity): string {
  const {
    ingress,
    service,
    servicePort,
    port,
    targetType,
    protocol,
    protocolVersion,
    targetControlPort = ''
  } = identity
  const digits = hash(
    clusterName,
    formatGroupID(group),
    ingress.namespace,
    ingress.name,
    service.uid,
    servicePort,
    port,
    targetType,
    protocol,
    protocolVersion,
    targetControlPort
  )
  return objectName(service.namespace, service.name, digits)
}

/** LBC: buildFrontendNlbTargetGroupName. */
export function frontendTargetGroupName(
  clusterName: string,
  group: GroupID,
  port: number,
  healthCheck: { port: number | string; protocol: string }
): string {
  return groupName(
    group,
    hash(clusterName, formatGroupID(group), port, 'alb', 'TCP', healthCheck.port, healthCheck.protocol)
  )
}

/** A Service as names are made of it. */
export interface ServiceIdentity {
  namespace: string
  name: string
  uid: string
}

function serviceName({ namespace, name }: ServiceIdentity, digits: string): string {
  return objectName(namespace, name, digits)
}

/** LBC (pkg/service): buildLoadBalancerName. The scheme is part of the hash, so a change of scheme is a change of name. */
export function serviceLoadBalancerName(clusterName: string, service: ServiceIdentity, scheme: string): string {
  return serviceName(service, hash(clusterName, service.uid, scheme))
}

/** LBC (pkg/service): buildManagedSecurityGroupName. */
export function serviceSecurityGroupName(clusterName: string, service: ServiceIdentity): string {
  return serviceName(service, hash(clusterName, service.name, service.namespace, service.uid))
}

/** The fields that tell target groups of Services apart, in the order in which they are hashed. */
export interface ServiceTargetGroupIdentity {
  /** UID of the Service that has the load balancer, where the target group is another's. */
  baseUID: string
  service: ServiceIdentity
  port: number
  servicePort: number
  targetType: string
  protocol: string
  healthCheckProtocol: string
  healthCheckInterval: number
}

/** LBC (pkg/service): buildTargetGroupName. */
export function serviceTargetGroupName(clusterName: string, identity: ServiceTargetGroupIdentity): string {
  const { baseUID, service, port, servicePort, targetType, protocol } = identity
  const { healthCheckProtocol, healthCheckInterval } = identity
  const what = [port, servicePort, targetType, protocol, healthCheckProtocol, healthCheckInterval]
  return serviceName(service, hash(clusterName, baseUID, service.uid, ...what))
}

/** The fields that tell target groups of Gateways apart, in the order in which they are hashed. */
export interface GatewayTargetGroupIdentity {
  gateway: { namespace: string; name: string }
  route: { namespace: string; name: string; kind: string }
  backend: { namespace: string; name: string }
  /** The node port of instance targets, else the target port as it is written. */
  port: number | string
  targetType: string
  protocol: string
  /** A Network Load Balancer's target groups have none. */
  protocolVersion?: string
  targetControlPort?: number
}

/** LBC (pkg/gateway/model): buildTargetGroupName. The readable parts are the route's. */
export function gatewayTargetGroupName(clusterName: string, identity: GatewayTargetGroupIdentity): string {
  const { gateway, route, backend, port, targetType, protocol, protocolVersion = '', targetControlPort = '' } = identity
  const digits = hash(
    clusterName,
    gateway.namespace,
    gateway.name,
    route.namespace,
    route.name,
    route.kind,
    backend.namespace,
    backend.name,
    port,
    targetType,
    protocol,
    protocolVersion,
    targetControlPort
  )
  return objectName(route.namespace, route.name, digits)
}

const longestDefaultName = 32

/** What the cloud provider calls the load balancer of a Service (cloud-provider: DefaultLoadBalancerName). */
export function defaultLoadBalancerName({ uid }: ServiceIdentity): string {
  return `a${uid}`.replaceAll('-', '').slice(0, longestDefaultName)
}

/** What the cloud provider calls a target group of its own (cloud-provider-aws: buildTargetGroupName). */
export function cloudProviderTargetGroupName(
  clusterName: string,
  service: ServiceIdentity,
  identity: (string | number)[]
): string {
  const parts = [clusterName, service.namespace, service.name, ...identity]
  return serviceName(service, crypto.hash('sha1', parts.join(''), 'hex').slice(0, 10))
}

function reference(type: string, id: string, field: string): Reference {
  return {
    $ref: `#/resources/${type}/${id}/status/${field}`
  }
}
export function loadBalancerARN(id: string): Reference {
  return reference('AWS::ElasticLoadBalancingV2::LoadBalancer', id, 'loadBalancerARN')
}
export function listenerARN(id: string): Reference {
  return reference('AWS::ElasticLoadBalancingV2::Listener', id, 'listenerARN')
}
export function targetGroupARN(id: string): Reference {
  return reference('AWS::ElasticLoadBalancingV2::TargetGroup', id, 'targetGroupARN')
}
export function securityGroupID(id: string): Reference {
  return reference('AWS::EC2::SecurityGroup', id, 'groupID')
}
