/**
 * Follows a connection through a Network or Classic Load Balancer: which listener, which targets and their health, what a target
 * sees of the client, and what Istio's gateway makes of the bytes.
 *
 * @module
 */
import { clientAtTargets, observe, registering, type Target, type TargetHealth } from '../elbv2/index.ts'
import {
  type ClassicLoadBalancerSpec,
  classicLoadBalancer,
  type Environment,
  findService,
  type HealthCheckConfig,
  type ListenerSpec,
  referencedID,
  type StackPlan,
  specOf,
  type Token
} from '../model/index.ts'
import { dnsNameOf } from '../targets/index.ts'
import type { BackendAnswer, Connection } from './backend.ts'
import type { Trace, TracedDestination } from './contract.ts'
import type { TracedTarget } from './load-balancer.ts'
import type { ReadRequest } from './request.ts'
import type { Tracer } from './tracer.ts'

/** The load balancer as targets see it where the client's address is not kept. */
const loadBalancerAddress = '192.0.2.1'
const failed = { passed: false, reason: 'Target.FailedHealthChecks' } as const

/** A port that clients reach, of either kind of load balancer. */
interface Front {
  port: number
  protocol: string
  /** Whether TLS ends here. */
  decrypts: boolean
  certificates: string[]
  /** Whether a target gets HTTP, which a Classic Load Balancer reads. */
  readsHTTP: boolean
  destinations: Destination[]
}

interface Destination {
  id: string
  name: string
  targetType: 'instance' | 'ip'
  /** What targets are spoken to. */
  protocol: string
  encrypts: boolean
  share: number
  healthCheck: Omit<HealthCheckConfig, 'protocol' | 'intervalSeconds' | 'timeoutSeconds'> & { protocol: string }
  /** Whether targets see the client's address as the other end of the connection. */
  keepsClient: boolean
  /** 0: no PROXY header. */
  proxyVersion: 0 | 1 | 2
  targets: readonly Target[]
  /** Whether all targets get connections where none is healthy. */
  failsOpen: boolean
}

function networkFront(tracer: Tracer, plan: StackPlan, spec: ListenerSpec): Front {
  const tuples = spec.defaultActions.flatMap(({ forwardConfig }) => forwardConfig?.targetGroups ?? [])
  const total = tuples.reduce((sum, { weight = 1 }) => sum + weight, 0)
  const targets = tracer.targetsOf(plan.stack!)
  function destination({ targetGroupARN, weight = 1 }: { targetGroupARN: Token; weight?: number }): Destination[] {
    const id = referencedID(targetGroupARN) ?? String(targetGroupARN)
    const group = specOf(plan.stack, 'targetGroup', id)
    const told = group && clientAtTargets(group)
    return group && told && weight > 0
      ? [
          {
            id,
            name: group.name,
            targetType: group.targetType as 'instance' | 'ip',
            protocol: group.protocol,
            encrypts: group.protocol === 'TLS',
            share: (weight / total) * 100,
            healthCheck: group.healthCheckConfig,
            keepsClient: told.preserveClientIP,
            proxyVersion: told.proxyProtocol === undefined ? 0 : 2,
            targets: targets.get(id) ?? [],
            failsOpen: true
          }
        ]
      : []
  }
  return {
    port: spec.port,
    protocol: spec.protocol,
    decrypts: spec.protocol === 'TLS',
    certificates: spec.certificates?.map(({ certificateARN }) => certificateARN) ?? [],
    readsHTTP: false,
    destinations: tuples.flatMap(destination)
  }
}

/** `HTTP:32111/healthz` as a health check. */
function classicHealthCheck({ healthCheck }: ClassicLoadBalancerSpec): Destination['healthCheck'] {
  const [, protocol = 'TCP', port = '0', path] = /^(\w+):([0-9]+)(\/.*)?$/.exec(healthCheck.target) ?? []
  return {
    protocol,
    port: Number(port),
    ...(path !== undefined && { path }),
    healthyThresholdCount: healthCheck.healthyThreshold,
    unhealthyThresholdCount: healthCheck.unhealthyThreshold
  }
}

function classicFront(
  tracer: Tracer,
  plan: StackPlan,
  spec: ClassicLoadBalancerSpec,
  {
    loadBalancerPort,
    protocol,
    instancePort,
    instanceProtocol,
    sslCertificateID
  }: ClassicLoadBalancerSpec['listeners'][number]
): Front {
  const isHTTP = protocol === 'HTTP' || protocol === 'HTTPS'
  return {
    port: loadBalancerPort,
    protocol,
    decrypts: protocol === 'SSL' || protocol === 'HTTPS',
    certificates: sslCertificateID === undefined ? [] : [sslCertificateID],
    readsHTTP: isHTTP,
    destinations: [
      {
        id: spec.name,
        name: spec.name,
        targetType: 'instance',
        protocol: instanceProtocol,
        encrypts: instanceProtocol === 'SSL' || instanceProtocol === 'HTTPS',
        share: 100,
        healthCheck: classicHealthCheck(spec),
        keepsClient: false,
        proxyVersion: spec.proxyProtocol ? 1 : 0,
        targets: tracer
          .instancesOf(plan.id, loadBalancerPort, spec.nodeLabels)
          .map(target => ({ ...target, port: instancePort })),
        failsOpen: false
      }
    ]
  }
}

