import type { Change } from '../../failure.ts'
import {
  annotationPrefix,
  gatewayOfService,
  isHealthCheckNodePortDrawn,
  objectName,
  type Service
} from '../../resources/index.ts'
import { annotationPath, type Rule } from '../rule.ts'

/** What an Ingress puts before a Service that a second load balancer goes around. */
const guards: [suffix: string, what: string][] = [
  ['wafv2-acl-arn', 'web ACL'],
  ['wafv2-acl-name', 'web ACL'],
  ['waf-acl-id', 'web ACL'],
  ['shield-advanced-protection', 'AWS Shield'],
  ['auth-type', 'login'],
  ['inbound-cidrs', 'inbound CIDRs'],
  ['security-groups', 'security groups']
]

/** Fields that the API server takes of a Service of type LoadBalancer alone. */
const ownFields = [
  'loadBalancerClass',
  'loadBalancerSourceRanges',
  'allocateLoadBalancerNodePorts',
  'healthCheckNodePort'
]

function removals(service: Service): Change[] {
  const { spec = {} } = service
  return ownFields
    .filter(field => field in spec && !(field === 'healthCheckNodePort' && isHealthCheckNodePortDrawn(service)))
    .map(field => ({ path: ['spec', field], remove: true }))
}

/** The annotation of a Gateway of the Gateway API with the type of the Service that Istio makes of it. */
const serviceType = 'networking.istio.io/service-type'
const serviceTypePath = annotationPath(serviceType)

/** A backend of an Ingress that is of type LoadBalancer gets a load balancer of its own, which nothing guards. */
export const secondFrontDoor: Rule = {
  code: 'SECOND_FRONT_DOOR',
  severity: 'warning',
  *find({ backends, isAlternative, resources }) {
    const seen = new Set<unknown>()
    // A way to install the gateway without an Ingress may stand beside the one that goes with it.
    if (isAlternative) {
      return
    }
    for (const { service, ingress, targetType } of backends) {
      if (service.spec?.type !== 'LoadBalancer' || seen.has(service)) {
        continue
      }
      seen.add(service)
      const found = guards.filter(([suffix]) => ingress.metadata.annotations?.[annotationPrefix + suffix] !== undefined)
      const around = [...new Set(found.map(([, what]) => what))]
      const gateway = gatewayOfService(service, resources)
      yield {
        object: gateway ?? service,
        path: gateway ? serviceTypePath : ['spec', 'type'],
        message: `${objectName(service)} is of type LoadBalancer: it gets a load balancer of its own beside the one of ${objectName(ingress)}, and who knows its name goes around ${around.length > 0 ? `the ${around.join(', ')}` : 'the Ingress'}`,
        expected: 'NodePort or ClusterIP',
        actual: 'LoadBalancer',
        ...(gateway
          ? {
              hint: `set the annotation ${serviceType}: ${targetType === 'ip' ? 'ClusterIP' : 'NodePort'} on ${objectName(gateway)}, of which Istio makes the Service`,
              changes: [{ path: serviceTypePath, value: targetType === 'ip' ? 'ClusterIP' : 'NodePort' }]
            }
          : {
              hint: `set spec.type: NodePort${targetType === 'ip' ? ', or ClusterIP, as targets are pods' : ''}`,
              changes: [{ path: ['spec', 'type'], value: 'NodePort' }, ...removals(service)]
            })
      }
    }
  }
}
