/**
 * The PROXY header before a gateway's bytes, and what takes it off.
 *
 * @module
 */
import { type IngressGateway, roleOf } from '../../istio/index.ts'
import {
  gatewayOfService,
  madeAnnotationsPath,
  objectName,
  type Service,
  type ServicePort
} from '../../resources/index.ts'
import type { Context } from '../context.ts'

/** Whether clients are meant to come to a port: a server has it, and it is not the status port. */
export function isServed(gateway: IngressGateway, port: ServicePort): boolean {
  const { plain, tls } = gateway.serversOn(port)
  return roleOf(port) !== 'status' && plain.length + tls.length > 0
}

/**
 * What lets the gateway behind a Service take the header off.
 *
 * @param isSure whether the objects tell that nothing does.
 * @param otherwise what lets the load balancer send none.
 */
export function ownProxyHint(
  { resources }: Pick<Context, 'resources'>,
  service: Service,
  isSure: boolean,
  otherwise: string
): string {
  const made = gatewayOfService(service, resources)
  if (made) {
    return `set proxy.istio.io/config: '{"gatewayTopology": {"proxyProtocol": {}}}' in ${madeAnnotationsPath(made).join('.')} of ${objectName(made)}, or ${otherwise}`
  }
  return isSure
    ? `set gatewayTopology: { proxyProtocol: {} } in the gateway's proxy config, or ${otherwise}`
    : "give the gateway's Deployment or IstioOperator too, with gatewayTopology: { proxyProtocol: {} } in its proxy config"
}
