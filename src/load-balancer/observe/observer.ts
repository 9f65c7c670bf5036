import { createHash } from 'node:crypto'
import type {
  CheckOutcome,
  Clock,
  ExchangeEntry,
  ListenerConfiguration,
  LoadBalancerEvent,
  LoadBalancerOptions
} from '../../elbv2/index.ts'
import type { Exchange } from '../client/exchange.ts'
import type { RequestRecord } from '../serve/request-record.ts'
import type { CheckedGroup, CheckedTarget } from '../target-group/checked-target-group.ts'
import { accessLogLine } from './access-log.ts'

type Watchers = Pick<LoadBalancerOptions, 'onEvent' | 'onExchange' | 'onHealthCheck' | 'accessLog'>

type RequestEvent = Extract<LoadBalancerEvent, { type: 'request' }>

/** How access logs begin the name of a load balancer. */
type NamePrefix = 'app' | 'net'

/** Tells those who look on what happens. None of them can end the load balancer with an error of its own. */
export class Observer {
  readonly #watchers: Watchers
  readonly #clock: Clock
  /** Name of the load balancer, once it has one. */
  readonly #name: () => string
  readonly #prefix: NamePrefix

  constructor(watchers: Watchers, clock: Clock, name: () => string, prefix: NamePrefix = 'app') {
    this.#prefix = prefix
    this.#watchers = watchers
    this.#clock = clock
    this.#name = name
  }

  /** The load balancer as access logs name it: the end of its ARN. */
  get logName(): string {
    const name = this.#name()
    return `${this.#prefix}/${name}/${createHash('sha256').update(name).digest('hex').slice(0, 16)}`
  }

  listener(
    type: 'listener-opened' | 'listener-closed',
    {
      configuration: { port, protocol },
      address
    }: { configuration: { port: number; protocol: string }; address: string }
  ): void {
    this.#emit({ type, loadBalancer: this.#name(), port, protocol, address })
  }

  request(exchange: Exchange, listener: ListenerConfiguration, record: RequestRecord): void {
    const { accessLog, onEvent, onExchange } = this.#watchers
    if (!accessLog && !onEvent && !onExchange) {
      return
    }
    const elapsed = this.#clock.elapsed()
    if (accessLog) {
      const context = { loadBalancer: this.logName, listener, now: this.#clock.now(), elapsed }
      this.#guard(() => accessLog(accessLogLine(exchange, record, context)))
    }
    if (!onEvent && !onExchange) {
      return
    }
    const { head, client } = exchange
    const event: RequestEvent = {
      type: 'request',
      loadBalancer: this.#name(),
      listener: listener.port,
      client: client.address,
      method: head.method,
      url: head.target,
      status: record.status,
      ...(record.targetStatus === undefined ? {} : { targetStatus: record.targetStatus }),
      ...(record.target === undefined ? {} : { target: `${record.target.target.id}:${record.target.target.port}` }),
      rule: record.rule ?? 'default',
      ...(record.cause === undefined ? {} : { cause: record.cause }),
      milliseconds: Math.round(elapsed - record.received)
    }
    this.#emit(event)
    if (onExchange) {
      this.#guard(() => onExchange(exchangeEntry(event, exchange, record, elapsed)))
    }
  }

  /**
   * @param flow - is asked only where somebody wants to know.
   * @param line - of the access log, where the flow has one.
   */
  flow(
    flow: () => Omit<Extract<LoadBalancerEvent, { type: 'flow' }>, 'type' | 'loadBalancer'>,
    line?: () => string
  ): void {
    const { accessLog, onEvent } = this.#watchers
    if (accessLog && line) {
      this.#guard(() => accessLog(line()))
    }
    if (onEvent) {
      this.#emit({ type: 'flow', loadBalancer: this.#name(), ...flow() })
    }
  }

  targetHealth({ configuration }: CheckedGroup, { target, health }: CheckedTarget): void {
    this.#emit({
      type: 'target-health',
      loadBalancer: this.#name(),
      targetGroup: configuration.name,
      target: target.id,
      port: target.port,
      state: health.state,
      ...(health.reason === undefined ? {} : { reason: health.reason }),
      ...(health.description === undefined ? {} : { description: health.description })
    })
  }

  failOpen({ configuration }: CheckedGroup, active: boolean): void {
    this.#emit({ type: 'fail-open', loadBalancer: this.#name(), targetGroup: configuration.name, active })
  }

  healthCheck({ configuration }: CheckedGroup, { target, health }: CheckedTarget, outcome: CheckOutcome): void {
    this.#guard(() =>
      this.#watchers.onHealthCheck?.({
        time: new Date(this.#clock.now()).toISOString(),
        loadBalancer: this.#name(),
        targetGroup: configuration.name,
        target: target.id,
        port: target.port,
        passed: outcome.passed,
        ...(outcome.passed ? {} : { reason: outcome.reason, ...('code' in outcome ? { code: outcome.code } : {}) }),
        state: health.state
      })
    )
  }

  #emit(event: LoadBalancerEvent): void {
    this.#guard(() => this.#watchers.onEvent?.(event))
  }

  #guard(tell: () => void): void {
    try {
      tell()
    } catch (error) {
      warnOf(error)
    }
  }
}

function exchangeEntry(
  event: RequestEvent,
  { head: { version, headers }, client }: Exchange,
  { date, received, targetGroup, request, response, unhealthyRouting, sent, answered }: RequestRecord,
  elapsed: number
): ExchangeEntry {
  return {
    event,
    date,
    scheme: client.tls ? 'https' : 'http',
    version,
    headers,
    ...(targetGroup && { targetGroup: targetGroup.configuration.name }),
    ...(request && { toTarget: { method: request.method, path: request.path, headers: request.headers } }),
    ...(response && { fromTarget: { status: response.status, headers: response.headers } }),
    ...(unhealthyRouting && { unhealthyRouting }),
    timings: {
      ...(sent !== undefined && { sent: sent - received }),
      ...(answered !== undefined && { answered: answered - received }),
      ended: elapsed - received
    }
  }
}

/** A warning of the process about something that went wrong here, and not with a request. */
export function warnOf(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}
