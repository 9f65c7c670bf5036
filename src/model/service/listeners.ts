import type { Service, ServicePort } from '../../resources/index.ts'
import { attributeList } from '../build/attributes.ts'
import { getService } from '../build/cluster-objects.ts'
import { orDefault, type Setting, settingOf } from '../build/setting.ts'
import { addResource, explain, fromFlag } from '../build/task.ts'
import { formatSlice } from '../go/format.ts'
import { ModelError, nilDereference } from '../model-error.ts'
import { loadBalancerARN, targetGroupARN } from '../stack/names.ts'
import { applicationLoadBalancerID } from '../stack/specs.ts'
import type { Action, ListenerSpec, NetworkProtocol, TargetGroupTuple } from '../stack/stack.ts'
import { type ActionConfig, actionType, checkAction } from './action-config.ts'
import { readBool, readJSON, readString, readStringList, readStringMap } from './annotations.ts'
import { findPort, portsOf, protocolOf } from './ports.ts'
import { serviceTags } from './tags.ts'
import { buildTargetGroup } from './target-groups.ts'
import { identityOf, type ServiceTask } from './task.ts'

/** In the order in which the controller's error lists them. */
const alpnPolicies: readonly string[] = ['None', 'HTTP1Only', 'HTTP2Only', 'HTTP2Optional', 'HTTP2Preferred']

/** What all listeners of a Service share (LBC: listenerConfig). */
interface ListenerSettings {
  certificates: Setting<string[]>
  /** Names and numbers of the ports that are decrypted; empty: all. */
  tlsPorts: Setting<string[]>
  quicPorts: string[]
  backendProtocol: string | undefined
  sslPolicy: Setting<string>
}

/** LBC: validateTLSPortsSet. @throws ModelError */
function checkTLSPorts(tlsPorts: string[], service: Service): void {
  const unused = tlsPorts.filter(
    wanted => !portsOf(service).some(({ name, port }) => name === wanted || String(port) === wanted)
  )
  if (unused.length > 0) {
    throw new ModelError(`Unused port in ssl-ports annotation ${formatSlice(unused)}`)
  }
}

/** LBC: buildListenerConfig. @throws ModelError */
function readSettings({ service, environment }: ServiceTask): ListenerSettings {
  const certificates = orDefault(readStringList('aws-load-balancer-ssl-cert', service), [])
  const tlsPorts = orDefault(readStringList('aws-load-balancer-ssl-ports', service), [])
  checkTLSPorts(tlsPorts.value, service)
  const policy = readString('aws-load-balancer-ssl-negotiation-policy', service)
  return {
    certificates,
    tlsPorts,
    quicPorts: readStringList('aws-load-balancer-quic-enabled-ports', service)?.value ?? [],
    backendProtocol: readString('aws-load-balancer-backend-protocol', service)?.value,
    sslPolicy: policy
      ? settingOf(policy)
      : { value: environment.controller.defaultSSLPolicy, source: fromFlag('--default-ssl-policy') }
  }
}

/** What clients speak to a listener, and what it speaks to targets. */
interface Protocols {
  listener: NetworkProtocol
  targetGroup: NetworkProtocol
}

function lists(ports: string[], { name, port }: ServicePort): boolean {
  return (name !== undefined && ports.includes(name)) || ports.includes(String(port))
}

/** LBC: buildListenerSpec. @throws ModelError */
function chooseProtocols(servicePort: ServicePort, settings: ListenerSettings, isMerged: boolean): Protocols {
  const own = (isMerged ? 'TCP_UDP' : protocolOf(servicePort)) as NetworkProtocol
  const { certificates, tlsPorts, backendProtocol, quicPorts } = settings
  const isTLS =
    own !== 'UDP' &&
    own !== 'TCP_UDP' &&
    certificates.value.length > 0 &&
    (tlsPorts.value.length === 0 || lists(tlsPorts.value, servicePort))
  const protocols: Protocols = isTLS
    ? { listener: 'TLS', targetGroup: backendProtocol === 'ssl' ? 'TLS' : own }
    : { listener: own, targetGroup: own }
  if (!lists(quicPorts, servicePort)) {
    return protocols
  }
  if (protocols.listener !== 'UDP' && protocols.listener !== 'TCP_UDP') {
    throw new ModelError(`Unsupported QUIC upgrade for protocol ${protocols.listener}`)
  }
  const upgraded = protocols.listener === 'UDP' ? 'QUIC' : 'TCP_QUIC'
  return { listener: upgraded, targetGroup: upgraded }
}

