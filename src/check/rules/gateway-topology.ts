import { annotationName, objectName } from '../../resources/index.ts'
import { serversBehind } from '../facts/gateway.ts'
import { proxiesOf, proxySetting, setProxy } from '../facts/proxy-config.ts'
import type { Rule } from '../rule.ts'

/**
 * A server that redirects to HTTPS by X-Forwarded-Proto must believe the load balancer's; without a trusted proxy Envoy
 * writes its own scheme over it and redirects for ever (istio/istio#16778).
 */
export const gatewayRedirect: Rule = {
  code: 'GATEWAY_REDIRECT_LOOP',
  severity: 'error',
  explains: ['REDIRECT_LOOP'],
  *find(context) {
    const seen = new Set<unknown>()
    for (const backend of context.backends) {
      const proxies = proxiesOf(context, backend.service)
      if (!proxies) {
        continue
      }
      const trusted = proxySetting(proxies, config => config.gatewayTopology?.numTrustedProxies)
      if ((trusted?.value ?? 0) > 0) {
        continue
      }
      for (const { gateway, index, server } of serversBehind(context, backend)) {
        if (server.tls?.httpsRedirect !== true || seen.has(server)) {
          continue
        }
        seen.add(server)
        yield {
          object: gateway,
          path: ['spec', 'servers', index, 'tls', 'httpsRedirect'],
          message: `server ${server.port?.name ?? index} of ${objectName(gateway)} redirects to HTTPS by X-Forwarded-Proto, but ${objectName(proxies.installation)} trusts no proxy (numTrustedProxies ${trusted?.value ?? 'is not set'}), so what ${objectName(backend.ingress)} ended TLS for is redirected to itself for ever`,
          expected: 'numTrustedProxies: 1',
          actual: `numTrustedProxies: ${trusted?.value ?? 'not set'}`,
          hint: `set gatewayTopology.numTrustedProxies: 1 in the gateway's proxy config, or redirect with ${annotationName('ssl-redirect')} instead`,
          ...setProxy(proxies, 1, 'gatewayTopology', 'numTrustedProxies')
        }
      }
    }
  }
}

/** An ALB speaks no PROXY protocol; a gateway that waits for its header resets every connection. */
export const proxyProtocol: Rule = {
  code: 'GATEWAY_WANTS_PROXY_PROTOCOL',
  severity: 'error',
  explains: ['HEALTH_CHECK_FAILS', 'TARGET_GIVES_NO_ANSWER'],
  *find(context) {
    const seen = new Set<unknown>()
    for (const { service, ingress } of context.backends) {
      const proxies = seen.has(service) ? undefined : proxiesOf(context, service)
      seen.add(service)
      const setting =
        proxies &&
        proxySetting(proxies, config => config.gatewayTopology?.proxyProtocol, 'gatewayTopology', 'proxyProtocol')
      if (!setting) {
        continue
      }
      yield {
        object: setting.object,
        path: setting.path,
        message: `the gateway behind ${objectName(service)} waits for a PROXY protocol header, which the Application Load Balancer of ${objectName(ingress)} never sends: every connection is reset`,
        expected: 'no gatewayTopology.proxyProtocol',
        actual: 'gatewayTopology.proxyProtocol is set',
        hint: 'remove gatewayTopology.proxyProtocol; the client address comes in X-Forwarded-For',
        changes: [{ path: setting.place, remove: true }]
      }
    }
  }
}
