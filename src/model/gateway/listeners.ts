import type { ListenerConfiguration } from '../../resources/index.ts'
import { findCertificates } from '../build/certificates.ts'
import { keyOf } from '../build/cluster-objects.ts'
import { addResource, explain, fromField, fromFlag } from '../build/task.ts'
import { trustStoreARNs } from '../build/trust-stores.ts'
import { compareStrings, sortedStrings } from '../go/format.ts'
import { ModelError, withErrorPrefix } from '../model-error.ts'
import { loadBalancerARN } from '../stack/names.ts'
import { applicationLoadBalancerID } from '../stack/specs.ts'
import type { Action, ListenerSpec, TargetGroupTuple } from '../stack/stack.ts'
import { defaultAction } from './actions.ts'
import { sourceOf } from './configuration/gateway-configuration.ts'
import { creationTime } from './route/creation-time.ts'
import type { LoadedRoute } from './route/load-routes.ts'
import { buildRules } from './rules.ts'
import { loadBalancerTags } from './tags.ts'
import { buildTargetGroup } from './target-groups.ts'
import type { GatewayTask } from './task.ts'

type Protocol = ListenerSpec['protocol']

/** What the Gateway's listeners of one port come to. */
interface PortListener {
  port: number
  protocol: Protocol
  hostnames: Set<string>
}

const alpnPolicies = ['None', 'HTTP1Only', 'HTTP2Only', 'HTTP2Optional', 'HTTP2Preferred']

/** LBC: mergeProtocols. @throws ModelError for two that cannot share a port. */
function mergeProtocols(stored: Protocol, proposed: Protocol): Protocol {
  const both: string[] = [stored, proposed]
  if (
    stored !== proposed &&
    both.every(protocol => ['TCP', 'UDP', 'TCP_UDP'].includes(protocol)) &&
    proposed !== 'TCP_UDP'
  ) {
    return 'TCP_UDP'
  }
  throw new ModelError('invalid listeners on gateway, listeners with same ports cannot have different protocols')
}

/** The valid listeners by port (LBC: mapGatewayListenerConfigsByPort). @throws ModelError */
function mergeListeners({ routes }: GatewayTask): Map<number, PortListener> {
  const merged = new Map<number, PortListener>()
  for (const { port, protocol: written, tls, hostname } of routes.listeners) {
    // TLS that is passed through is bytes to the load balancer.
    const protocol = written === 'TLS' && tls?.mode === 'Passthrough' ? 'TCP' : (written as Protocol)
    let listener = merged.get(port) ?? { port, protocol, hostnames: new Set<string>() }
    if (listener.protocol !== protocol) {
      listener = { port, protocol: mergeProtocols(listener.protocol, protocol), hostnames: new Set() }
    }
    merged.set(port, listener)
    if (hostname !== undefined) {
      listener.hostnames.add(hostname)
    }
    for (const { route } of routes.routesByPort.get(port) ?? []) {
      for (const one of routes.hostnamesOf(route, port)) {
        listener.hostnames.add(one)
      }
    }
  }
  return merged
}

/** By protocol and port after merging, whatever the case; of doubles the last (LBC: mapLoadBalancerListenerConfigsByPort). */
function configurationFor(
  { configuration }: GatewayTask,
  { protocol, port }: PortListener
): ListenerConfiguration | undefined {
  const key = `${protocol}:${port}`.toLowerCase()
  return configuration.spec.listenerConfigurations?.findLast(({ protocolPort }) => protocolPort.toLowerCase() === key)
}

function isSecure({ protocol }: PortListener): boolean {
  return protocol === 'HTTPS' || protocol === 'TLS'
}

