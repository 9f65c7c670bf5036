import type {
  LoadBalancer,
  LoadBalancerDescription,
  LoadBalancerOptions,
  TargetGroupConfiguration,
  Targets,
  WebACL
} from '../elbv2/index.ts'
import { type Configuration, compileConfiguration, type ListenerConfiguration } from '../elbv2/index.ts'
import type { Stack } from '../model/index.ts'
import { PreRouter } from './authentication/pre-router.ts'
import type { Exchange } from './client/exchange.ts'
import { guardedClock, systemClock } from './clock.ts'
import { Listener } from './listener.ts'
import { ListenerSet } from './listener-set.ts'
import { Metrics } from './observe/metrics.ts'
import { Observer, warnOf } from './observe/observer.ts'
import { IdleWatch } from './serve/idle-watch.ts'
import type { RequestHost } from './serve/request-context.ts'
import type { RequestRecord } from './serve/request-record.ts'
import { HealthChecker } from './target-group/health-check.ts'
import { targetProbe } from './target-group/probe.ts'
import { CookieSeal } from './target-group/stickiness.ts'
import { TargetGroup, type TargetGroupHost } from './target-group/target-group.ts'
import { TargetGroupSet } from './target-group/target-group-set.ts'
import { type ListenerState, listenerStates } from './tls/listener-state.ts'
import { createHttp1Transport } from './transport/http1-transport.ts'
import { createHttp2Transport } from './transport/http2-transport.ts'

export class ApplicationLoadBalancer implements LoadBalancer, RequestHost {
  readonly clock
  readonly dnsName: string
  readonly seal = new CookieSeal()
  readonly preRouter: PreRouter
  readonly idleWatch: IdleWatch
  webACL: WebACL | undefined
  readonly #options: LoadBalancerOptions
  readonly #listeners: ListenerSet<ListenerState, Listener>
  readonly #targetGroups = new TargetGroupSet(
    (wanted: TargetGroupConfiguration) => new TargetGroup(wanted, this.#groupHost())
  )
  readonly #checker: HealthChecker<TargetGroupConfiguration>
  readonly #metrics = new Metrics()
  readonly #observer: Observer
  #configuration: Configuration | undefined
  #closed = false
  /** Configurations are applied one after the other. */
  #applying: Promise<unknown> = Promise.resolve()

  constructor(options: LoadBalancerOptions) {
    this.#options = options
    this.clock = guardedClock(options.clock ?? systemClock, error => this.onDefect(error))
    this.idleWatch = new IdleWatch(this.clock)
    this.dnsName = options.dnsName
    this.#observer = new Observer(options, this.clock, () => this.configuration.name)
    this.#listeners = new ListenerSet({
      create: (state, binding) => new Listener(state, binding, this),
      bind: options.bind,
      tell: (type, listener) => this.#observer.listener(type, listener)
    })
    this.preRouter = new PreRouter({
      clock: this.clock,
      dnsName: this.dnsName,
      arn: () => `arn:aws:elasticloadbalancing:local:000000000000:loadbalancer/${this.#observer.logName}`,
      fetch: options.fetch ?? fetch
    })
    this.#checker = new HealthChecker({
      clock: this.clock,
      timeScale: options.timeScale ?? 1,
      probe: targetProbe(this.clock),
      timedOut: { passed: false, reason: 'Target.Timeout' },
      ...(options.onHealthCheck ? { onCheck: (...check) => this.#observer.healthCheck(...check) } : {})
    })
  }

  get configuration(): Configuration {
    if (!this.#configuration) {
      throw new Error('the load balancer has no configuration yet')
    }
    return this.#configuration
  }

  random(): number {
    return (this.#options.random ?? Math.random)()
  }

  targetGroup(id: string): TargetGroup | undefined {
    return this.#targetGroups.get(id)
  }

  apply(stack: Stack, targets: Targets): Promise<void> {
    const applied = this.#applying.then(() => this.#apply(stack, targets))
    this.#applying = applied.catch(() => {})
    return applied
  }

  /** Everything that can fail comes first; from there on the change is made in one turn. */
  async #apply(stack: Stack, targets: Targets): Promise<void> {
    const configuration = compileConfiguration(stack, this.#options.account)
    const webACL = configuration.webACL === undefined ? undefined : this.#options.webACLFor?.(configuration.webACL)
    const states = await listenerStates(configuration, this.#options)
    const opened = await this.#listeners.open(states)
    if (this.#closed) {
      await Promise.all(opened.map(listener => listener.close(0)))
      throw new Error('the load balancer was closed while its configuration was applied')
    }
    this.#configuration = configuration
    this.webACL = webACL
    this.#targetGroups.apply(configuration.targetGroups, targets)
    this.#listeners.replace(states, opened, configuration.attributes.idleTimeout)
  }

  describe(): LoadBalancerDescription {
    const { id, name, scheme } = this.configuration
    return {
      id,
      type: 'application',
      name,
      dnsName: this.dnsName,
      scheme,
      listeners: this.#listeners.describe(),
      targetGroups: this.#targetGroups.describe(),
      ...(authenticates(this.configuration) ? { identityKey: this.preRouter.identityKey } : {})
    }
  }

  async close(graceMilliseconds = 0): Promise<void> {
    this.#closed = true
    await this.#applying
    await this.#listeners.close(graceMilliseconds)
    this.#targetGroups.destroy()
  }

  metrics(): string {
    return this.#metrics.text(this.configuration.name, this.#targetGroups.all())
  }

  onConnection(): void {
    this.#metrics.count('new_connection_count')
  }

  onTLSFailure(): void {
    this.#metrics.count('client_tls_negotiation_error_count')
  }

  onDefect(error: unknown): void {
    warnOf(error)
  }

  onFinish(exchange: Exchange, listener: ListenerConfiguration, record: RequestRecord): void {
    this.#metrics.request(exchange, record)
    this.#observer.request(exchange, listener, record)
  }

  #groupHost(): TargetGroupHost {
    return {
      clock: this.clock,
      random: () => this.random(),
      zone: this.#options.zone,
      createTransport: (target, configuration) =>
        (configuration.protocolVersion === 'HTTP1' ? createHttp1Transport : createHttp2Transport)({
          target,
          protocol: configuration.protocol,
          clock: this.clock,
          idleTimeout: () => this.configuration.attributes.idleTimeout
        }),
      onHealth: (group, target) => this.#observer.targetHealth(group, target),
      onFailOpen: (group, active) => this.#observer.failOpen(group, active),
      onRegister: (group, target) => this.#checker.start(group, target),
      onDeregister: (_group, target) => this.#checker.stop(target)
    }
  }
}

/** Whether targets are told who the user is. */
function authenticates({ listeners }: Configuration): boolean {
  return listeners.some(({ rules }) =>
    rules.some(({ action: { preRouting } }) => preRouting !== undefined && preRouting.kind !== 'jwt-validation')
  )
}
