export { assumeRoutes, isGateway, namesEgressGateway, sampleService } from './assume.ts'
export type { GatewayAnswer, GatewayConnection, GatewayRequest, Outcome, Unserved } from './contract.ts'
export { foreignSecret } from './credential.ts'
export { describeServer } from './describe-server.ts'
export { parseDuration } from './duration.ts'
export { IngressGateway } from './gateway.ts'
export { kindsOf } from './gateway-api/attachment.ts'
export {
  boundListeners,
  gatewaysOf,
  parentAnnotation,
  protocolProblemOf,
  unservedListeners,
  unservedOn
} from './gateway-api/listener.ts'
export { attachedRoutes, isRouteOfIstio, unattachedRoutes } from './gateway-api/unattached.ts'
export type { HeaderPairs } from './headers.ts'
export { isIstioIngress } from './ingress.ts'
export { podKindsOf } from './injection.ts'
export { type HTTPRouteSpec, istioGateways, type VirtualService, virtualServices } from './istio.ts'
export { refusingPolicies } from './policy/authorization.ts'
export { customPolicies } from './policy/custom.ts'
export { opaqueFor } from './policy/not-evaluated.ts'
export { judgePods, type PodVerdict, strictTLSOf } from './policy/pods.ts'
export { policiesFor } from './policy/selection.ts'
export { roleOf } from './port.ts'
export type { PortRoute, PortRoutes } from './port-routes.ts'
export { answerProxyPort, type ProxyPort, proxyProtocolAt } from './proxy-port.ts'
export {
  type ProxyHeader,
  type ProxyProtocol,
  readProxyHeader,
  statusPortReadsProxyHeader,
  statusPortSwitch
} from './proxy-protocol.ts'
export { describeUnknown } from './pruned.ts'
export { refusalFindings, refusedByServer, refusedObjects, whyRefused } from './refusal.ts'
export type { Server as IstioServer } from './server.ts'
export { hasHostFor, isGatewayFor, leadsToServer, passesTLS, takesRoutes } from './server.ts'
export { shadowedRoutes } from './shadowed.ts'
export { meshConfigMapOf, revisionOf, topologyOf } from './topology.ts'
export { type Delegation, gatewayName, leftOutDelegations, visibleTo } from './virtual-service.ts'