/** Listed ones, the default first, else all that are found by hostname (LBC: buildCertificates). @throws ModelError */
function buildCertificates(
  task: GatewayTask,
  listener: PortListener,
  given: ListenerConfiguration | undefined
): string[] {
  if (!isSecure(listener)) {
    return []
  }
  const { defaultCertificate, certificates = [] } = given ?? {}
  const listed = [...(defaultCertificate === undefined ? [] : [defaultCertificate]), ...certificates]
  const resource = `Listener ${listener.port}`
  if (listed.length > 0) {
    for (const arn of task.explanations ? listed : []) {
      explain(task, resource, 'certificate', arn, sourceOf(task.configuration, 'listenerConfigurations'))
    }
    return listed
  }
  const { gateway } = task.own
  if (listener.hostnames.size === 0) {
    throw new ModelError(
      `No hostnames found for TLS cert discovery for listener on gateway ${keyOf(gateway)} with protocol:port ${listener.protocol}:${listener.port}`
    )
  }
  const hint = `list certificates in aws.yaml, or name one in listenerConfigurations of a LoadBalancerConfiguration`
  return findCertificates(task, sortedStrings(listener.hostnames), gateway, hint).map(({ value, source }) => {
    explain(task, resource, 'certificate', value, source)
    return value
  })
}

/** LBC: buildSSLPolicy. */
function chooseSSLPolicy(task: GatewayTask, listener: PortListener, given: ListenerConfiguration | undefined) {
  if (!isSecure(listener)) {
    return undefined
  }
  const { defaultSSLPolicy } = task.environment.controller
  const source =
    given?.sslPolicy === undefined
      ? fromFlag('--default-ssl-policy')
      : sourceOf(task.configuration, 'listenerConfigurations')
  const sslPolicy = given?.sslPolicy ?? defaultSSLPolicy
  explain(task, `Listener ${listener.port}`, 'sslPolicy', sslPolicy, source)
  return sslPolicy
}

/** @throws ModelError where QUIC is asked of what is not UDP. */
function upgradeProtocol({ protocol }: PortListener, given: ListenerConfiguration | undefined): Protocol {
  if (!given?.quicEnabled) {
    return protocol
  }
  if (protocol !== 'UDP' && protocol !== 'TCP_UDP') {
    throw new ModelError(`QUIC protocol upgrade not supported for protocol ${protocol}`)
  }
  return protocol === 'UDP' ? 'QUIC' : 'TCP_QUIC'
}

/** LBC: buildMutualAuthenticationAttributes. @throws ModelError */
function buildMutualAuthentication(
  task: GatewayTask,
  listener: PortListener,
  given: ListenerConfiguration | undefined
): ListenerSpec['mutualAuthentication'] {
  const attributes = given?.mutualAuthentication
  if (!attributes || !isSecure(listener)) {
    return undefined
  }
  const { mode, trustStore = '', ignoreClientCertificateExpiry, advertiseTrustStoreCaNames = '' } = attributes
  const verifies = mode === 'verify'
  const ignoresExpiry = ignoreClientCertificateExpiry ?? (verifies ? false : undefined)
  return {
    mode,
    ...(verifies && {
      trustStoreArn: trustStore.startsWith('arn:')
        ? trustStore
        : withErrorPrefix(
            `failed to resolve trustStore ARN for name ${trustStore}`,
            () => trustStoreARNs(task, [trustStore]).get(trustStore)!
          )
    }),
    ...(ignoresExpiry !== undefined && { ignoreClientCertificateExpiry: ignoresExpiry }),
    advertiseTrustStoreCaNames
  }
}

/** LBC: buildListenerALPNPolicy. @throws ModelError */
function chooseALPN(protocol: Protocol, given: ListenerConfiguration | undefined): string[] | undefined {
  if (protocol !== 'TLS') {
    return undefined
  }
  const policy = given?.alpnPolicy ?? 'None'
  if (!alpnPolicies.includes(policy)) {
    throw new ModelError(`invalid ALPN policy ${policy}, policy must be one of [${alpnPolicies.join(', ')}]`)
  }
  return [policy]
}

/** The one route whose connections a layer 4 listener takes: the oldest, then by name (LBC: pickOneL4Route). */
function pickRoute(routes: LoadedRoute[]): LoadedRoute | undefined {
  return routes.toSorted(
    ({ route: left }, { route: right }) =>
      creationTime(left) - creationTime(right) || compareStrings(keyOf(left), keyOf(right))
  )[0]
}

