/**
 * How long a gateway's pods go on serving after they were told to end, against what the load balancer needs to leave them alone.
 *
 * @module
 */

import { parseDuration } from '../../istio/index.ts'
import { annotationPrefix, objectName, type Path, type Service } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import type { Backend } from '../facts/backend.ts'
import { attributeOf, frontDoors } from '../facts/front-door.ts'
import { gatewayBackends } from '../facts/gateway-pods.ts'
import { healthCheckTimes } from '../facts/health-check-time.ts'
import {
  type Proxies,
  type ProxySetting,
  preStopSeconds,
  proxiesOf,
  proxySetting,
  setProxy
} from '../facts/proxy-config.ts'
import { annotationPath, type Problem, type Rule } from '../rule.ts'

/** Istio's default (ProxyConfig, terminationDrainDuration). */
const defaultDrainSeconds = 5

/**
 * How long requests may still come to a pod that the controller is taking out of its target group. AWS documents no time; reports
 * go from some seconds to a minute (aws-load-balancer-controller #1719, #2106).
 */
const deregistrationSeconds = 15

/** The same of a Network Load Balancer, to which new flows are told more slowly (aws-load-balancer-controller #1604, istio #35964). */
const networkDeregistrationSeconds = 60

/** AWS's default of deregistration_delay.timeout_seconds. */
const defaultDelay = 300

const times = ['healthcheck-interval-seconds', 'unhealthy-threshold-count'] as const

/** A gateway behind a load balancer, with how long its pods serve after SIGTERM. */
interface Draining {
  proxies: Proxies
  set: ProxySetting<string> | undefined
  seconds: number
}

function* drainingGateways(context: Context): Generator<Draining & { backend: Backend }> {
  // terminationDrainDuration is a setting of Istio's proxies; other pods have none.
  for (const backend of gatewayBackends(context)) {
    const draining = drainingOf(context, backend.service)
    if (draining) {
      yield { backend, ...draining }
    }
  }
}

function drainingOf(context: Context, service: Service): Draining | undefined {
  const proxies = proxiesOf(context, service)
  const set = proxies && proxySetting(proxies, config => config.terminationDrainDuration, 'terminationDrainDuration')
  const seconds = set ? parseDuration(String(set.value)) : defaultDrainSeconds
  // Such a pod ends with its last connection, whenever that is.
  const waits = proxies && proxySetting(proxies, config => config.proxyMetadata?.EXIT_ON_ZERO_ACTIVE_CONNECTIONS)
  return proxies && seconds !== undefined && String(waits?.value) !== 'true'
    ? { proxies, set, seconds: seconds + preStopSeconds(context, service) }
    : undefined
}

/** The drain where it is set, else where it would be. */
function placeOf({ set, proxies }: Draining): { object: Proxies['installation']; path: Path } {
  return set ?? { object: proxies.installation, path: ['spec'] }
}

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
 * A gateway pod that ends must go on serving until the load balancer has seen its health check fail (istio/istio#26302). The
 * defaults of Istio and of the controller do not fit either: where nobody chose, that is worth knowing.
 */
export const drain: Rule = {
  code: 'DRAIN_SHORTER_THAN_HEALTH_CHECK',
  severity: 'warning',
  *find(context) {
    for (const draining of drainingGateways(context)) {
      const { backend, proxies, set, seconds } = draining
      const timed = times.map(backend.setting).find(annotation => annotation !== undefined)
      const { interval, unhealthyThreshold } = healthCheckTimes(backend)
      const needed = interval * unhealthyThreshold
      // A pod that is a target itself is taken out as soon as it ends, without a health check.
      if (backend.targetType !== 'instance' || !(seconds < needed)) {
        continue
      }
      const isChosen = set !== undefined || timed !== undefined
      yield {
        ...(set || !timed ? placeOf(draining) : { object: timed.object, path: annotationPath(timed.name) }),
        message: `a gateway pod of ${objectName(proxies.installation)} that ends serves for ${seconds} s more (terminationDrainDuration${set ? '' : ' is not set'}), but the load balancer needs ${needed} s to notice (${unhealthyThreshold} checks, one every ${interval} s): requests in between get 502`,
        expected: `at least ${needed + 5}s`,
        actual: `${seconds}s`,
        hint: `set terminationDrainDuration: ${needed + 5}s in the gateway's proxy config and a longer terminationGracePeriodSeconds, or lower ${annotationPrefix}healthcheck-interval-seconds`,
        ...drainFor(proxies, set, needed + 5),
        ...(!isChosen && { severity: 'info' as const })
      }
    }
  }
}

/** Seconds that a target which is taken out keeps the requests that it has. */
function delayOf({ setting }: Backend): number {
  const text = setting('target-group-attributes')?.value ?? ''
  return Number(/deregistration_delay\.timeout_seconds\s*=\s*(\d+)/.exec(text)?.[1] ?? defaultDelay)
}

/** A gateway pod that is a target itself must go on serving until requests have stopped coming to it. */
export const drainOfTargets: Rule = {
  code: 'DRAIN_SHORTER_THAN_DEREGISTRATION',
  severity: 'info',
  *find(context) {
    for (const draining of drainingGateways(context)) {
      const { backend, proxies, set, seconds } = draining
      if (backend.targetType !== 'ip' || seconds >= deregistrationSeconds) {
        continue
      }
      yield {
        ...placeOf(draining),
        message: `a gateway pod of ${objectName(proxies.installation)} that ends serves for ${seconds} s more (terminationDrainDuration${set ? '' : ' is not set'}); it is a target itself, and requests come to it for some seconds until it is deregistered, and have ${delayOf(backend)} s to end by the load balancer's count (deregistration_delay): those that are left get 502`,
        expected: `at least ${deregistrationSeconds}s`,
        actual: `${seconds}s`,
        hint: `set terminationDrainDuration: ${deregistrationSeconds * 2}s in the gateway's proxy config and a longer terminationGracePeriodSeconds`,
        ...drainFor(proxies, set, deregistrationSeconds * 2)
      }
    }
    yield* podsOfFlows(context)
  }
}

/** Gateway pods that are targets of a Network Load Balancer: connections end with the pod, whatever the load balancer would wait. */
function* podsOfFlows(context: Context): Generator<Problem> {
  for (const { service, listeners } of frontDoors(context)) {
    const target = listeners.find(({ targetGroup, servers }) => targetGroup?.targetType === 'ip' && servers.length > 0)
    const draining = target && drainingOf(context, service)
    if (!draining || draining.seconds >= networkDeregistrationSeconds) {
      continue
    }
    const { proxies, set, seconds } = draining
    const delay = attributeOf(target.targetGroup!, 'deregistration_delay.timeout_seconds')
    // Only who chose how long connections get is told that their pod does not wait for them.
    if (delay === undefined) {
      continue
    }
    yield {
      ...placeOf(draining),
      message: `a gateway pod of ${objectName(proxies.installation)} that ends serves for ${seconds} s more (terminationDrainDuration${set ? '' : ' is not set'}); it is a target of the load balancer of ${objectName(service)}, which sends it new connections for about ${networkDeregistrationSeconds} s more and leaves it those it has for ${delay} s (deregistration_delay): what is left is reset`,
      expected: `at least ${networkDeregistrationSeconds}s`,
      actual: `${seconds}s`,
      hint: `set terminationDrainDuration: ${networkDeregistrationSeconds}s in the gateway's proxy config and a longer terminationGracePeriodSeconds`,
      ...drainFor(proxies, set, networkDeregistrationSeconds)
    }
  }
}
