import { actionMissing, actionUnused } from './action-reference.ts'
import { annotationLegacy } from './annotation-legacy.ts'
import { annotationName } from './annotation-name.ts'
import { annotationOverride } from './annotation-override.ts'
import { annotationPlace } from './annotation-place.ts'
import { annotationValue } from './annotation-value.ts'
import { plainToTLS, tlsToPlain } from './backend-protocol.ts'
import { certificate } from './certificate.ts'
import { drain } from './drain.ts'
import { gatewayCredential, gatewayHosts, gatewayMutualTLS } from './gateway-server.ts'
import { gatewayRedirect, proxyProtocol } from './gateway-topology.ts'
import { healthCheckNumber } from './health-check-number.ts'
import { healthCheckPath } from './health-check-path.ts'
import { healthCheckPodPort } from './health-check-pod-port.ts'
import { healthCheckPort } from './health-check-port.ts'
import { healthCheckProtocol } from './health-check-protocol.ts'
import { healthCheckTime } from './health-check-time.ts'
import { hub } from './hub.ts'
import { inboundCIDR } from './inbound-cidr.ts'
import { ingressClass } from './ingress-class.ts'
import { ingressLoading } from './ingress-loading.ts'
import { ingressTaken } from './ingress-taken.ts'
import { limit } from './limit.ts'
import { nodePort } from './node-port.ts'
import { operatorKey } from './operator-key.ts'
import { operatorResource } from './operator-resource.ts'
import { planError } from './plan-error.ts'
import { grpcHealthCheck, versionWithoutTLS } from './protocol-version.ts'
import { redirectRemovesRoutes } from './redirect.ts'
import { removedAPI } from './removed-api.ts'
import type { Rule } from './rule.ts'
import { ruleCondition } from './rule-condition.ts'
import { ruleRedirected, ruleShadowed } from './rule-order.ts'
import { serviceReference } from './service-reference.ts'
import { serviceType } from './service-type.ts'
import { sslRedirectAction } from './ssl-redirect.ts'
import { statusPort } from './status-port.ts'
import { trafficPolicy } from './traffic-policy.ts'

/** Every rule, in the order in which findings of one severity are told: causes before what follows from them. */
export const rules: readonly Rule[] = [
  // What is refused before anything is built.
  ...[removedAPI, operatorResource, operatorKey, nodePort, ingressLoading, planError],
  // The health check.
  ...[healthCheckPort, healthCheckPodPort, healthCheckNumber, healthCheckProtocol, healthCheckPath, healthCheckTime],
  ...[grpcHealthCheck, statusPort],
  // The backend.
  ...[serviceReference, serviceType, plainToTLS, tlsToPlain, versionWithoutTLS, trafficPolicy],
  // Annotations.
  ...[sslRedirectAction, actionMissing, actionUnused, annotationName, annotationPlace, annotationLegacy],
  ...[annotationValue, annotationOverride, ingressClass, ingressTaken, inboundCIDR],
  // Listeners and rules.
  ...[certificate, redirectRemovesRoutes, ruleRedirected, ruleShadowed, ruleCondition, limit],
  // Istio.
  ...[gatewayHosts, gatewayCredential, gatewayMutualTLS, gatewayRedirect, proxyProtocol, drain, hub]
]
