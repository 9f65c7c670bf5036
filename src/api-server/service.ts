/**
 * What the API server refuses of a Service (Kubernetes: pkg/apis/core/validation ValidateService, and its allocator of node
 * ports).
 *
 * @module
 */

import { isIP } from 'node:net'
import { nearestName } from '../nearest-name.ts'
import { isNodePortDrawn, type Path, type Service, type ServicePort } from '../resources/index.ts'
import {
  type Advice,
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  invalidFor,
  notSupported,
  oneOf,
  required
} from './field-error.ts'
import {
  labelProblems,
  portNameProblems,
  portNumberProblems,
  qualifiedNameProblems,
  serviceNameProblems,
  subdomainProblems
} from './names.ts'
import { validateLabels, validateObjectMeta } from './object-meta.ts'
import { validateSourceRanges } from './source-ranges.ts'

/** Fields that only validation reads; of any type, since reading looks at those that others read. */
interface ServiceSpec {
  type?: string
  ports?: ServicePort[]
  selector?: Record<string, string>
  clusterIP?: string
  clusterIPs?: unknown
  externalIPs?: unknown
  externalName?: string
  externalTrafficPolicy?: string
  internalTrafficPolicy?: unknown
  sessionAffinity?: unknown
  sessionAffinityConfig?: unknown
  ipFamilies?: string[]
  ipFamilyPolicy?: unknown
  loadBalancerSourceRanges?: unknown
  loadBalancerClass?: unknown
  allocateLoadBalancerNodePorts?: unknown
  healthCheckNodePort?: unknown
}

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const protocols = ['SCTP', 'TCP', 'UDP']
const policies = ['Cluster', 'Local']
/** The server's default, which EKS leaves. */
const lowestNodePort = 30_000
const highestNodePort = 32_767
const onlyForLoadBalancers = "may only be used when `type` is 'LoadBalancer'"

export function* validateService(service: Service): Generator<FieldError> {
  yield* validateObjectMeta(service, serviceNameProblems)
  const spec = (service.spec ?? {}) as ServiceSpec
  const type = spec.type ?? 'ClusterIP'
  if (!types.includes(type)) {
    yield notSupported(['spec', 'type'], type, types, {
      ...oneOf(['spec', 'type'], type, types),
      ...(!nearestName(type, types) && { hint: 'write NodePort, or ClusterIP for ip targets' })
    })
  }
  const headless = spec.clusterIP === 'None'
  const { ports = [] } = spec
  if (ports.length === 0 && !headless && type !== 'ExternalName') {
    yield required(['spec', 'ports'], '', { hint: 'give it the ports that others send to' })
  }
  if (headless && (type === 'NodePort' || type === 'LoadBalancer')) {
    const path = ['spec', 'clusterIP']
    yield invalid(path, 'None', `may not be set to 'None' for ${type} services`, {
      field: ['spec', 'clusterIPs', 0],
      hint: 'remove it, or write type: ClusterIP',
      changes: [{ path, remove: true }]
    })
  }
  if (type === 'ExternalName') {
    yield* validateExternalName(spec)
  }
  yield* validatePorts(ports, type)
  yield* validateLabels(spec.selector, ['spec', 'selector'])
  yield* validateAffinity(spec)
  yield* validateAddresses(spec)
  yield* validateLoadBalancer(spec, type)
  yield* validateSourceRanges(service, type)
  yield* validateTrafficPolicies(spec, type)
}

function* validateExternalName(spec: ServiceSpec): Generator<FieldError> {
  const path = ['spec', 'externalName']
  const name = (spec.externalName ?? '').replace(/\.$/, '')
  if (name === '') {
    yield required(path, '', { hint: 'write the name that the Service stands for' })
  } else {
    yield* invalidFor(path, spec.externalName, subdomainProblems(name), { hint: 'write a DNS name' })
  }
  for (const key of ['clusterIP', 'ipFamilies', 'ipFamilyPolicy'] as const) {
    const value = spec[key]
    if (value !== undefined && value !== '') {
      yield forbidden(['spec', key], 'may not be set for ExternalName services', {
        hint: 'remove it',
        changes: [{ path: ['spec', key], remove: true }]
      })
    }
  }
}

