import { predictionRules } from './predictions/prediction.ts'
import type { Rule } from './rule.ts'
import { actionMissing, actionUnused } from './rules/action-reference.ts'
import { annotationLegacy } from './rules/annotation-legacy.ts'
import { annotationMember } from './rules/annotation-member.ts'
import { annotationName } from './rules/annotation-name.ts'
import { annotationOverride } from './rules/annotation-override.ts'
import { annotationPlace } from './rules/annotation-place.ts'
import { annotationValue } from './rules/annotation-value.ts'
import { apiRefusal } from './rules/api-refusal.ts'
import { authenticationAsked } from './rules/authentication-asked.ts'
import { autoModeAnnotation } from './rules/auto-mode.ts'
import { plainToTLS, tlsToPlain } from './rules/backend-protocol.ts'
import { certificate } from './rules/certificate.ts'
import { classParameters } from './rules/class-parameters.ts'
import { definedTwice } from './rules/defined-twice.ts'
import { drain, drainOfTargets } from './rules/drain.ts'
import { duplicateKey } from './rules/duplicate-key.ts'
import { forwardedFor } from './rules/forwarded-for.ts'
import { secondFrontDoor } from './rules/front-door.ts'
import { listenerRefused, listenerWithoutRoutes, routeNotAccepted, routeReference } from './rules/gateway-attachment.ts'
import { certificateReferences, prefixLists, tagsStop, versionIgnored } from './rules/gateway-configuration.ts'
import { gatewayFilter } from './rules/gateway-filter.ts'
import { gatewayInjection } from './rules/gateway-injection.ts'
import { gatewayLeftOut } from './rules/gateway-left-out.ts'
import { gatewaySelector, gatewayServerMissing, gatewayTLSVersion } from './rules/gateway-listening.ts'
import { gatewayParameters } from './rules/gateway-parameters.ts'
import { authenticationSkipped, filterUnsupported } from './rules/gateway-rule.ts'
import { gatewayCredential, gatewayHosts, gatewayMutualTLS } from './rules/gateway-server.ts'
import { gatewaySpare } from './rules/gateway-spare.ts'
import { gatewayRedirect, proxyProtocol } from './rules/gateway-topology.ts'
import { gracePeriod } from './rules/grace-period.ts'
import { healthCheckNumber } from './rules/health-check-number.ts'
import { healthCheckPath } from './rules/health-check-path.ts'
import { healthCheckPodPort } from './rules/health-check-pod-port.ts'
import { healthCheckPort } from './rules/health-check-port.ts'
import { healthCheckProtocol } from './rules/health-check-protocol.ts'
import { healthCheckTime } from './rules/health-check-time.ts'
import { hub } from './rules/hub.ts'
import { inboundCIDR } from './rules/inbound-cidr.ts'
import { ingressClass } from './rules/ingress-class.ts'
import { ingressLoading } from './rules/ingress-loading.ts'
import { ingressPaths } from './rules/ingress-paths.ts'
import { ingressTaken } from './rules/ingress-taken.ts'
import { istioObject } from './rules/istio-object.ts'
import { limit } from './rules/limit.ts'
import { listenerAnnotationUnused } from './rules/listener-annotation.ts'
import { certificateUnused, foreignRegion, sslRedirectUnused, tlsWithoutHTTPS } from './rules/listeners-meant.ts'
import { loadBalancerName } from './rules/load-balancer-name.ts'
import { mutualTLS } from './rules/mutual-tls.ts'
import { networkPolicy } from './rules/network-policy.ts'
import { nodePort } from './rules/node-port.ts'
import { operatorKey } from './rules/operator-key.ts'
import { operatorResource } from './rules/operator-resource.ts'
import { planError } from './rules/plan-error.ts'
import { policyAddress } from './rules/policy-address.ts'
import { policyDenial } from './rules/policy-denial.ts'
import { grpcHealthCheck, versionWithoutTLS } from './rules/protocol-version.ts'
import { proxyConfigKey, proxyConfigMisplaced, proxyConfigRefused } from './rules/proxy-config.ts'
import { readinessGate } from './rules/readiness-gate.ts'
import { redirectRemovesRoutes } from './rules/redirect.ts'
import { removedAPI } from './rules/removed-api.ts'
import { replicas } from './rules/replicas.ts'
import { rewriteSlashes } from './rules/rewrite.ts'
import { routeAttachment } from './rules/route-attachment.ts'
import { routeDestination } from './rules/route-destination.ts'
import { routeTimeout } from './rules/route-timeout.ts'
import { ruleCondition } from './rules/rule-condition.ts'
import { ruleRedirected, ruleShadowed } from './rules/rule-order.ts'
import { nodesClosed } from './rules/security-groups.ts'
import { serviceAnnotationIgnored, serviceNotTaken } from './rules/service-annotation.ts'
import { serverSpeaksFirst, stickyByAddress } from './rules/service-flows.ts'
import { firstPortChecked, localHealthCheck, tlsHealthCheck, udpHealthCheck } from './rules/service-health-check.ts'
import {
  crossZoneOff,
  hairpin,
  portOfTwoProtocols,
  schemeNotSaid,
  sourceRangesIgnored
} from './rules/service-network.ts'
import { healthCheckWithProxyHeader, proxyProtocolNotRead } from './rules/service-proxy-protocol.ts'
import { serviceReference } from './rules/service-reference.ts'
import { serviceSelector } from './rules/service-selector.ts'
import {
  alpnMissing,
  everyPortIsTLS,
  networkTLSMismatch,
  statusPortPublic,
  tlsWithoutSNI
} from './rules/service-tls.ts'
import { serviceType } from './rules/service-type.ts'
import { sslRedirectAction } from './rules/ssl-redirect.ts'
import { statusPort } from './rules/status-port.ts'
import { stickyInstances } from './rules/stickiness.ts'
import { targetGroupBinding } from './rules/target-group-binding.ts'
import { targetPortName } from './rules/target-port.ts'
import { trafficPolicy } from './rules/traffic-policy.ts'
import { trustedProxies } from './rules/trusted-proxies.ts'
import { variableNotReplaced } from './rules/variable.ts'
import { virtualServiceUnbound } from './rules/virtual-service.ts'
import { virtualServiceHost } from './rules/virtual-service-host.ts'

