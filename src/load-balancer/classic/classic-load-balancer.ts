/**
 * A Classic Load Balancer that runs: listeners of requests as an Application Load Balancer has them, listeners of flows as a Network
 * Load Balancer has them, and one set of instances behind both.
 *
 * @module
 */

import type {
  ClassicConfiguration,
  Clock,
  FlowEnd,
  FlowListener,
  InstancesConfiguration,
  LoadBalancer,
  LoadBalancerDescription,
  LoadBalancerOptions,
  NetworkListenerConfiguration,
  NetworkTargetGroupConfiguration,
  RequestListener,
  Target,
  TargetGroupConfiguration,
  Targets
} from '../../elbv2/index.ts'
import { admits, compileClassicConfiguration, textProxyHeader } from '../../elbv2/index.ts'
import type { Stack } from '../../model/index.ts'
import { PreRouter } from '../authentication/pre-router.ts'
import { guardedClock, systemClock } from '../clock.ts'
import { endpointText } from '../listen.ts'
import { ListenerSet } from '../listener-set.ts'
import type { EndedFlow, FlowClient } from '../network/ended-flow.ts'
import type { NetworkHost } from '../network/network-listener.ts'
import { NetworkTargetGroup } from '../network/network-target-group.ts'
import { failed } from '../network/probe.ts'
import type { FlowRoute } from '../network/tcp-flow.ts'
import { Observer, warnOf } from '../observe/observer.ts'
import { IdleWatch } from '../serve/idle-watch.ts'
import type { RequestHost } from '../serve/request-context.ts'
import type { CheckedTarget, CheckedTargetGroup } from '../target-group/checked-target-group.ts'
import { HealthChecker } from '../target-group/health-check.ts'
import { CookieSeal } from '../target-group/stickiness.ts'
import { TargetGroup } from '../target-group/target-group.ts'
import { TargetGroupSet } from '../target-group/target-group-set.ts'
import { certificateReader } from '../tls/listener-state.ts'
import { createHttp1Transport } from '../transport/http1-transport.ts'
import { ClassicListener, type ClassicListenerState } from './classic-listener.ts'
import { Instances } from './instances.ts'
import { ClassicMetrics } from './metrics.ts'
import { classicProbe } from './probe.ts'

/** Of target groups that ask nobody how their targets are: the instances tell. */
const unasked = { onHealth() {}, onFailOpen() {}, onRegister() {}, onDeregister() {} }

export class ClassicLoadBalancer implements LoadBalancer {
  readonly #clock: Clock
  readonly #options: LoadBalancerOptions
  readonly #observer: Observer
  readonly #metrics = new ClassicMetrics()
  readonly #checker: HealthChecker<InstancesConfiguration>
  readonly #listeners: ListenerSet<ClassicListenerState, ClassicListener>
  readonly #requestGroups = new TargetGroupSet((wanted: TargetGroupConfiguration) => this.#createRequestGroup(wanted))
  readonly #flowGroups = new TargetGroupSet(
    (wanted: NetworkTargetGroupConfiguration) => new NetworkTargetGroup(wanted, { ...unasked, clock: this.#clock })
  )
  #instances: Instances | undefined
  #configuration: ClassicConfiguration | undefined
  /** Connections that went to an instance: it is each one's turn. */
  #turns = 0
  #closed = false
  /** Configurations are applied one after the other. */
  #applying: Promise<unknown> = Promise.resolve()

  constructor(options: LoadBalancerOptions) {
    this.#options = options
    this.#clock = guardedClock(options.clock ?? systemClock, warnOf)
    // The lines of other load balancers' access logs are not its own.
    const { accessLog: _, ...watchers } = options
    this.#observer = new Observer(watchers, this.#clock, () => this.configuration.name)
    this.#checker = new HealthChecker({
      clock: this.#clock,
      timeScale: options.timeScale ?? 1,
      probe: classicProbe,
      timedOut: failed,
      ...(options.onHealthCheck ? { onCheck: (...check) => this.#observer.healthCheck(...check) } : {})
    })
    const hosts = { requests: this.#requestHost(), flows: this.#flowHost() }
    this.#listeners = new ListenerSet({
      create: (state, binding) => new ClassicListener(state, binding, hosts),
      bind: options.bind,
      tell: (type, listener) => this.#observer.listener(type, listener)
    })
  }