/** All backends of the route in one forward; none where all weigh nothing (LBC: buildL4TargetGroupTuples). @throws ModelError */
function buildTuples(task: GatewayTask, { port }: PortListener, protocol: Protocol): TargetGroupTuple[] {
  const picked = pickRoute(task.routes.routesByPort.get(port) ?? [])
  const backends = picked?.rules.flatMap(rule => rule.backends) ?? []
  const isQUIC = protocol === 'QUIC' || protocol === 'TCP_QUIC'
  const tuples = backends.map(
    (backend): TargetGroupTuple => ({
      targetGroupARN: buildTargetGroup(
        task,
        { route: picked!.route, listenerPort: port, listenerProtocol: protocol },
        backend
      ),
      ...(!isQUIC && { weight: backend.weight })
    })
  )
  return backends.some(({ weight }) => weight > 0) ? tuples : []
}

/** LBC: buildL4ListenerDefaultActions. */
function forwardTo(targetGroups: TargetGroupTuple[], given: ListenerConfiguration | undefined): Action {
  const enabled = given?.targetGroupStickiness
  return {
    type: 'forward',
    forwardConfig: { targetGroups, ...(enabled !== undefined && { targetGroupStickinessConfig: { enabled } }) }
  }
}

/** Notes why a listener is there and what it listens for. */
function explainListener(
  task: GatewayTask,
  { port }: PortListener,
  { protocol, listenerAttributes }: ListenerSpec
): void {
  if (!task.explanations) {
    return
  }
  const { gateway } = task.own
  const index = gateway.spec?.listeners?.findIndex(listener => listener.port === port) ?? -1
  const source = index < 0 ? { key: 'a ListenerSet of the Gateway' } : fromField(gateway, `spec.listeners.${index}`)
  explain(task, `Listener ${port}`, 'protocol', protocol, source)
  if (listenerAttributes) {
    const ofConfiguration = sourceOf(task.configuration, 'listenerConfigurations')
    explain(task, `Listener ${port}`, 'listenerAttributes', listenerAttributes, ofConfiguration)
  }
}

/** LBC: buildListener. @throws ModelError */
function buildListener(task: GatewayTask, listener: PortListener): ListenerSpec | undefined {
  const { port } = listener
  const given = configurationFor(task, listener)
  const tags = loadBalancerTags(task)
  const attributes = given?.listenerAttributes ?? []
  const sslPolicy = chooseSSLPolicy(task, listener, given)
  const certificates = buildCertificates(task, listener, given)
  const protocol = upgradeProtocol(listener, given)
  const isNetwork = task.type === 'network'
  const alpnPolicy = isNetwork ? chooseALPN(protocol, given) : undefined
  const tuples = isNetwork ? buildTuples(task, listener, protocol) : []
  if (isNetwork && tuples.length === 0) {
    return undefined
  }
  const mutualAuthentication = isNetwork ? undefined : buildMutualAuthentication(task, listener, given)
  const spec: ListenerSpec = {
    loadBalancerARN: loadBalancerARN(applicationLoadBalancerID),
    port,
    protocol,
    defaultActions: [isNetwork ? forwardTo(tuples, given) : defaultAction],
    ...(certificates.length > 0 && { certificates: certificates.map(certificateARN => ({ certificateARN })) }),
    ...(sslPolicy !== undefined && { sslPolicy }),
    ...(alpnPolicy && { alpnPolicy }),
    ...(mutualAuthentication && { mutualAuthentication }),
    ...(attributes.length > 0 && {
      listenerAttributes: attributes.map(({ key, value }) => ({ Key: key, Value: value }))
    }),
    ...(tags && { tags })
  }
  addResource(task, 'AWS::ElasticLoadBalancingV2::Listener', String(port), { spec })
  explainListener(task, listener, spec)
  return spec
}

/** Builds a listener for each port that a route attached to, and an ALB's rules (LBC: buildListeners). @throws ModelError */
export function buildListeners(task: GatewayTask): void {
  const merged = mergeListeners(task)
  const ports = [...merged.keys()].filter(port => task.routes.routesByPort.has(port))
  for (const port of ports.sort((left, right) => left - right)) {
    const listener = buildListener(task, merged.get(port)!)
    if (listener && task.type === 'application') {
      buildRules(task, listener)
    }
  }
}
