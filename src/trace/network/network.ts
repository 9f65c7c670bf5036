/**
 * Follows a connection through a Network or Classic Load Balancer: which listener, which targets and their health, what a target
 * sees of the client, and what Istio's gateway makes of the bytes.
 *
 * @module
 */
import type { LoadBalancerDescription } from '../../elbv2/index.ts'
import { classicLoadBalancer, type Environment, type StackPlan, specOf } from '../../model/index.ts'
import { dnsNameOf } from '../../targets/index.ts'
import type { BackendAnswer, Connection } from '../backend.ts'
import type { Trace, TracedDestination } from '../contract.ts'
import type { ReadRequest } from '../request.ts'
import type { Tracer } from '../tracer.ts'
import { type Destination, type Front, frontsOf } from './front.ts'
import { loadBalancerAddress, targetsAsObserved, targetsWithHealth } from './health.ts'

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
function follow(
  tracer: Tracer,
  plan: StackPlan,
  front: Front,
  destination: Destination,
  read: ReadRequest,
  observed: LoadBalancerDescription | undefined
): Followed {
  const targets = targetsAsObserved(observed, destination) ?? targetsWithHealth(tracer, plan, destination)
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
    ...(!front.decrypts && isTLS && { serverName: read.host, clientCertificate: true }),
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
      ? ({ from: 'load balancer', status: 504, reason: `the instance gives no answer: ${answer.reason}` } as const)
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
  { environment: { region }, observed }: { environment: Environment; observed: LoadBalancerDescription | undefined }
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
    const reason = `${name} has no listener on port ${read.port} (it has ${ports || 'none'}), so the connection is not accepted`
    return { ...found, rules: [], destinations: [], answer: { from: 'nobody', reason } }
  }
  const described = { ...found, listener: { port: front.port, protocol: front.protocol } }
  const refused = refusalOf(front, read.scheme)
  if (refused !== undefined) {
    return { ...described, rules: [], destinations: [], answer: { from: 'nobody', reason: refused } }
  }
  const followed = front.destinations.map(destination => follow(tracer, plan, front, destination, read, observed))
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