/** Every rule, in the order in which findings of one severity are told: causes before what follows from them. */
export const rules: readonly Rule[] = [
  // What is refused before anything is built.
  ...[duplicateKey, definedTwice, variableNotReplaced, removedAPI, apiRefusal, operatorResource, operatorKey, nodePort],
  ...[ingressLoading, planError],
  // The health check.
  ...[healthCheckPort, healthCheckPodPort, healthCheckNumber, healthCheckProtocol, healthCheckPath, healthCheckTime],
  ...[grpcHealthCheck, statusPort],
  // The backend.
  ...[
    serviceReference,
    serviceType,
    replicas,
    serviceSelector,
    targetPortName,
    plainToTLS,
    tlsToPlain,
    versionWithoutTLS,
    trafficPolicy,
    stickyInstances
  ],
  ...[secondFrontDoor, nodesClosed, networkPolicy, readinessGate, targetGroupBinding],
  // Annotations.
  authenticationAsked,
  ...[sslRedirectAction, actionMissing, actionUnused, annotationName, annotationMember, annotationPlace],
  ...[annotationLegacy, annotationValue, annotationOverride, classParameters, autoModeAnnotation, ingressClass],
  ...[ingressTaken, loadBalancerName, inboundCIDR],
  // Services with a load balancer of their own.
  ...[serviceNotTaken, serviceAnnotationIgnored, listenerAnnotationUnused, portOfTwoProtocols, sourceRangesIgnored],
  ...[localHealthCheck, healthCheckWithProxyHeader, tlsHealthCheck, udpHealthCheck, firstPortChecked],
  ...[proxyProtocolNotRead, networkTLSMismatch, tlsWithoutSNI, everyPortIsTLS, alpnMissing, statusPortPublic],
  ...[crossZoneOff, schemeNotSaid, hairpin, serverSpeaksFirst, stickyByAddress],
  // Listeners and rules.
  ...[certificate, tlsWithoutHTTPS, certificateUnused, sslRedirectUnused, foreignRegion],
  ...[ingressPaths, redirectRemovesRoutes, ruleRedirected, ruleShadowed, ruleCondition, limit],
  // Gateways of the controller's.
  ...[filterUnsupported, listenerRefused, routeNotAccepted, routeReference, authenticationSkipped, versionIgnored],
  ...[listenerWithoutRoutes, certificateReferences, prefixLists, tagsStop],
  // Istio.
  ...[
    gatewaySelector,
    gatewayServerMissing,
    gatewayLeftOut,
    gatewayHosts,
    gatewayCredential,
    gatewayMutualTLS,
    gatewayTLSVersion,
    gatewayRedirect,
    proxyProtocol,
    virtualServiceUnbound,
    virtualServiceHost,
    routeAttachment,
    routeDestination,
    routeTimeout,
    rewriteSlashes,
    istioObject,
    gatewayParameters
  ],
  ...[
    proxyConfigRefused,
    proxyConfigKey,
    proxyConfigMisplaced,
    gatewayInjection,
    mutualTLS,
    policyDenial,
    policyAddress,
    trustedProxies,
    forwardedFor
  ],
  ...[drain, drainOfTargets, gracePeriod, gatewaySpare, gatewayFilter, hub]
]

/** Every rule that can find something: those that follow requests come last. */
export const everyRule: readonly Rule[] = [...rules, ...predictionRules]
