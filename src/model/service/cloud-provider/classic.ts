/**
 * The Classic Load Balancer that the cloud provider makes of a Service (cloud-provider-aws: EnsureLoadBalancer).
 *
 * @module
 */

import type { ServicePort } from '../../../resources/index.ts'
import { trafficPort } from '../../build/health-check-port.ts'
import type { Setting } from '../../build/setting.ts'
import { addResource, byDefault, fromAnnotation } from '../../build/task.ts'
import { parseInteger } from '../../go/strconv.ts'
import { ModelError, withErrorPrefix } from '../../model-error.ts'
import { securityGroupID } from '../../stack/names.ts'
import { applicationLoadBalancerID } from '../../stack/specs.ts'
import type { ClassicListener, ClassicLoadBalancerSpec, Token } from '../../stack/stack.ts'
import { readString, readStringList } from '../annotations.ts'
import type { ServiceTask } from '../task.ts'
import {
  checkService,
  chooseName,
  chooseScheme,
  chooseSourceRanges,
  chooseSubnets,
  explainSettings,
  given,
  listenedPorts,
  localHealthCheckPort,
  ownerTags,
  permissionsOf,
  readGivenBool,
  readGivenNumber,
  readNodeLabels,
  readTLSPorts
} from './settings.ts'

type Protocol = ClassicListener['protocol']

/** What a listener with a certificate speaks to clients, by what it is to speak to instances. */
const frontendProtocols: Record<string, Protocol> = { https: 'HTTPS', http: 'HTTPS', ssl: 'SSL', tcp: 'SSL' }
const kubeProxyPort = 10_256
const idleTimeout = 60
const managedGroup = 'ManagedLBSecurityGroup'

/** What no Classic Load Balancer can have (aws_validations.go). @throws ModelError */
function checkAnnotations({ service }: ServiceTask): void {
  if (readString('aws-load-balancer-target-group-attributes', service)) {
    throw new ModelError('target group attributes annotation is only supported for NLB')
  }
}

/** cloud-provider-aws: buildListener. @throws ModelError */
function buildListener(
  task: ServiceTask,
  { port, name = '', nodePort }: ServicePort & { nodePort: number }
): ClassicListener {
  const certificate = given(task, 'aws-load-balancer-ssl-cert')
  const backend = given(task, 'aws-load-balancer-backend-protocol')
  const tlsPorts = readTLSPorts(task)
  const ports = { loadBalancerPort: port, instancePort: nodePort }
  // A name is compared in lower case, the list is not.
  const isTLS = !tlsPorts || tlsPorts.numbers.includes(port) || tlsPorts.names.includes(name.toLowerCase())
  if (!certificate || !isTLS) {
    const protocol = backend?.value === 'http' ? 'HTTP' : 'TCP'
    return { ...ports, protocol, instanceProtocol: protocol }
  }
  const protocol = backend ? frontendProtocols[backend.value] : 'SSL'
  if (protocol === undefined) {
    throw new ModelError(`Invalid backend protocol ${backend!.value} for ${certificate.value} in ${backend!.name}`)
  }
  const policy = readString('aws-load-balancer-ssl-negotiation-policy', task.service)
  return {
    ...ports,
    protocol,
    instanceProtocol: (backend?.value.toUpperCase() ?? 'TCP') as Protocol,
    sslCertificateID: certificate.value,
    ...(policy && { sslNegotiationPolicy: policy.value })
  }
}

function readProxyProtocol(task: ServiceTask): boolean {
  const annotation = given(task, 'aws-load-balancer-proxy-protocol')
  if (annotation && annotation.value !== '*') {
    throw new ModelError(
      `annotation "${annotation.name}"="${annotation.value}" detected, but the only value supported currently is '*'`
    )
  }
  return annotation !== undefined
}