function* validatePorts(ports: ServicePort[], type: string): Generator<FieldError> {
  const names = new Set<string>()
  const numbers = new Set<string>()
  const nodePorts = new Set<string>()
  for (const [index, port] of ports.entries()) {
    const path = ['spec', 'ports', index]
    yield* validatePort(port, path, ports.length > 1)
    if (port.name && names.has(port.name)) {
      yield duplicate([...path, 'name'], port.name, { hint: 'give each port a name of its own' })
    }
    names.add(port.name ?? '')
    if (type === 'LoadBalancer' && port.port === 10_250) {
      yield invalid([...path, 'port'], port.port, 'may not expose port 10250 externally since it is used by kubelet', {
        hint: 'choose another port'
      })
    }
    const protocol = port.protocol ?? 'TCP'
    const key = `${protocol}/${port.port}`
    if (numbers.has(key)) {
      yield duplicate(path, key, { hint: 'give each port a number of its own' })
    }
    numbers.add(key)
    yield* validateNodePort(port, path, type)
    const nodePort = `${protocol}/${port.nodePort}`
    if (port.nodePort && type !== 'ClusterIP' && !isNodePortDrawn(port)) {
      if (nodePorts.has(nodePort)) {
        yield duplicate([...path, 'nodePort'], port.nodePort, { hint: 'give each port a node port of its own' })
      }
      nodePorts.add(nodePort)
    }
  }
}

/** A name that the server takes, in the place of one whose letters it does not. */
function rename(name: string, path: Path): Advice {
  const mended = name.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  return labelProblems(mended).length === 0
    ? { hint: `rename the port: ${mended}`, expected: mended, changes: [{ path, value: mended }] }
    : { hint: 'rename the port' }
}

function* validatePort(port: ServicePort, path: Path, needsName: boolean): Generator<FieldError> {
  const { name = '', protocol = 'TCP', targetPort, appProtocol } = port
  if (name === '' && needsName) {
    yield required([...path, 'name'], '', {
      hint: 'name every port, as there are several',
      changes: [{ path: [...path, 'name'], value: `port-${port.port}` }]
    })
  } else if (name !== '') {
    yield* invalidFor([...path, 'name'], name, labelProblems(name), rename(name, [...path, 'name']))
  }
  yield* invalidFor([...path, 'port'], port.port, portNumberProblems(port.port), { hint: 'write a port' })
  if (!protocols.includes(protocol)) {
    const mended = protocol.toUpperCase()
    yield notSupported([...path, 'protocol'], protocol, protocols, {
      hint: `write protocol: ${protocols.includes(mended) ? mended : 'TCP'}`,
      changes: [{ path: [...path, 'protocol'], value: protocols.includes(mended) ? mended : 'TCP' }]
    })
  }
  // Of 0 and of nothing the server makes the Service's own port.
  if (typeof targetPort === 'number' && targetPort !== 0) {
    yield* invalidFor([...path, 'targetPort'], targetPort, portNumberProblems(targetPort), {
      hint: 'write a port of the pods'
    })
  } else if (typeof targetPort === 'string' && targetPort !== '') {
    yield* invalidFor([...path, 'targetPort'], targetPort, portNameProblems(targetPort), {
      hint: /^\d+$/.test(targetPort)
        ? `write the number without quotes: ${targetPort}`
        : 'write the name of a container port',
      ...(/^\d+$/.test(targetPort) && { changes: [{ path: [...path, 'targetPort'], value: Number(targetPort) }] })
    })
  }
  if (typeof appProtocol === 'string') {
    yield* invalidFor([...path, 'appProtocol'], appProtocol, qualifiedNameProblems(appProtocol), {
      hint: 'write a name such as http, or kubernetes.io/h2c'
    })
  }
}

function* validateNodePort(port: ServicePort, path: Path, type: string): Generator<FieldError> {
  const { nodePort } = port
  if (!nodePort || isNodePortDrawn(port)) {
    return
  }
  const place = [...path, 'nodePort']
  const changes = [{ path: place, remove: true as const }]
  if (type === 'ClusterIP') {
    yield forbidden(place, "may not be used when `type` is 'ClusterIP'", {
      hint: 'write type: NodePort, or remove the node port',
      changes
    })
  } else if (type !== 'ExternalName' && (nodePort < lowestNodePort || nodePort > highestNodePort)) {
    const range = `${lowestNodePort}-${highestNodePort}`
    yield invalid(place, nodePort, `provided port is not in the valid range. The range of valid ports is ${range}`, {
      expected: range,
      hint: 'remove it, and a port of the range is drawn',
      changes
    })
  }
}

