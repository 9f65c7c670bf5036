import type { ServicePort } from '../resources/index.ts'

/** What a port of a gateway speaks where no Istio Gateway says it. */
export type PortRole = 'status' | 'tls' | 'http'

/**
 * The role of a Service port, by what Istio's gateway does on it: the status port is told by its number or name, TLS by
 * the name's protocol prefix (Istio's protocol selection), `appProtocol` or the well-known numbers.
 */
export function roleOf({ name = '', port, targetPort, appProtocol }: ServicePort): PortRole {
  if (name === 'status-port' || port === 15021 || targetPort === 15021) {
    return 'status'
  }
  if (/^(https|tls)(-|$)/.test(name) || appProtocol === 'https' || [443, 8443].includes(port)) {
    return 'tls'
  }
  return 'http'
}