/** In the order in which they are parsed. @throws ModelError */
function readAttributes(task: ServiceTask): ClassicLoadBalancerSpec['attributes'] {
  const name = 'aws-load-balancer'
  const emitInterval = readGivenNumber(task, `${name}-access-log-emit-interval`)?.value
  const accessLog = readGivenBool(task, `${name}-access-log-enabled`).value
  const bucket = given(task, `${name}-access-log-s3-bucket-name`)?.value
  const prefix = given(task, `${name}-access-log-s3-bucket-prefix`)?.value
  const draining = readGivenBool(task, `${name}-connection-draining-enabled`).value
  const drainingTimeout = readGivenNumber(task, `${name}-connection-draining-timeout`)?.value
  const idle = readGivenNumber(task, `${name}-connection-idle-timeout`)?.value ?? idleTimeout
  const crossZone = readGivenBool(task, `${name}-cross-zone-load-balancing-enabled`).value
  return {
    accessLog: {
      enabled: accessLog,
      ...(emitInterval !== undefined && { emitInterval }),
      ...(bucket !== undefined && { s3BucketName: bucket }),
      ...(prefix !== undefined && { s3BucketPrefix: prefix })
    },
    connectionDraining: { enabled: draining, ...(drainingTimeout !== undefined && { timeout: drainingTimeout }) },
    connectionSettings: { idleTimeout: idle },
    crossZoneLoadBalancing: { enabled: crossZone }
  }
}

/** Own ones replace the managed one, extra ones come behind (buildELBSecurityGroupList). */
function buildSecurityGroups(task: ServiceTask, name: string, ranges: string[]): Token[] {
  const listed = readStringList('aws-load-balancer-security-groups', task.service)?.value ?? []
  const extra = readStringList('aws-load-balancer-extra-security-groups', task.service)?.value ?? []
  if (listed.length > 0) {
    return [...listed, ...extra]
  }
  const { namespace = 'default', name: service } = task.service.metadata
  addResource(task, 'AWS::EC2::SecurityGroup', managedGroup, {
    spec: {
      groupName: `k8s-elb-${name}`,
      description: `Security group for Kubernetes ELB ${name} (${namespace}/${service})`,
      ingress: permissionsOf(task.service, ranges),
      tags: ownerTags(task)
    }
  })
  return [securityGroupID(managedGroup), ...extra]
}

/** What is asked of instances: protocol, port and path (EnsureLoadBalancer, ensureLoadBalancerHealthCheck). @throws ModelError */
function chooseTarget(task: ServiceTask, firstPort: number): string {
  const { service, environment } = task
  const port = readString('aws-load-balancer-healthcheck-port', service)?.value
  const backend = given(task, 'aws-load-balancer-backend-protocol')?.value.toLowerCase()
  const local = localHealthCheckPort(service)
  const isShared = environment.cloudProvider.clusterServiceLoadBalancerHealthProbeMode === 'Shared'
  const asked =
    local !== undefined
      ? { protocol: 'HTTP', port: port === trafficPort ? firstPort : local, path: '/healthz' }
      : isShared
        ? { protocol: 'HTTP', port: kubeProxyPort, path: '/healthz' }
        : { protocol: backend === 'https' || backend === 'ssl' ? 'SSL' : 'TCP', port: firstPort, path: '' }
  const protocol = readString('aws-load-balancer-healthcheck-protocol', service)?.value ?? asked.protocol
  const number = port === undefined || port === trafficPort ? asked.port : parseInteger(port, 64)
  const asksPath = ['HTTP', 'HTTPS'].includes(protocol.toUpperCase())
  const path = asksPath ? (given(task, 'aws-load-balancer-healthcheck-path')?.value ?? (asked.path || '/')) : ''
  return `${protocol}:${number}${path}`
}

/** cloud-provider-aws: getExpectedHealthCheck, ValidateHealthCheck. @throws ModelError */
function readHealthCheck(task: ServiceTask, name: string, firstPort: number): ClassicLoadBalancerSpec['healthCheck'] {
  const target = chooseTarget(task, firstPort)
  function number(suffix: string, byDefaultValue: number): number {
    const annotation = readString(`aws-load-balancer-healthcheck-${suffix}`, task.service)
    return annotation
      ? withErrorPrefix('failed parsing health check annotation value', () => parseInteger(annotation.value, 64))
      : byDefaultValue
  }
  try {
    const healthCheck = {
      target,
      healthyThreshold: number('healthy-threshold', 2),
      unhealthyThreshold: number('unhealthy-threshold', 6),
      timeout: number('timeout', 5),
      interval: number('interval', 10)
    }
    const wrong = [
      healthCheck.healthyThreshold < 2 && 'HealthyThreshold must be at least 2',
      healthCheck.interval < 5 && 'Interval must be at least 5',
      healthCheck.timeout < 2 && 'Timeout must be at least 2',
      healthCheck.unhealthyThreshold < 2 && 'UnhealthyThreshold must be at least 2'
    ].filter(text => text !== false)
    if (wrong.length > 0) {
      throw new ModelError(
        `some of the load balancer health check parameters are invalid: HealthCheck validation errors: ${wrong.join('; ')}`
      )
    }
    return healthCheck
  } catch (error) {
    if (!(error instanceof ModelError)) {
      throw error
    }
    throw new ModelError(`cannot update health check for load balancer "${name}": ${JSON.stringify(error.message)}`)
  }
}

