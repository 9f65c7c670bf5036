/**
 * The Network Load Balancer that the cloud provider itself makes of a Service (cloud-provider-aws: ensureLoadBalancerv2).
 *
 * @module
 */

import type { ServicePort } from '../../../resources/index.ts'
import { keyOf, namespaceOf } from '../../build/cluster-objects.ts'
import { trafficPort } from '../../build/health-check-port.ts'
import { type Setting, settingOf } from '../../build/setting.ts'
import { addResource, byDefault, fromAnnotation } from '../../build/task.ts'
import { parseInteger } from '../../go/strconv.ts'
import { ModelError } from '../../model-error.ts'
import {
  cloudProviderTargetGroupName,
  loadBalancerARN,
  securityGroupID,
  serviceSecurityGroupName,
  targetGroupARN
} from '../../stack/names.ts'
import { applicationLoadBalancerID } from '../../stack/specs.ts'
import type { HealthCheckConfig, KeyValue, NetworkProtocol, SubnetMapping, Token } from '../../stack/stack.ts'
import { readString, readStringList } from '../annotations.ts'
import { portsOf, protocolOf } from '../ports.ts'
import { identityOf, type ServiceTask } from '../task.ts'
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
  parsePairs,
  permissionsOf,
  readGivenBool,
  readNodeLabels,
  readTLSPorts
} from './settings.ts'

const kubeProxyPort = 10_256
const managedGroup = 'ManagedLBSecurityGroup'
const attributesSuffix = 'aws-load-balancer-target-group-attributes'
/** The attributes of target groups that it takes. */
const knownAttributes = ['preserve_client_ip.enabled', 'proxy_protocol_v2.enabled']
/** Seconds after which a check fails: nobody can set them (ensureTargetGroup). */
const timeouts = { HTTP: 6, TCP: 10, HTTPS: 10 }

/** The attributes of every target group (aws_validations.go). @throws ModelError */
function readAttributes({ service }: ServiceTask): Setting<KeyValue[]> | undefined {
  const extra = readString('aws-load-balancer-extra-security-groups', service)
  if (extra) {
    throw new ModelError(`BYO extra security group annotation "${extra.name}" is not supported by NLB`)
  }
  const annotation = readString(attributesSuffix, service)
  if (!annotation) {
    return undefined
  }
  const wrong = 'error validating target group attributes'
  const hasUDP = portsOf(service).some(port => protocolOf(port) === 'UDP')
  const attributes = [...parsePairs(annotation.value)].map(([key, value]) => {
    if (value === '') {
      throw new ModelError(`${wrong}: attribute value is empty for "${key}"`)
    }
    if (!knownAttributes.includes(key)) {
      throw new ModelError(`${wrong}: the attribute "${key}" is not supported by the controller or is invalid`)
    }
    if (value !== 'true' && value !== 'false') {
      throw new ModelError(`${wrong}: invalid attribute value for "${key}": ${value}`)
    }
    if (key === 'preserve_client_ip.enabled' && value === 'false' && hasUDP) {
      throw new ModelError(`${wrong}: client IP preservation can't be disabled for UDP ports`)
    }
    return { key, value }
  })
  return { value: attributes, source: fromAnnotation(annotation) }
}