  get configuration(): ClassicConfiguration {
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
    const configuration = compileClassicConfiguration(stack)
    const states = await this.#statesOf(configuration)
    const opened = await this.#listeners.open(states)
    if (this.#closed) {
      await Promise.all(opened.map(listener => listener.close(0)))
      throw new Error('the load balancer was closed while its configuration was applied')
    }
    this.#configuration = configuration
    const { instances, listeners, requests } = configuration
    const registered = targets.get(instances.id) ?? []
    const behind: Targets = new Map(
      listeners.map(({ targetGroup, instancePort }): [string, Target[]] => [
        targetGroup.id,
        registered.map(target => ({ ...target, port: instancePort }))
      ])
    )
    const flows = listeners.filter(one => one.kind === 'flows')
    this.#requestGroups.apply(requests.targetGroups, behind)
    this.#flowGroups.apply(new Map(flows.map(({ targetGroup }) => [targetGroup.id, targetGroup])), behind)
    this.#instances ??= this.#createInstances(instances)
    this.#instances.update(instances, registered)
    for (const instance of this.#instances.registered) {
      this.#share(instance)
    }
    this.#listeners.replace(states, opened, requests.attributes.idleTimeout)
  }

  describe(): LoadBalancerDescription {
    const { id, name, scheme } = this.configuration
    return {
      id,
      type: 'classic',
      name,
      dnsName: this.#options.dnsName,
      scheme,
      listeners: this.#listeners.describe(),
      targetGroups: this.#instances ? [this.#instances.describe()] : []
    }
  }

  metrics(): string {
    return this.#metrics.text(this.configuration.name, this.#instances ? [this.#instances] : [])
  }

  async close(graceMilliseconds = 0): Promise<void> {
    this.#closed = true
    await this.#applying
    await this.#listeners.close(graceMilliseconds)
    this.#requestGroups.destroy()
    this.#flowGroups.destroy()
    this.#instances?.destroy()
  }

  async #statesOf({ listeners }: ClassicConfiguration): Promise<ClassicListenerState[]> {
    const read = certificateReader(this.#options)
    return Promise.all(
      listeners.map(async configuration => {
        const certificates = await read(configuration.listener.certificateARNs)
        return configuration.kind === 'requests'
          ? stateOfRequests(configuration, certificates)
          : stateOfFlows(configuration, certificates)
      })
    )
  }

