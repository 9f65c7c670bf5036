export { assumeRoutes, isGateway, sampleService } from './assume.ts'
export type { Destination } from './destination.ts'
export {
  type Accepted,
  type GatewayAnswer,
  type GatewayConnection,
  type GatewayOptions,
  type GatewayRequest,
  IngressGateway,
  type Outcome
} from './gateway.ts'
export type { HeaderPairs } from './headers.ts'
export { hostsForNamespace, withoutNamespace } from './host.ts'
export { type IstioGateway, istioGateways, type VirtualService, virtualServices } from './istio.ts'
export { type PortRole, roleOf } from './port.ts'
export type { ConsideredRoute } from './route.ts'
export { type Topology, topologyOf } from './topology.ts'