/** cloud-provider-aws: buildNLBHealthCheckConfiguration. @throws ModelError */
function readHealthCheck({ service, environment }: ServiceTask): HealthCheckConfig {
  const local = localHealthCheckPort(service)
  const isLocal = service.spec?.externalTrafficPolicy === 'Local'
  const protocolText = readString('aws-load-balancer-healthcheck-protocol', service)?.value
  const protocol = protocolText?.toUpperCase() ?? (isLocal ? 'HTTP' : 'TCP')
  if (protocol !== 'TCP' && protocol !== 'HTTP' && protocol !== 'HTTPS') {
    throw new ModelError(`Unsupported health check protocol ${protocol}`)
  }
  const path = readString('aws-load-balancer-healthcheck-path', service)?.value ?? (isLocal ? '/healthz' : '/')
  const port =
    readString('aws-load-balancer-healthcheck-port', service)?.value ?? (isLocal ? String(local ?? 0) : trafficPort)
  const isShared = environment.cloudProvider.clusterServiceLoadBalancerHealthProbeMode === 'Shared' && !isLocal
  function number(suffix: string, byDefaultValue: number): number {
    const annotation = readString(`aws-load-balancer-healthcheck-${suffix}`, service)
    try {
      return annotation ? parseInteger(annotation.value, 64) : byDefaultValue
    } catch (error) {
      if (!(error instanceof ModelError)) {
        throw error
      }
      throw new ModelError(`failed to parse annotation ${annotation!.name}=${annotation!.value}`)
    }
  }
  const interval = number('interval', isLocal ? 10 : 30)
  number('timeout', 10)
  const healthyThresholdCount = number('healthy-threshold', isLocal ? 2 : 3)
  const unhealthyThresholdCount = number('unhealthy-threshold', isLocal ? 2 : 3)
  const asked: { protocol: HealthCheckConfig['protocol']; port: string; path: string } = isShared
    ? { protocol: 'HTTP', port: String(kubeProxyPort), path: '/healthz' }
    : { protocol, port, path }
  if (asked.port !== trafficPort && !/^[+-]?[0-9]+$/.test(asked.port)) {
    throw new ModelError(`Invalid health check port '${asked.port}'`)
  }
  return {
    port: asked.port === trafficPort ? trafficPort : Number(asked.port),
    protocol: asked.protocol,
    ...(asked.protocol !== 'TCP' && { path: asked.path }),
    intervalSeconds: interval,
    timeoutSeconds: timeouts[asked.protocol],
    healthyThresholdCount,
    unhealthyThresholdCount
  }
}

/** None but where the cloud provider is told to manage them (ensureNLBSecurityGroup). */
function buildSecurityGroups(task: ServiceTask, ranges: string[]): Token[] {
  if (task.environment.cloudProvider.nlbSecurityGroupMode !== 'Managed') {
    return []
  }
  const listed = readStringList('aws-load-balancer-security-groups', task.service)?.value ?? []
  if (listed.length > 0) {
    return listed
  }
  addResource(task, 'AWS::EC2::SecurityGroup', managedGroup, {
    spec: {
      groupName: serviceSecurityGroupName(task.environment.clusterName, identityOf(task.service)),
      description: '[k8s] Managed SecurityGroup for LoadBalancer',
      ingress: permissionsOf(task.service, ranges),
      tags: ownerTags(task)
    }
  })
  return [securityGroupID(managedGroup)]
}

const allocationList = 'aws-load-balancer-eip-allocations'
const privateList = 'aws-load-balancer-private-ipv4-addresses'
const addressLists = [allocationList, privateList]

/** Addresses by their place in the lists, which are not trimmed (createSubnetMappings). @throws ModelError */
function buildMappings({ service, subnets }: ServiceTask): SubnetMapping[] {
  function split(suffix: string, what: string): string[] | undefined {
    const values = readString(suffix, service)?.value.split(',')
    if (values && values.length !== subnets.length) {
      throw new ModelError(
        `error creating load balancer: Must have same number of ${what} (${values.length}) and SubnetIDs (${subnets.length})`
      )
    }
    return values
  }
  const allocations = split(allocationList, 'EIP AllocationIDs')
  const addresses = split(privateList, 'Private IPv4Addresses')
  return subnets.map(({ id }, index) => ({
    subnetID: id,
    ...(allocations && { allocationID: allocations[index]! }),
    ...(addresses && { privateIPv4Address: addresses[index]! })
  }))
}

/** @throws ModelError */
function readLoadBalancerAttributes(task: ServiceTask): KeyValue[] {
  const crossZone = readGivenBool(task, 'aws-load-balancer-cross-zone-load-balancing-enabled')
  const accessLog = readGivenBool(task, 'aws-load-balancer-access-log-enabled')
  const bucket = readString('aws-load-balancer-access-log-s3-bucket-name', task.service)?.value ?? ''
  const prefix = readString('aws-load-balancer-access-log-s3-bucket-prefix', task.service)?.value ?? ''
  return [
    { key: 'access_logs.s3.enabled', value: String(accessLog.value) },
    ...(accessLog.value
      ? [
          { key: 'access_logs.s3.bucket', value: bucket },
          { key: 'access_logs.s3.prefix', value: prefix }
        ]
      : []),
    { key: 'load_balancing.cross_zone.enabled', value: String(crossZone.value) }
  ]
}