/** Builds the Classic Load Balancer of a Service. @throws ModelError */
export function buildClassicLoadBalancer(task: ServiceTask): void {
  checkAnnotations(task)
  checkService(task, false)
  const ranges = chooseSourceRanges(task)
  const listeners = listenedPorts(task).map(port => buildListener(task, port))
  if (task.service.spec?.loadBalancerIP) {
    throw new ModelError('LoadBalancerIP cannot be specified for AWS ELB')
  }
  const scheme = chooseScheme(task)
  const proxyProtocol = readProxyProtocol(task)
  const attributes = readAttributes(task)
  const subnets = chooseSubnets(task, scheme.value === 'internal')
  const name = chooseName(task)
  const securityGroups = buildSecurityGroups(task, name, ranges.value)
  const healthCheck = readHealthCheck(task, name, listeners[0]?.instancePort ?? 0)
  const nodeLabels = readNodeLabels(task)
  const spec: ClassicLoadBalancerSpec = {
    name,
    scheme: scheme.value,
    subnets: subnets.value.map(({ id }) => id),
    securityGroups,
    listeners,
    proxyProtocol,
    healthCheck,
    attributes,
    ...(nodeLabels && { nodeLabels }),
    tags: ownerTags(task)
  }
  addResource(task, 'AWS::ElasticLoadBalancing::LoadBalancer', applicationLoadBalancerID, { spec })
  const proxy = readString('aws-load-balancer-proxy-protocol', task.service)
  const port = readString('aws-load-balancer-healthcheck-port', task.service)
  explainSettings(task, {
    scheme,
    subnets: { value: spec.subnets, source: subnets.source },
    sourceRanges: ranges,
    proxyProtocol: { value: proxyProtocol, source: proxy ? fromAnnotation(proxy) : byDefault },
    healthCheck: { value: healthCheck.target, source: port ? fromAnnotation(port) : byDefault },
    ...writtenSettings(task, spec)
  })
}

/** Settings of an annotation each, as far as they were written: by the place in the spec, which AWS may refuse. */
function writtenSettings(task: ServiceTask, { healthCheck, attributes, listeners }: ClassicLoadBalancerSpec) {
  const { interval, timeout, healthyThreshold, unhealthyThreshold, target } = healthCheck
  const written: [field: string, suffix: string, value: unknown][] = [
    ['healthCheck.interval', 'healthcheck-interval', interval],
    ['healthCheck.timeout', 'healthcheck-timeout', timeout],
    ['healthCheck.healthyThreshold', 'healthcheck-healthy-threshold', healthyThreshold],
    ['healthCheck.unhealthyThreshold', 'healthcheck-unhealthy-threshold', unhealthyThreshold],
    ['healthCheck.target', 'healthcheck-protocol', target],
    ['attributes.idleTimeout', 'connection-idle-timeout', attributes.connectionSettings.idleTimeout],
    ['attributes.connectionDraining.timeout', 'connection-draining-timeout', attributes.connectionDraining.timeout],
    ...listeners.map(({ loadBalancerPort, sslNegotiationPolicy }): [string, string, unknown] => [
      `listeners.${loadBalancerPort}.sslNegotiationPolicy`,
      'ssl-negotiation-policy',
      sslNegotiationPolicy
    ])
  ]
  return Object.fromEntries(
    written.flatMap(([field, suffix, value]): [string, Setting<unknown>][] => {
      const annotation = readString(`aws-load-balancer-${suffix}`, task.service)
      return annotation && value !== undefined ? [[field, { value, source: fromAnnotation(annotation) }]] : []
    })
  )
}