  #createInstances(configuration: InstancesConfiguration): Instances {
    return new Instances(configuration, {
      clock: this.#clock,
      onHealth: (group, target) => this.#observer.targetHealth(group, target),
      onFailOpen: () => {},
      onRegister: (group, target) => this.#checker.start(group, target),
      onDeregister: (_group, target) => this.#checker.stop(target),
      onChecked: instance => this.#share(instance)
    })
  }

  /** What a check comes to counts at every port. */
  #share({ target, health }: CheckedTarget): void {
    const groups: CheckedTargetGroup<never, CheckedTarget>[] = [
      ...this.#requestGroups.all(),
      ...this.#flowGroups.all()
    ] as never
    for (const group of groups) {
      for (const registered of group.registered) {
        const { id, address } = registered.target
        if (id === target.id && address === target.address && registered.health.state !== 'draining') {
          group.setHealth(registered, health)
        }
      }
    }
  }

  #createRequestGroup(wanted: TargetGroupConfiguration): TargetGroup {
    return new TargetGroup(wanted, {
      ...unasked,
      clock: this.#clock,
      random: () => this.#random(),
      zone: this.#options.zone,
      createTransport: (target, { protocol }) =>
        createHttp1Transport({
          target,
          protocol,
          clock: this.#clock,
          idleTimeout: () => this.configuration.requests.attributes.idleTimeout
        })
    })
  }

  #random(): number {
    return (this.#options.random ?? Math.random)()
  }

  #requestHost(): RequestHost {
    const loadBalancer = this
    const { dnsName, fetch: given = fetch } = this.#options
    const clock = this.#clock
    return {
      dnsName,
      clock,
      seal: new CookieSeal(),
      preRouter: new PreRouter({ clock, dnsName, arn: () => this.configuration.name, fetch: given }),
      idleWatch: new IdleWatch(clock),
      webACL: undefined,
      get configuration() {
        return loadBalancer.configuration.requests
      },
      get proxyHeader() {
        return loadBalancer.configuration.proxyProtocol
          ? (client: FlowClient, { port }: { port: number }) => headerOf(client, port)
          : undefined
      },
      random: () => this.#random(),
      targetGroup: id => this.#requestGroups.get(id),
      onConnection() {},
      onTLSFailure: () => this.#metrics.count('client_tls_negotiation_error_count'),
      onDefect: warnOf,
      onFinish: (exchange, listener, record) => {
        this.#metrics.request(record)
        this.#observer.request(exchange, listener, record)
      }
    }
  }

  #flowHost(): NetworkHost {
    return {
      clock: this.#clock,
      admits: ({ port }, _transport, { address }) =>
        admits(this.configuration.admission, { protocol: 'tcp', port, client: address }),
      route: (listener, _transport, client) => this.#route(listener, client),
      onStart: () => this.#metrics.count('request_count'),
      onReset() {},
      onTLSFailure: side => this.#metrics.count(`${side}_tls_negotiation_error_count`),
      onEnd: ended => this.#onEnd(ended)
    }
  }

  /** In turn. (User guide: "How Elastic Load Balancing works", routing algorithm.) */
  #route(listener: NetworkListenerConfiguration, client: FlowClient): FlowRoute | FlowEnd {
    const group = this.#flowGroups.get(listener.targetGroups[0]!.id)
    const candidates = group?.candidates(this.#options.zone) ?? []
    const registered = candidates[this.#turns++ % candidates.length]
    if (!group || !registered) {
      return 'no-target'
    }
    return {
      registered,
      tls: group.configuration.protocol === 'TLS',
      ...(this.configuration.proxyProtocol && { header: headerOf(client, listener.port) })
    }
  }

  #onEnd({ listener, client, target, bytesIn, bytesOut, started, end }: EndedFlow): void {
    if (end === 'connect-timeout' || (end === 'target' && bytesIn + bytesOut === 0)) {
      this.#metrics.count('backend_connection_errors')
    }
    const told = this.configuration.listeners.find(({ port }) => port === listener.port)
    this.#observer.flow(() => ({
      listener: `${told?.protocol ?? 'TCP'}:${listener.port}`,
      client: endpointText(client.address, client.port),
      ...(target && { target: `${target.id}:${target.port}` }),
      bytesIn,
      bytesOut,
      milliseconds: Math.round(this.#clock.elapsed() - started),
      closedBy: end
    }))
  }
}

function headerOf({ address, port, nodeAddress }: FlowClient, listenerPort: number): Buffer {
  return textProxyHeader({
    source: { address, port },
    destination: { address: nodeAddress, port: listenerPort }
  })
}

type Certificates = Awaited<ReturnType<ReturnType<typeof certificateReader>>>

function stateOfRequests(configuration: RequestListener, certificates: Certificates): ClassicListenerState {
  return {
    kind: 'requests',
    configuration,
    // ALPN is not answered: nobody gets HTTP/2.
    state: { configuration: configuration.listener, certificates, protocols: [] }
  }
}

function stateOfFlows(configuration: FlowListener, certificates: Certificates): ClassicListenerState {
  const { sslPolicy } = configuration.listener
  const isTLS = configuration.listener.protocol === 'TLS'
  return {
    kind: 'flows',
    configuration,
    state: {
      configuration: configuration.listener,
      ...(isTLS && { tls: { configuration: { sslPolicy }, certificates, protocols: [] } })
    }
  }
}
