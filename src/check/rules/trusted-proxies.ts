import { annotationName, objectName } from '../../resources/index.ts'
import { gatewayBackends } from '../facts/gateway-pods.ts'
import { proxiesOf, proxySetting } from '../facts/proxy-config.ts'
import type { Rule } from '../rule.ts'

/** What lets only another proxy, such as CloudFront, reach the load balancer. */
const guards = ['inbound-cidrs', 'security-group-prefix-lists', 'security-groups'] as const

/**
 * An Application Load Balancer adds one address to X-Forwarded-For. Envoy counts from the right, so that with more trusted
 * proxies than there are the address is one that the client wrote (envoy: xff_num_trusted_hops).
 */
export const trustedProxies: Rule = {
  code: 'TRUSTED_PROXIES_TOO_MANY',
  severity: 'warning',
  *find(context) {
    for (const { service, ingress, params, setting } of gatewayBackends(context)) {
      const proxies = proxiesOf(context, service)
      const trusted =
        proxies &&
        proxySetting(
          proxies,
          config => config.gatewayTopology?.numTrustedProxies,
          'gatewayTopology',
          'numTrustedProxies'
        )
      const scheme = params?.spec?.scheme ?? setting('scheme')?.value
      const isGuarded = guards.some(suffix => setting(suffix) !== undefined) || params?.spec?.inboundCIDRs !== undefined
      // Only the world itself comes without a proxy in front.
      if (!trusted || !(trusted.value > 1) || isGuarded || scheme !== 'internet-facing') {
        continue
      }
      yield {
        object: trusted.object,
        path: trusted.path,
        message: `${objectName(proxies.installation)} trusts ${trusted.value} proxies, and everybody reaches the one load balancer of ${objectName(ingress)}, which adds one address to X-Forwarded-For: the client's address is whatever the client writes there`,
        expected: 'numTrustedProxies: 1',
        actual: `numTrustedProxies: ${trusted.value}`,
        changes: [{ path: trusted.place, value: 1 }],
        hint: `set gatewayTopology.numTrustedProxies: 1, or let only the proxy in front reach the load balancer (${annotationName('security-group-prefix-lists')})`
      }
    }
  }
}
