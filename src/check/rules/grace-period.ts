import { parseDuration } from '../../istio/index.ts'
import { objectName } from '../../resources/index.ts'
import { gatewayBackends } from '../facts/gateway-pods.ts'
import { proxiesOf, proxySetting, workloadOf } from '../facts/proxy-config.ts'
import type { Rule } from '../rule.ts'

/** Kubernetes's default (PodSpec, terminationGracePeriodSeconds). */
const defaultGraceSeconds = 30

/** A gateway pod that drains longer than its grace period is killed with the requests that it serves. */
export const gracePeriod: Rule = {
  code: 'GRACE_PERIOD_SHORTER_THAN_DRAIN',
  severity: 'warning',
  *find(context) {
    for (const { service } of gatewayBackends(context)) {
      const workload = workloadOf(context, service)
      const proxies = workload && proxiesOf(context, service)
      const drain = proxies && proxySetting(proxies, config => config.terminationDrainDuration)
      const seconds = drain && parseDuration(String(drain.value))
      const pod = workload?.spec?.template?.spec
      const grace = pod?.terminationGracePeriodSeconds ?? defaultGraceSeconds
      if (!workload || seconds === undefined || grace >= seconds) {
        continue
      }
      const isSet = pod?.terminationGracePeriodSeconds !== undefined
      yield {
        object: workload,
        path: ['spec', 'template', 'spec', ...(isSet ? ['terminationGracePeriodSeconds'] : [])],
        message: `pods of ${objectName(workload)} drain for ${seconds} s (terminationDrainDuration), but are killed after ${grace} s (terminationGracePeriodSeconds${isSet ? '' : ' is not set'}): requests that they still serve are cut`,
        expected: `more than ${seconds}`,
        actual: String(grace),
        hint: `set terminationGracePeriodSeconds: ${Math.ceil(seconds) + 10}`,
        changes: [
          {
            path: ['spec', 'template', 'spec', 'terminationGracePeriodSeconds'],
            value: Math.ceil(seconds) + 10
          }
        ]
      }
    }
  }
}