function frontsOf(tracer: Tracer, plan: StackPlan): Front[] {
  const classic = classicLoadBalancer(plan.stack)
  if (classic) {
    return classic.listeners.map(listener => classicFront(tracer, plan, classic, listener))
  }
  return Object.values(plan.stack?.resources['AWS::ElasticLoadBalancingV2::Listener'] ?? {}).map(({ spec }) =>
    networkFront(tracer, plan, spec)
  )
}

/** What a health check meets at a target: TCP only connects, and kube-proxy answers at a port of its own. */
function checkOf(tracer: Tracer, plan: StackPlan, target: Target, { healthCheck, targetType }: Destination) {
  const { backends } = tracer
  const port = healthCheck.port === 'traffic-port' ? target.port : healthCheck.port
  const at = { targetType, address: target.address, port }
  const asked = `${healthCheck.protocol} on port ${port}`
  const [namespace = '', name = ''] = plan.id.split('/')
  const service = findService(tracer.resources, namespace, name)
  if (targetType === 'instance' && (port === service?.spec?.healthCheckNodePort || port === 10_256)) {
    return { port, passed: true, because: `${asked} reaches kube-proxy, which answers for nodes with a pod` }
  }
  if (healthCheck.protocol === 'TCP' || healthCheck.protocol === 'SSL') {
    const nobody = backends.refusalAt(at)
    return { port, passed: nobody === undefined, because: `${asked}: ${nobody ?? 'something listens'}` }
  }
  const { answer } = backends.answer(
    {
      ...at,
      protocol: healthCheck.protocol === 'HTTPS' ? 'HTTPS' : 'HTTP',
      peer: loadBalancerAddress,
      maxVersion: 'TLSv1.2'
    },
    {
      method: 'GET',
      path: healthCheck.path ?? '/',
      authority: `${target.address}:${port}`,
      headers: [['Host', `${target.address}:${port}`]],
      version: '1.1'
    }
  )
  const { from, status } = answer
  const passed = from === 'service' || (status !== undefined && status >= 200 && status < 400)
  return { port, passed: from !== 'nobody' && passed, because: `${asked}: ${status ?? ''} ${answer.reason}`.trim() }
}

/** The targets with the health that their checks come to. */
function targetsWithHealth(tracer: Tracer, plan: StackPlan, destination: Destination): TracedTarget[] {
  const checked = destination.targets.map(target => {
    const { port, passed, because } = checkOf(tracer, plan, target, destination)
    let health: TargetHealth = registering()
    const { healthyThresholdCount, unhealthyThresholdCount } = destination.healthCheck
    for (let check = 0; check < Math.max(healthyThresholdCount, unhealthyThresholdCount); check++) {
      health = observe(health, passed ? { passed: true } : failed, destination.healthCheck)
    }
    const { failures: _, successes: __, ...told } = health
    return { target, healthCheckPort: String(port), health: told, because }
  })
  const hasHealthy = checked.some(({ health }) => health.state === 'healthy')
  return checked.map(one => ({
    ...one,
    candidate: one.health.state === 'healthy' || (!hasHealthy && destination.failsOpen)
  }))
}

/** What the target has for the client. */
function describeClient({ keepsClient: keeps, proxyVersion }: Destination, client: string): string {
  const end = keeps ? `the client's address ${client}` : "the load balancer's address"
  return proxyVersion === 0
    ? end
    : `${end}, and a PROXY header of version ${proxyVersion} with ${client} before the bytes`
}

interface Followed extends Pick<BackendAnswer, 'assumptions' | 'notEvaluated'> {
  destination: TracedDestination
}