/** LBC: buildListenerALPNPolicy. @throws ModelError */
function chooseALPNPolicy({ service }: ServiceTask, { listener }: Protocols): Setting<string> | undefined {
  const annotation = listener === 'TLS' ? readString('aws-load-balancer-alpn-policy', service) : undefined
  if (annotation && !alpnPolicies.includes(annotation.value)) {
    throw new ModelError(`invalid ALPN policy ${annotation.value}, policy must be one of [${alpnPolicies.join(', ')}]`)
  }
  return annotation && settingOf(annotation)
}

/** LBC: buildTargetGroupTuples. @throws ModelError */
function buildTuples(
  task: ServiceTask,
  servicePort: ServicePort,
  { listener, targetGroup }: Protocols,
  { forwardConfig }: ActionConfig
): TargetGroupTuple[] {
  if (!forwardConfig) {
    throw nilDereference()
  }
  const { namespace, uid } = identityOf(task.service)
  const { targetGroups = [], baseServiceWeight } = forwardConfig
  const services = new Map(
    targetGroups.flatMap(({ serviceName }): [string, Service][] =>
      serviceName === undefined ? [] : [[serviceName, getService(task.resources, namespace, serviceName)]]
    )
  )
  const own = buildTargetGroup(task, task.service, servicePort, targetGroup)
  return [
    {
      targetGroupARN: targetGroupARN(own),
      ...(baseServiceWeight !== undefined && { weight: baseServiceWeight })
    },
    ...targetGroups.map(({ targetGroupARN: outside, serviceName, servicePort: port, decrypt, weight }) => {
      const share = weight !== undefined && { weight }
      if (outside !== undefined) {
        return { targetGroupARN: outside, ...share }
      }
      const protocol = listener === 'TLS' && decrypt ? 'TCP' : listener
      const service = services.get(serviceName!)!
      const id = buildTargetGroup(task, service, findPort(service, port!), protocol, uid)
      return { targetGroupARN: targetGroupARN(id), ...share }
    })
  ]
}

/** The one target group of the port, or those of the annotation for it (LBC: buildListenerDefaultActions…). @throws ModelError */
function buildAction(
  task: ServiceTask,
  servicePort: ServicePort,
  protocols: Protocols
): { action: Action; weighted?: Setting<TargetGroupTuple[]> } {
  const suffix = `actions.${protocols.listener}-${servicePort.port}`
  const annotation = readJSON<ActionConfig>(actionType, suffix, task.service)
  if (!annotation) {
    const id = buildTargetGroup(task, task.service, servicePort, protocols.targetGroup)
    return { action: { type: 'forward', forwardConfig: { targetGroups: [{ targetGroupARN: targetGroupARN(id) }] } } }
  }
  checkAction(annotation.value)
  const targetGroups = buildTuples(task, servicePort, protocols, annotation.value)
  const { targetGroupStickinessConfig: stickiness } = annotation.value.forwardConfig!
  const action: Action = {
    type: 'forward',
    forwardConfig: {
      targetGroups,
      ...(stickiness && {
        targetGroupStickinessConfig: { ...(stickiness.enabled !== undefined && { enabled: stickiness.enabled }) }
      })
    }
  }
  return { action, weighted: { value: targetGroups, source: settingOf(annotation).source } }
}