/** Builds the listener of a port with its target group, and what says which nodes are registered. */
function buildListener(
  task: ServiceTask,
  servicePort: ServicePort & { nodePort: number },
  healthCheckConfig: HealthCheckConfig,
  attributes: KeyValue[] | undefined
): void {
  const { service, environment } = task
  const { port, name = '', nodePort } = servicePort
  const own = protocolOf(servicePort) as NetworkProtocol
  const certificate = given(task, 'aws-load-balancer-ssl-cert')?.value
  const policy = given(task, 'aws-load-balancer-ssl-negotiation-policy')?.value
  const tlsPorts = readTLSPorts(task)
  const isListed = !tlsPorts || tlsPorts.numbers.includes(port) || tlsPorts.names.includes(name)
  const isTLS = own !== 'UDP' && certificate !== undefined && isListed
  const encrypts = isTLS && given(task, 'aws-load-balancer-backend-protocol')?.value === 'ssl'
  const protocol = encrypts ? 'TLS' : own
  const id = `${keyOf(service)}:${port}`
  const tags = ownerTags(task)
  const identity = [port, nodePort, protocol, 'instance', healthCheckConfig.protocol, healthCheckConfig.intervalSeconds]
  const targetGroupName = cloudProviderTargetGroupName(environment.clusterName, identityOf(service), identity)
  addResource(task, 'AWS::ElasticLoadBalancingV2::TargetGroup', id, {
    spec: {
      name: targetGroupName,
      targetType: 'instance',
      port: nodePort,
      protocol,
      ipAddressType: 'ipv4',
      healthCheckConfig,
      ...(attributes && attributes.length > 0 && { targetGroupAttributes: attributes }),
      tags
    }
  })
  addResource(task, 'AWS::ElasticLoadBalancingV2::Listener', String(port), {
    spec: {
      loadBalancerARN: loadBalancerARN(applicationLoadBalancerID),
      port,
      protocol: isTLS ? 'TLS' : own,
      defaultActions: [{ type: 'forward', forwardConfig: { targetGroups: [{ targetGroupARN: targetGroupARN(id) }] } }],
      ...(isTLS && { certificates: [{ certificateARN: certificate }], ...(policy && { sslPolicy: policy }) }),
      tags
    }
  })
  const matchLabels = readNodeLabels(task)
  addResource(task, 'K8S::ElasticLoadBalancingV2::TargetGroupBinding', id, {
    spec: {
      template: {
        metadata: { name: targetGroupName, namespace: namespaceOf(service) },
        spec: {
          targetGroupARN: targetGroupARN(id),
          targetType: 'instance',
          serviceRef: { name: service.metadata.name, port },
          ...(matchLabels && { nodeSelector: { matchLabels } })
        }
      }
    }
  })
}

/**
 * Builds the cloud provider's own Network Load Balancer of a Service. It registers nodes without a TargetGroupBinding; the one in
 * the stack stands for that, and no plan shows it.
 *
 * @throws ModelError
 */
export function buildNetworkLoadBalancer(task: ServiceTask): void {
  const attributes = readAttributes(task)
  checkService(task, true)
  const ranges = chooseSourceRanges(task)
  const healthCheck = readHealthCheck(task)
  const ports = listenedPorts(task)
  if (task.service.spec?.loadBalancerIP) {
    throw new ModelError('LoadBalancerIP cannot be specified for AWS ELB')
  }
  const scheme = chooseScheme(task)
  const [addresses] = addressLists.flatMap(suffix => readString(suffix, task.service)?.value.split(',').length ?? [])
  const subnets = chooseSubnets(task, scheme.value === 'internal', addresses)
  task.subnets = subnets.value
  const name = chooseName(task)
  const securityGroups = buildSecurityGroups(task, ranges.value)
  const spec = {
    name,
    type: 'network',
    scheme: scheme.value,
    ipAddressType: 'ipv4',
    subnetMapping: buildMappings(task),
    ...(securityGroups.length > 0 && { securityGroups }),
    loadBalancerAttributes: readLoadBalancerAttributes(task),
    tags: ownerTags(task)
  } as const
  addResource(task, 'AWS::ElasticLoadBalancingV2::LoadBalancer', applicationLoadBalancerID, { spec })
  for (const port of ports) {
    buildListener(task, port, healthCheck, attributes?.value)
  }
  const port = readString('aws-load-balancer-healthcheck-port', task.service)
  explainSettings(task, {
    scheme,
    subnetMapping: { value: spec.subnetMapping, source: subnets.source },
    sourceRanges: ranges,
    targetGroupAttributes: attributes,
    'healthCheckConfig.port': port ? settingOf(port) : { value: healthCheck.port, source: byDefault }
  })
}