/** What comes of a request at a destination. */
function follow(tracer: Tracer, plan: StackPlan, front: Front, destination: Destination, read: ReadRequest): Followed {
  const targets = targetsWithHealth(tracer, plan, destination)
  const target = targets.find(({ candidate }) => candidate)?.target
  const { id, name, targetType, protocol, share, proxyVersion } = destination
  const described = {
    id,
    name,
    targetType,
    protocol,
    protocolVersion: '',
    share,
    targets,
    failOpen: targets.length > 0 && targets.every(({ health }) => health.state !== 'healthy') && destination.failsOpen,
    sees: describeClient(destination, read.client)
  }
  if (!target) {
    const reason = targets.length === 0 ? `${name} has no targets` : `no instance of ${name} is healthy`
    const answer = front.readsHTTP
      ? ({ from: 'load balancer', status: 503, reason } as const)
      : ({ from: 'nobody', reason: `${reason}: the connection ends` } as const)
    return { destination: { ...described, answer }, assumptions: [], notEvaluated: [] }
  }
  const isTLS = front.decrypts ? destination.encrypts : read.scheme === 'https'
  const connection: Connection = {
    targetType,
    address: target.address,
    port: target.port,
    protocol: isTLS ? 'HTTPS' : 'HTTP',
    peer: proxyVersion > 0 || destination.keepsClient ? read.client : loadBalancerAddress,
    // Bytes that are passed through carry the client's own handshake; the load balancer's has no server name.
    maxVersion: 'TLSv1.3',
    ...(!front.decrypts && isTLS && { serverName: read.host }),
    ...(proxyVersion > 0 && { proxyHeader: true })
  }
  const { method, target: path, headers, version } = read.head
  const authority = headers.find(([header]) => header.toLowerCase() === 'host')?.[1] ?? read.host
  const { answer, branches, assumptions, notEvaluated, ...backend } = tracer.backends.answer(connection, {
    method,
    path,
    headers,
    authority,
    version: version === '0.9' ? '1.0' : version
  })
  const told =
    answer.from === 'nobody' && front.readsHTTP
      ? ({ from: 'load balancer', status: 502, reason: `the instance gives no answer: ${answer.reason}` } as const)
      : answer
  return {
    destination: { ...described, backend, ...(branches && { branches }), answer: told },
    assumptions,
    notEvaluated
  }
}

/** Whether a client that speaks `scheme` can be served at all, and why not. */
function refusalOf({ port, protocol, decrypts, readsHTTP }: Front, scheme: 'http' | 'https'): string | undefined {
  if (protocol === 'UDP' || protocol === 'QUIC') {
    return `the listener on port ${port} speaks ${protocol}, the client TCP`
  }
  if (decrypts && scheme === 'http') {
    return `the listener on port ${port} speaks ${protocol}, the client HTTP`
  }
  return readsHTTP && !decrypts && scheme === 'https'
    ? `the listener on port ${port} speaks ${protocol}, the client HTTPS`
    : undefined
}

/** Follows a request through the load balancer of a Service or Gateway that is no Application Load Balancer. */
export function traceNetwork(
  tracer: Tracer,
  plan: StackPlan,
  url: string,
  read: ReadRequest,
  { region }: Environment
): Trace {
  const classic = classicLoadBalancer(plan.stack)
  const network = specOf(plan.stack, 'loadBalancer', 'LoadBalancer')
  const spec = (classic ?? network)!
  const { name, scheme } = spec
  const fronts = frontsOf(tracer, plan)
  const front = fronts.find(({ port }) => port === read.port)
  const found = {
    request: { method: read.head.method, url, host: read.host, headers: read.head.headers, client: read.client },
    loadBalancer: { group: plan.id, name, scheme, dnsName: dnsNameOf(spec, region) },
    assumptions: [...tracer.assumptions],
    notEvaluated: [],
    findings: tracer.findings
  }
  if (!front) {
    const ports = fronts.map(one => `${one.protocol}:${one.port}`).join(', ')
    const reason = `${name} has no listener on port ${read.port} (it has ${ports}), so the connection is not accepted`
    return { ...found, rules: [], destinations: [], answer: { from: 'nobody', reason } }
  }
  const described = { ...found, listener: { port: front.port, protocol: front.protocol } }
  const refused = refusalOf(front, read.scheme)
  if (refused !== undefined) {
    return { ...described, rules: [], destinations: [], answer: { from: 'nobody', reason: refused } }
  }
  const followed = front.destinations.map(destination => follow(tracer, plan, front, destination, read))
  const destinations = followed.map(({ destination }) => destination).sort((one, other) => other.share - one.share)
  const [certificate] = front.certificates
  return {
    ...described,
    ...(certificate !== undefined && front.decrypts && { certificate: { arn: certificate } }),
    rules: [],
    action: front.decrypts
      ? `TLS ends here, ${front.readsHTTP ? 'the request' : 'its bytes'} go on`
      : front.readsHTTP
        ? 'the request goes on'
        : 'the bytes are handed through',
    destinations,
    assumptions: [...new Set([...found.assumptions, ...followed.flatMap(({ assumptions }) => assumptions)])],
    notEvaluated: [...new Set(followed.flatMap(({ notEvaluated }) => notEvaluated))],
    answer: destinations[0]?.answer ?? { from: 'nobody', reason: `${name} forwards to nothing` }
  }
}