/** LBC: buildListener, buildListenerSpec. @throws ModelError */
function buildListener(
  task: ServiceTask,
  servicePort: ServicePort,
  settings: ListenerSettings,
  isMerged: boolean
): void {
  const { port } = servicePort
  const protocols = chooseProtocols(servicePort, settings, isMerged)
  const tags = serviceTags(task)
  const { action, weighted } = buildAction(task, servicePort, protocols)
  const alpnPolicy = chooseALPNPolicy(task, protocols)
  const attributes = readStringMap(`aws-load-balancer-listener-attributes.${protocols.listener}-${port}`, task.service)
  const isTLS = protocols.listener === 'TLS'
  const listenerAttributes = attributeList(attributes?.value ?? new Map())
  const spec: ListenerSpec = {
    loadBalancerARN: loadBalancerARN(applicationLoadBalancerID),
    port,
    protocol: protocols.listener,
    defaultActions: [action],
    ...(isTLS && {
      certificates: settings.certificates.value.map(certificateARN => ({ certificateARN })),
      sslPolicy: settings.sslPolicy.value
    }),
    ...(alpnPolicy && { alpnPolicy: [alpnPolicy.value] }),
    ...(listenerAttributes && {
      listenerAttributes: listenerAttributes.map(({ key, value }) => ({ Key: key, Value: value }))
    }),
    ...(tags && { tags })
  }
  if (!addResource(task, 'AWS::ElasticLoadBalancingV2::Listener', String(port), { spec })) {
    return
  }
  if (weighted) {
    explain(task, `Listener ${port}`, 'defaultActions', weighted.value, weighted.source)
  }
  explainListener(task, spec, {
    ...(isTLS && { protocol: settings.tlsPorts, certificates: settings.certificates, sslPolicy: settings.sslPolicy }),
    ...(alpnPolicy && { alpnPolicy }),
    ...(attributes && { listenerAttributes: settingOf(attributes) })
  })
}

/** Notes where the settings of a listener come from, with the values that it has. */
function explainListener(
  task: ServiceTask,
  spec: ListenerSpec,
  settings: Partial<Record<keyof ListenerSpec, Setting<unknown>>>
): void {
  for (const [field, { source }] of Object.entries(settings)) {
    explain(task, `Listener ${spec.port}`, field, spec[field as keyof ListenerSpec], source)
  }
}

/** A port as Go's `%+v` prints it, but for the protocol of applications: of that Go prints where it stands in memory. */
function formatPort({ name = '', port, targetPort = 0, nodePort = 0, appProtocol, ...other }: ServicePort): string {
  const target =
    typeof targetPort === 'number' ? `{Type:0 IntVal:${targetPort} StrVal:}` : `{Type:1 IntVal:0 StrVal:${targetPort}}`
  const protocol = protocolOf({ port, ...other })
  return `{Name:${name} Protocol:${protocol} AppProtocol:${appProtocol ?? '<nil>'} Port:${port} TargetPort:${target} NodePort:${nodePort}}`
}

/** LBC: validateMultiProtocolUsage. @throws ModelError */
function checkMergeable(ports: ServicePort[]): void {
  if (ports.length !== 2) {
    throw new ModelError(`can only merge two ports, not ${ports.length} (${formatSlice(ports.map(formatPort))})`)
  }
  const protocols = ports.map(protocolOf)
  const unsupported = protocols.find(protocol => protocol !== 'TCP' && protocol !== 'UDP')
  if (unsupported !== undefined) {
    throw new ModelError(`unsupported protocol for merging: ${unsupported}`)
  }
  if (protocols[0] === protocols[1]) {
    throw new ModelError(`protocols can't match for merging: ${protocols[0]}`)
  }
}

/** LBC: isTCPUDPEnabledForService. A value that is no boolean counts as none. */
function mergesProtocols({ service, environment }: ServiceTask): boolean {
  try {
    const annotation = readBool('aws-load-balancer-enable-tcp-udp-listener', service)
    return annotation?.value ?? environment.controller.featureGates.EnableTCPUDPListener
  } catch (error) {
    if (error instanceof ModelError) {
      return environment.controller.featureGates.EnableTCPUDPListener
    }
    throw error
  }
}

/**
 * Builds a listener for each port of the Service, with its target groups (LBC: buildListenersLegacy,
 * buildListenersWithTCPUDPSupport). Where protocols are not merged, of two ports with one number the first has the listener and
 * the target group.
 *
 * @throws ModelError
 */
export function buildListeners(task: ServiceTask): void {
  const ports = portsOf(task.service)
  if (!mergesProtocols(task)) {
    const settings = readSettings(task)
    for (const servicePort of ports) {
      buildListener(task, servicePort, settings, false)
    }
    return
  }
  const byNumber = [...Map.groupBy(ports, ({ port }) => port).values()]
  for (const together of byNumber) {
    if (together.length > 1) {
      checkMergeable(together)
    }
  }
  const settings = readSettings(task)
  for (const together of byNumber) {
    buildListener(task, together[0]!, settings, together.length > 1)
  }
}
