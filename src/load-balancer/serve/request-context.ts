import type {
  Clock,
  Configuration,
  HeaderList,
  ListenerConfiguration,
  RequestHead,
  Rule,
  WebACL
} from '../../elbv2/index.ts'
import type { PreRouter } from '../authentication/pre-router.ts'
import type { Client, Exchange } from '../client/exchange.ts'
import type { CookieSeal } from '../target-group/stickiness.ts'
import type { TargetGroup } from '../target-group/target-group.ts'
import type { IdleWatch } from './idle-watch.ts'
import type { RequestRecord } from './request-record.ts'

/** What serving a request needs of the load balancer. */
export interface RequestHost {
  readonly dnsName: string
  readonly clock: Clock
  readonly configuration: Configuration
  readonly seal: CookieSeal
  readonly preRouter: PreRouter
  /** Ends requests that are idle for too long. */
  readonly idleWatch: IdleWatch
  /** Undefined without one. */
  readonly webACL: WebACL | undefined
  random(): number
  /** What connections to targets begin with; absent where they begin with a request. */
  readonly proxyHeader?: ((client: Client, listener: ListenerConfiguration) => Buffer) | undefined
  targetGroup(id: string): TargetGroup | undefined
  onConnection(): void
  onTLSFailure(): void
  onFinish(exchange: Exchange, listener: ListenerConfiguration, record: RequestRecord): void
  /** Something of the load balancer's own went wrong: it goes on, and says so. */
  onDefect(error: unknown): void
}

/** One request, from its head to the last byte of its answer. */
export interface RequestContext {
  readonly exchange: Exchange
  /** The configuration that the request began with. */
  readonly listener: ListenerConfiguration
  readonly host: RequestHost
  readonly record: RequestRecord
}

/** A request that a rule has taken. */
export interface RoutedRequest extends RequestContext {
  /** As rules and targets see it. */
  readonly head: RequestHead
  readonly rule: Rule
  /** Headers that authentication adds for the target. */
  readonly identity: HeaderList
  /** Cookies of authentication for the client. */
  readonly cookies: HeaderList
}
