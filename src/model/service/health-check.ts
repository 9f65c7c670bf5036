import type { Service } from '../../resources/index.ts'
import { resolveHealthCheckPort, type TargetType, trafficPort } from '../build/health-check-port.ts'
import { orDefault, type Setting } from '../build/setting.ts'
import { fromField } from '../build/task.ts'
import { ModelError } from '../model-error.ts'
import type { HealthCheckConfig } from '../stack/stack.ts'
import { readInt32, readString } from './annotations.ts'
import type { ServiceTask } from './task.ts'

interface Defaults {
  protocol: string
  port: Setting<string> | undefined
  path: string
  interval: number
  timeout: number
  healthy: number
  unhealthy: number
}

/** LBC: NewDefaultModelBuilder. */
const ordinary: Defaults = {
  protocol: 'TCP',
  port: undefined,
  path: '/',
  interval: 10,
  timeout: 10,
  healthy: 3,
  unhealthy: 3
}

/** Instances of a Service that keeps traffic on its node are asked whether they have a pod (`…ForInstanceModeLocal`). */
function localDefaults(service: Service): Defaults {
  const source = fromField(service, 'spec.healthCheckNodePort')
  return {
    protocol: 'HTTP',
    port: { value: String(service.spec?.healthCheckNodePort ?? 0), source },
    path: '/healthz',
    interval: 10,
    timeout: 6,
    healthy: 2,
    unhealthy: 2
  }
}

/** Whether instances are checked at the node port by which kube-proxy tells who has a pod (LBC: buildTargetGroupHealthCheckConfig). */
function isLocal({ spec }: Service, targetType: TargetType): boolean {
  return targetType === 'instance' && spec?.externalTrafficPolicy === 'Local' && spec.type === 'LoadBalancer'
}

/** LBC: buildTargetGroupHealthCheckProtocol. In any case of letters. */
function chooseProtocol({ value, source }: Setting<string>): Setting<HealthCheckConfig['protocol']> {
  const protocol = value.toUpperCase()
  if (protocol !== 'TCP' && protocol !== 'HTTP' && protocol !== 'HTTPS') {
    throw new ModelError(`unsupported health check protocol ${value}`)
  }
  return { value: protocol, source }
}

/** What decides about health checks, with the origins. */
export interface HealthCheckSettings {
  protocol: Setting<HealthCheckConfig['protocol']>
  path?: Setting<string>
  successCodes?: Setting<string>
  port: Setting<HealthCheckConfig['port']>
  intervalSeconds: Setting<number>
  timeoutSeconds: Setting<number>
  healthyThresholdCount: Setting<number>
  unhealthyThresholdCount: Setting<number>
}

/**
 * The health check of a Service's target group by the annotations of the one that has the load balancer (LBC:
 * buildTargetGroupHealthCheckConfigDefault, …ForInstanceModeLocal).
 *
 * @throws ModelError
 */
export function readHealthCheck(
  { service: base, environment }: ServiceTask,
  service: Service,
  targetType: TargetType
): HealthCheckSettings {
  const { NLBHealthCheckAdvancedConfig: isAdvanced } = environment.controller.featureGates
  const defaults = isLocal(service, targetType) ? localDefaults(service) : ordinary
  function read(suffix: string) {
    return readString(`aws-load-balancer-healthcheck-${suffix}`, base)
  }
  function number(suffix: string, byDefaultValue: number): Setting<number> {
    return orDefault(readInt32(`aws-load-balancer-healthcheck-${suffix}`, base), byDefaultValue)
  }
  const protocol = chooseProtocol(orDefault(read('protocol'), defaults.protocol))
  const asksPath = protocol.value !== 'TCP'
  const asked = read('port')
  return {
    protocol,
    ...(asksPath && { path: orDefault(read('path'), defaults.path) }),
    ...(asksPath && isAdvanced && { successCodes: orDefault(read('success-codes'), '200-399') }),
    port: resolveHealthCheckPort(
      service,
      (asked ? undefined : defaults.port) ?? orDefault(asked, trafficPort),
      targetType
    ),
    intervalSeconds: number('interval', defaults.interval),
    timeoutSeconds: isAdvanced ? number('timeout', defaults.timeout) : orDefault(undefined, defaults.timeout),
    healthyThresholdCount: number('healthy-threshold', defaults.healthy),
    unhealthyThresholdCount: number('unhealthy-threshold', defaults.unhealthy)
  }
}

/** The settings as the stack has them. */
export function healthCheckConfigOf(settings: HealthCheckSettings): HealthCheckConfig {
  return {
    port: settings.port.value,
    protocol: settings.protocol.value,
    ...(settings.path && { path: settings.path.value }),
    ...(settings.successCodes && { matcher: { httpCode: settings.successCodes.value } }),
    intervalSeconds: settings.intervalSeconds.value,
    timeoutSeconds: settings.timeoutSeconds.value,
    healthyThresholdCount: settings.healthyThresholdCount.value,
    unhealthyThresholdCount: settings.unhealthyThresholdCount.value
  }
}
