import { topologyOf } from '../../istio/index.ts'
import { annotationName, objectName } from '../../resources/index.ts'
import { serversBehind } from '../facts/gateway.ts'
import { listenPortsOf } from '../facts/listen-ports.ts'
import { proxiesOf, proxySetting, setProxy } from '../facts/proxy-config.ts'
import type { Rule } from '../rule.ts'
import { waitsForProxyHeader } from './service-proxy-protocol.ts'
import { redirectsBehindTLS } from './service-tls.ts'

/**
 * A server that redirects to HTTPS by X-Forwarded-Proto must believe the load balancer's; without a trusted proxy Envoy
 * writes its own scheme over it and redirects for ever (istio/istio#16778). What comes over HTTP alone is redirected once.
 */
export const gatewayRedirect: Rule = {
  code: 'GATEWAY_REDIRECT_LOOP',
  severity: 'error',
  explains: ['REDIRECT_LOOP'],
  *find(context) {
    yield* redirectsBehindTLS(context)
    const seen = new Set<unknown>()
    for (const backend of context.backends) {
      const { trustedProxies, unknown } = topologyOf(backend.service, context.resources)
      const endsTLS = listenPortsOf(context, backend.ingress)?.some(({ protocol }) => protocol === 'HTTPS')
      if (trustedProxies > 0 || !endsTLS) {
        continue
      }
      const proxies = proxiesOf(context, backend.service)
      for (const { gateway, index, server } of serversBehind(context, backend)) {
        // Over TLS Envoy's own scheme is https.
        const isPlain = /^(HTTP2?|GRPC(-WEB)?)$/i.test(server.port?.protocol ?? '')
        if (server.tls?.httpsRedirect !== true || !isPlain || seen.has(server)) {
          continue
        }
        seen.add(server)
        const what = `server ${server.port?.name ?? index} of ${objectName(gateway)} redirects to HTTPS by X-Forwarded-Proto`
        const loops = `what ${objectName(backend.ingress)} ended TLS for is redirected to itself for ever`
        yield {
          object: gateway,
          path: ['spec', 'servers', index, 'tls', 'httpsRedirect'],
          message:
            unknown === undefined
              ? `${what}, but ${objectName(proxies?.installation ?? backend.service)} trusts no proxy (numTrustedProxies is 0, or not set), so ${loops}`
              : `${what}, and nothing says that the pods of ${objectName(backend.service)} trust the load balancer: unless numTrustedProxies is set in what is not among the objects (${unknown}), ${loops}`,
          expected: 'numTrustedProxies: 1',
          actual: unknown === undefined ? 'numTrustedProxies: 0' : 'not known',
          hint: `set gatewayTopology.numTrustedProxies: 1 in the gateway's proxy config, or redirect with ${annotationName('ssl-redirect')} instead`,
          ...(unknown !== undefined && { severity: 'warning' as const }),
          ...(proxies && setProxy(proxies, 1, 'gatewayTopology', 'numTrustedProxies'))
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
    yield* waitsForProxyHeader(context)
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
