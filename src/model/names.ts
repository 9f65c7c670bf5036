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
export const formatGroupID = ({ namespace, name }: GroupID): string =>
  namespace === '' ? name : `${namespace}/${name}`

/** The finalizer that marks members of a group (LBC: buildGroupFinalizer). */
export const groupFinalizer = ({ namespace, name }: GroupID): string =>
  namespace === '' ? `group.ingress.k8s.aws/${name}` : 'ingress.k8s.aws/resources'

const clean = (text: string): string => text.replace(/[^a-zA-Z0-9]/gu, '')
const hash = (...parts: (string | number)[]): string => crypto.hash('sha256', parts.join(''), 'hex').slice(0, 10)

const objectName = (namespace: string, name: string, digits: string): string =>
  `k8s-${clean(namespace).slice(0, 8)}-${clean(name).slice(0, 8)}-${digits}`

const groupName = ({ namespace, name }: GroupID, digits: string): string =>
  namespace === '' ? `k8s-${clean(name).slice(0, 17)}-${digits}` : objectName(namespace, name, digits)

/** LBC: buildLoadBalancerName. The scheme is part of the hash, so a change of scheme is a change of name. */
export const loadBalancerName = (clusterName: string, group: GroupID, scheme: string): string =>
  groupName(group, hash(clusterName, formatGroupID(group), scheme))

/** LBC: buildManagedSecurityGroupName. */
export const securityGroupName = (clusterName: string, group: GroupID): string =>
  groupName(group, hash(clusterName, formatGroupID(group)))

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
export const targetGroupName = (clusterName: string, group: GroupID, identity: TargetGroupIdentity): string => {
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
export const frontendTargetGroupName = (
  clusterName: string,
  group: GroupID,
  port: number,
  healthCheck: { port: number | string; protocol: string }
): string =>
  groupName(group, hash(clusterName, formatGroupID(group), port, 'alb', 'TCP', healthCheck.port, healthCheck.protocol))

const reference = (type: string, id: string, field: string): Reference => ({
  $ref: `#/resources/${type}/${id}/status/${field}`
})
export const loadBalancerARN = (id: string): Reference =>
  reference('AWS::ElasticLoadBalancingV2::LoadBalancer', id, 'loadBalancerARN')
export const listenerARN = (id: string): Reference =>
  reference('AWS::ElasticLoadBalancingV2::Listener', id, 'listenerARN')
export const targetGroupARN = (id: string): Reference =>
  reference('AWS::ElasticLoadBalancingV2::TargetGroup', id, 'targetGroupARN')
export const securityGroupID = (id: string): Reference => reference('AWS::EC2::SecurityGroup', id, 'groupID')