function* validateAffinity({ sessionAffinity = 'None', sessionAffinityConfig }: ServiceSpec): Generator<FieldError> {
  const path = ['spec', 'sessionAffinity']
  if (sessionAffinity !== 'None' && sessionAffinity !== 'ClientIP') {
    yield notSupported(
      path,
      String(sessionAffinity),
      ['ClientIP', 'None'],
      oneOf(path, String(sessionAffinity), ['ClientIP', 'None'])
    )
    return
  }
  const config = ['spec', 'sessionAffinityConfig']
  if (sessionAffinity === 'None' && sessionAffinityConfig !== undefined) {
    yield forbidden(config, 'must not be set when session affinity is None', {
      hint: 'remove it, or write sessionAffinity: ClientIP',
      changes: [{ path: config, remove: true }]
    })
    return
  }
  const seconds = (sessionAffinityConfig as { clientIP?: { timeoutSeconds?: unknown } } | undefined)?.clientIP
    ?.timeoutSeconds
  if (typeof seconds === 'number' && (seconds <= 0 || seconds > 86_400)) {
    yield invalid([...config, 'clientIP', 'timeoutSeconds'], seconds, 'must be greater than 0 and less than 86400', {
      hint: 'write the seconds of at most a day'
    })
  }
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
}

function* validateAddresses(spec: ServiceSpec): Generator<FieldError> {
  const { clusterIP = '' } = spec
  const notAnAddress = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
  if (clusterIP !== '' && clusterIP !== 'None' && isIP(clusterIP) === 0) {
    yield invalid(['spec', 'clusterIPs', 0], clusterIP, notAnAddress, {
      hint: 'remove clusterIP: the server draws one',
      changes: [{ path: ['spec', 'clusterIP'], remove: true }]
    })
  }
  for (const [index, address] of texts(spec.externalIPs).entries()) {
    if (isIP(address) === 0) {
      yield invalid(['spec', 'externalIPs', index], address, notAnAddress, { hint: 'write an address' })
    }
  }
  for (const [index, family] of (spec.ipFamilies ?? []).entries()) {
    if (family !== 'IPv4' && family !== 'IPv6') {
      const place = ['spec', 'ipFamilies', index]
      yield notSupported(place, family, ['IPv4', 'IPv6'], oneOf(place, family, ['IPv4', 'IPv6']))
    }
  }
}

function* validateLoadBalancer(spec: ServiceSpec, type: string): Generator<FieldError> {
  if (type === 'LoadBalancer') {
    return
  }
  for (const key of ['loadBalancerSourceRanges', 'loadBalancerClass', 'allocateLoadBalancerNodePorts'] as const) {
    const value = spec[key]
    const isSet = Array.isArray(value) ? value.length > 0 : value !== undefined
    if (isSet) {
      yield forbidden(['spec', key], onlyForLoadBalancers, {
        hint: 'remove it',
        changes: [{ path: ['spec', key], remove: true }]
      })
    }
  }
}

function* validateTrafficPolicies(spec: ServiceSpec, type: string): Generator<FieldError> {
  const { externalTrafficPolicy = '', internalTrafficPolicy, healthCheckNodePort = 0 } = spec
  const path = ['spec', 'externalTrafficPolicy']
  const changes = [{ path, remove: true as const }]
  const reachable =
    type === 'NodePort' || type === 'LoadBalancer' || (type === 'ClusterIP' && texts(spec.externalIPs).length > 0)
  if (externalTrafficPolicy !== '' && !reachable) {
    yield invalid(path, externalTrafficPolicy, 'may only be set for externally-accessible services', {
      hint: 'remove it: it is for Services of type NodePort and LoadBalancer',
      changes
    })
  } else if (externalTrafficPolicy !== '' && !policies.includes(externalTrafficPolicy)) {
    yield notSupported(path, externalTrafficPolicy, policies, oneOf(path, externalTrafficPolicy, policies))
  }
  if (healthCheckNodePort !== 0 && !(type === 'LoadBalancer' && externalTrafficPolicy === 'Local')) {
    const place = ['spec', 'healthCheckNodePort']
    yield invalid(
      place,
      healthCheckNodePort,
      "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      { hint: 'remove it', changes: [{ path: place, remove: true }] }
    )
  }
  if (typeof internalTrafficPolicy === 'string' && !policies.includes(internalTrafficPolicy)) {
    const place = ['spec', 'internalTrafficPolicy']
    yield notSupported(place, internalTrafficPolicy, policies, oneOf(place, internalTrafficPolicy, policies))
  }
}
