/**
 * A Network Load Balancer that runs.
 *
 * @module
 */

import type {
  Clock,
  FlowEnd,
  LoadBalancer,
  LoadBalancerDescription,
  LoadBalancerOptions,
  NetworkConfiguration,
  NetworkListenerConfiguration,
  NetworkTargetGroupConfiguration,
  Targets
} from '../../elbv2/index.ts'
import {
  admits,
  compileNetworkConfiguration,
  isHairpin,
  proxyHeader,
  targetGroupOfFlow,
  zonesInDNS
} from '../../elbv2/index.ts'
import type { Stack } from '../../model/index.ts'
import { guardedClock, systemClock } from '../clock.ts'
import { endpointText } from '../listen.ts'
import { ListenerSet } from '../listener-set.ts'
import { Observer, warnOf } from '../observe/observer.ts'
import type { CheckedTargetGroupHost } from '../target-group/checked-target-group.ts'
import { HealthChecker } from '../target-group/health-check.ts'
import { TargetGroupSet } from '../target-group/target-group-set.ts'
import { certificateReader } from '../tls/listener-state.ts'
import { tlsLogLine } from './access-log.ts'
import type { EndedFlow, FlowClient } from './ended-flow.ts'
import { NetworkMetrics } from './metrics.ts'
import { type NetworkHost, NetworkListener, type NetworkListenerState } from './network-listener.ts'
import { NetworkTargetGroup } from './network-target-group.ts'
import { failed, networkProbe } from './probe.ts'
import type { FlowRoute } from './tcp-flow.ts'

/** Where this system's own connections come from, so that clients there need not be told apart. */
const defaultSource = '127.0.0.1'

/** Milliseconds that flows through a listener get that is no more. */
const listenerGrace = 350_000

export class NetworkLoadBalancer implements LoadBalancer, NetworkHost {
  readonly clock: Clock
  readonly #options: LoadBalancerOptions
  readonly #listeners: ListenerSet<NetworkListenerState, NetworkListener>
  readonly #targetGroups = new TargetGroupSet(
    (wanted: NetworkTargetGroupConfiguration) => new NetworkTargetGroup(wanted, this.#groupHost())
  )
  readonly #checker: HealthChecker<NetworkTargetGroupConfiguration>
  readonly #metrics = new NetworkMetrics()
  readonly #observer: Observer
  #configuration: NetworkConfiguration | undefined
  /** Those whose addresses DNS gives; undefined after a change of health. */
  #zones: readonly string[] | undefined
  #closed = false
  /** Configurations are applied one after the other. */
  #applying: Promise<unknown> = Promise.resolve()

