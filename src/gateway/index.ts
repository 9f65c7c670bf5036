export { assumeRoutes, isGateway, sampleService } from './assume.ts'
export type {
  Accepted,
  GatewayAnswer,
  GatewayConnection,
  GatewayOptions,
  GatewayRequest,
  Outcome
} from './contract.ts'
export type { Destination } from './destination.ts'
export { IngressGateway } from './gateway.ts'
export type { HeaderPairs } from './headers.ts'
export { hostsForNamespace, withoutNamespace } from './host.ts'
export { type IstioGateway, istioGateways, type VirtualService, virtualServices } from './istio.ts'
export { type PortRole, roleOf } from './port.ts'
export type { ConsideredRoute } from './route.ts'
export { type Topology, topologyOf } from './topology.ts'
