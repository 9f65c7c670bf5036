import { isGateway, parseDuration } from '../../istio/index.ts'
import { annotationPrefix, objectName } from '../../resources/index.ts'
import { healthCheckTimes } from '../facts/health-check-time.ts'
import { type Proxies, type ProxySetting, proxiesOf, proxySetting, setProxy } from '../facts/proxy-config.ts'
import { annotationPath, type Problem, type Rule } from '../rule.ts'

/** Istio's default (ProxyConfig, terminationDrainDuration). */
const defaultDrainSeconds = 5

const times = ['healthcheck-interval-seconds', 'unhealthy-threshold-count'] as const

/** A longer drain, and where the pods' own workload is known a grace period that leaves time for it. */
function drainFor(
  proxies: Proxies,
  set: ProxySetting<unknown> | undefined,
  seconds: number
): Pick<Problem, 'changed' | 'changes'> {
  const { installation } = proxies
  const change = set
    ? { changed: set.object, changes: [{ path: set.place, value: `${seconds}s` }] }
    : setProxy(proxies, `${seconds}s`, 'terminationDrainDuration')
  const { terminationGracePeriodSeconds: grace = 30 } =
    (installation as { spec?: { template?: { spec?: { terminationGracePeriodSeconds?: number } } } }).spec?.template
      ?.spec ?? {}
  const isShort = installation.kind !== 'IstioOperator' && change.changed === installation && grace < seconds + 10
  return {
    changed: change.changed,
    changes: [
      ...change.changes,
      ...(isShort ? [{ path: ['spec', 'template', 'spec', 'terminationGracePeriodSeconds'], value: seconds + 10 }] : [])
    ]
  }
}

/**
 * A gateway pod that ends must go on serving until the load balancer has seen its health check fail (istio/istio#26302).
 * Told where one of the two was set: the defaults of Istio and of the controller do not fit either, but there nobody chose.
 */
export const drain: Rule = {
  code: 'DRAIN_SHORTER_THAN_HEALTH_CHECK',
  severity: 'warning',
  *find(context) {
    const seen = new Set<unknown>()
    for (const backend of context.backends) {
      // terminationDrainDuration is a setting of Istio's proxies; other pods have none.
      const proxies = isGateway(backend.service, context.resources) ? proxiesOf(context, backend.service) : undefined
      // A pod that is a target itself is taken out as soon as it ends, without a health check.
      if (!proxies || backend.targetType !== 'instance' || seen.has(backend.service)) {
        continue
      }
      const set = proxySetting(proxies, config => config.terminationDrainDuration, 'terminationDrainDuration')
      const timed = times.map(backend.setting).find(annotation => annotation !== undefined)
      const seconds = set ? parseDuration(String(set.value)) : defaultDrainSeconds
      const { interval, unhealthyThreshold } = healthCheckTimes(backend)
      const needed = interval * unhealthyThreshold
      if (seconds === undefined || !(seconds < needed) || !(set || timed)) {
        continue
      }
      seen.add(backend.service)
      yield {
        object: set?.object ?? timed!.object,
        path: set?.path ?? annotationPath(timed!.name),
        message: `a gateway pod of ${objectName(proxies.installation)} that ends serves for ${seconds} s more (terminationDrainDuration${set ? '' : ' is not set'}), but the load balancer needs ${needed} s to notice (${unhealthyThreshold} checks, one every ${interval} s): requests in between get 502`,
        expected: `at least ${needed + 5}s`,
        actual: `${seconds}s`,
        hint: `set terminationDrainDuration: ${needed + 5}s in the gateway's proxy config and a longer terminationGracePeriodSeconds, or lower ${annotationPrefix}healthcheck-interval-seconds`,
        ...drainFor(proxies, set, needed + 5)
      }
    }
  }
}