  constructor(options: LoadBalancerOptions) {
    this.#options = options
    this.clock = guardedClock(options.clock ?? systemClock, warnOf)
    this.#observer = new Observer(options, this.clock, () => this.configuration.name, 'net')
    this.#listeners = new ListenerSet({
      create: (state, binding) => new NetworkListener(state, binding, this),
      bind: options.bind,
      tell: (type, listener) => this.#observer.listener(type, listener)
    })
    this.#checker = new HealthChecker({
      clock: this.clock,
      timeScale: options.timeScale ?? 1,
      probe: networkProbe(group => this.#hostOfChecks(group)),
      timedOut: failed,
      ...(options.onHealthCheck ? { onCheck: (...check) => this.#observer.healthCheck(...check) } : {})
    })
  }

  get configuration(): NetworkConfiguration {
    if (!this.#configuration) {
      throw new Error('the load balancer has no configuration yet')
    }
    return this.#configuration
  }

  apply(stack: Stack, targets: Targets): Promise<void> {
    const applied = this.#applying.then(() => this.#apply(stack, targets))
    this.#applying = applied.catch(() => {})
    return applied
  }

  /** Everything that can fail comes first; from there on the change is made in one turn. */
  async #apply(stack: Stack, targets: Targets): Promise<void> {
    const configuration = compileNetworkConfiguration(stack, this.#options.account)
    const states = await this.#statesOf(configuration)
    const opened = await this.#listeners.open(states)
    if (this.#closed) {
      await Promise.all(opened.map(listener => listener.close(0)))
      throw new Error('the load balancer was closed while its configuration was applied')
    }
    this.#configuration = configuration
    this.#zones = undefined
    this.#targetGroups.apply(configuration.targetGroups, targets)
    this.#listeners.replace(states, opened, listenerGrace)
  }

  describe(): LoadBalancerDescription {
    const { id, name, scheme } = this.configuration
    return {
      id,
      type: 'network',
      name,
      dnsName: this.#options.dnsName,
      scheme,
      listeners: this.#listeners.describe(),
      targetGroups: this.#targetGroups.describe()
    }
  }

  metrics(): string {
    const active = this.#listeners.all().map(listener => listener.active)
    const gauges = [
      {
        name: 'active_flow_count',
        help: 'Flows that are there',
        value: active.reduce((sum, { tcp, udp }) => sum + tcp + udp, 0)
      }
    ]
    return this.#metrics.text(this.configuration.name, this.#targetGroups.all(), gauges)
  }

  async close(graceMilliseconds = 0): Promise<void> {
    this.#closed = true
    await this.#applying
    await this.#listeners.close(graceMilliseconds)
    this.#targetGroups.destroy()
  }

  admits({ port }: NetworkListenerConfiguration, transport: 'TCP' | 'UDP', { address: client }: FlowClient): boolean {
    const protocol = transport === 'TCP' ? 'tcp' : 'udp'
    return admits(this.configuration.admission, { protocol, port, client })
  }

  route(listener: NetworkListenerConfiguration, transport: 'TCP' | 'UDP', client: FlowClient): FlowRoute | FlowEnd {
    const chosen = targetGroupOfFlow(listener, client.address, this.#random())
    const group = chosen && this.#targetGroups.get(chosen.id)
    const registered = group?.choose(client.address, this.#zoneOfFlow(), this.#random())
    if (!group || !registered) {
      return 'no-target'
    }
    const { attributes, protocol } = group.configuration
    if (isHairpin(client.address, registered.target, attributes, group.registered)) {
      return 'hairpin'
    }
    if (registered.health.state !== 'healthy') {
      this.#metrics.count('unhealthy_routing_flow_count')
    }
    const keeps = attributes.preserveClientIP && canBeKept(client.address, registered.target.address)
    return {
      registered,
      tls: protocol === 'TLS',
      ...(keeps && { localAddress: client.address }),
      ...(attributes.proxyProtocol &&
        transport === 'TCP' && {
          header: proxyHeader({ source: client, destination: { address: client.nodeAddress, port: listener.port } }),
          headerWaits: attributes.proxyProtocol === 'on_first_ack_with_payload'
        })
    }
  }

  onStart(listener: NetworkListenerConfiguration, transport: 'TCP' | 'UDP'): void {
    this.#metrics.started(listener, transport)
  }

  onEnd(ended: EndedFlow): void {
    this.#metrics.ended(ended)
    const { listener, transport, client, target, bytesIn, bytesOut, started, end } = ended
    const milliseconds = Math.round(this.clock.elapsed() - started)
    this.#observer.flow(
      () => ({
        listener: `${listener.protocol === 'TLS' ? 'TLS' : transport}:${listener.port}`,
        client: endpointText(client.address, client.port),
        ...(target && { target: `${target.id}:${target.port}` }),
        bytesIn,
        bytesOut,
        milliseconds,
        closedBy: end
      }),
      ended.tls &&
        (() => tlsLogLine(ended, { loadBalancer: this.#observer.logName, now: this.clock.now(), milliseconds }))
    )
  }

  onReset(from: 'client' | 'target' | 'load-balancer'): void {
    this.#metrics.reset(from)
  }

  onTLSFailure(side: 'client' | 'target'): void {
    this.#metrics.count(`${side}_tls_negotiation_error_count`)
  }

  #random(): number {
    return (this.#options.random ?? Math.random)()
  }

  /** The zone of the node that a flow comes through: its own, or one that DNS would give; undefined where there are no zones. */
  #zoneOfFlow(): string | undefined {
    if (this.#options.zone !== undefined) {
      return this.#options.zone
    }
    this.#zones ??= this.#findZones()
    return this.#zones[Math.floor(this.#random() * this.#zones.length)]
  }

  #findZones(): readonly string[] {
    const groups = this.#targetGroups.all().filter(({ configuration }) => configuration.inUse)
    // With cross-zone load balancing every node has every target.
    if (groups.every(({ configuration }) => configuration.attributes.crossZone)) {
      return []
    }
    const ofTargets = groups.flatMap(({ registered }) => registered.flatMap(({ target }) => target.zone ?? []))
    const zones = this.#options.zones ?? [...new Set(ofTargets)].sort()
    return zonesInDNS(
      zones,
      groups.map(({ registered, configuration: { attributes } }) => ({ registered, attributes }))
    )
  }

  async #statesOf({ listeners }: NetworkConfiguration): Promise<NetworkListenerState[]> {
    const read = certificateReader(this.#options)
    return Promise.all(
      listeners.map(async configuration => ({
        configuration,
        ...(configuration.protocol === 'TLS' && {
          tls: {
            configuration: { sslPolicy: configuration.sslPolicy },
            certificates: await read(configuration.certificateARNs),
            protocols: configuration.protocols
          }
        })
      }))
    )
  }

  #groupHost(): CheckedTargetGroupHost<NetworkTargetGroupConfiguration> {
    return {
      clock: this.clock,
      onHealth: (group, target) => {
        this.#zones = undefined
        this.#observer.targetHealth(group, target)
      },
      onFailOpen: (group, active) => this.#observer.failOpen(group, active),
      onRegister: (group, target) => this.#checker.start(group, target),
      onDeregister: (_group, target) => this.#checker.stop(target)
    }
  }

  /** Health checks over HTTP name the node, and the port of a listener that leads to the target group. */
  #hostOfChecks({ id }: NetworkTargetGroupConfiguration): string {
    const leading = this.configuration.listeners.find(({ targetGroups }) => targetGroups.some(group => group.id === id))
    return endpointText(defaultSource, leading?.port ?? 0)
  }
}

/** Whether a connection to a target can come from the client's address: on loopback anyone may take any. */
function canBeKept(client: string, target: string): boolean {
  return client !== defaultSource && client.startsWith('127.') && target.startsWith('127.')
}
