/**
 * The endpoint: AWS's APIs over HTTP on loopback.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createBindings } from '../../cluster/index.ts'
import type { Clock, ExchangeEntry, HealthCheckEntry, LoadBalancerDescription } from '../../elbv2/index.ts'
import { usageFailure } from '../../failure.ts'
import { idleConnectionTimeout } from '../../idle-connections.ts'
import { createDevelopmentAuthority, type DevelopmentAuthority } from '../../load-balancer/index.ts'
import { defaultEnvironment, type Environment } from '../../model/index.ts'
import { actionOf } from '../actions/index.ts'
import { DataPlane, type DataPlaneEvent } from '../data-plane/data-plane.ts'
import { type Asked, parseRequest, type WireRequest } from '../protocol/request.ts'
import { encodeError, encodeOutput, type WireResponse } from '../protocol/response.ts'
import { ServiceError } from '../protocol/service-error.ts'
import { isRead } from '../protocol/table.ts'
import { type NodeInstance, seedState, withNodes } from '../state/seed.ts'
import type { State } from '../state/state.ts'
import { Account } from './account.ts'
import { type Standing, standingIn } from './standing.ts'
import { readStateFile, writeStateFile } from './state-file.ts'

/** A call that was answered. */
export interface CallEvent {
  type: 'call'
  service: string
  action: string
  region: string
  accountID: string
  /** HTTP status. */
  status: number
  /** Code of what was refused. */
  error?: string
  message?: string
  milliseconds: number
}

export type AWSEvent = DataPlaneEvent | CallEvent

export interface AWSOptions {
  /** Account, region and what the account has; default `defaultEnvironment`. */
  environment?: Environment
  /** Default 0: the system chooses. */
  port?: number
  /** Default 127.0.0.1. */
  host?: string
  /** Address that load balancers listen on; default the endpoint's own. */
  listenerHost?: string
  /** Seconds for which a new load balancer is `provisioning`; default 0. */
  provisioning?: number
  /** Added to every listener's port; without it, 8000 is added to those below 1024 that may not be bound. */
  portOffset?: number
  /** Let the system choose every listener's port: endpoints beside each other do not meet. */
  anyPort?: boolean
  /** Health checks run this many times faster; default 1. */
  timeScale?: number
  /** ip targets can be reached from here, wherever they are; default: those on loopback. */
  podsReachable?: boolean
  /** File that keeps the accounts' states. */
  stateFile?: string
  clock?: Clock
  onEvent?(event: AWSEvent): void
  /** Each request that is over. */
  onExchange?(exchange: ExchangeEntry): void
  /** Each health check. */
  onHealthCheck?(check: HealthCheckEntry): void
}

/** What stands in the accounts, and what runs of it. */
export interface AccountsNow extends Standing {
  describe(): LoadBalancerDescription[]
  /** Counters of each load balancer, in Prometheus's text format. */
  metrics(): string[]
}

/** Bytes of a request, as AWS's own gateways take them at most. */
const longestBody = 5 * 1024 * 1024

/** Paths of the endpoint's own. */
const own = '/_istio-alb/'

/** Answers the AWS APIs, and runs what is made through them. Close it, or have it closed by `await using`. */
export class AWSEndpoint {
  readonly authority: DevelopmentAuthority
  readonly #options: AWSOptions
  readonly #environment: Environment
  readonly #bindings
  readonly #server: Server
  /** By account and region. */
  readonly #accounts = new Map<string, Promise<Account>>()
  /** Those of them that are open. */
  #open: readonly Account[] = []
  #saved: Record<string, State>
  readonly #reachable: Set<string>

  private constructor(options: AWSOptions, authority: DevelopmentAuthority) {
    const { environment = defaultEnvironment, portOffset, stateFile, host, listenerHost = host } = options
    this.#options = options
    this.#environment = environment
    this.authority = authority
    this.#saved = stateFile === undefined ? {} : readStateFile(stateFile)
    this.#reachable = new Set(environment.instances?.map(({ id }) => id))
    this.#bindings = createBindings({
      ...(portOffset !== undefined && { portOffset }),
      ...(listenerHost !== undefined && { host: listenerHost })
    })
    this.#server = createServer((request, response) => void this.#serve(request, response))
    this.#server.keepAliveTimeout = idleConnectionTimeout
  }

  /** @throws Failure exit 2 `PORT_BUSY` where the port is another program's, `STATE_FILE_UNREADABLE`. */
  static async start(options: AWSOptions = {}): Promise<AWSEndpoint> {
    const endpoint = new AWSEndpoint(options, await createDevelopmentAuthority())
    try {
      await endpoint.#listen()
      // What the file holds runs before the first call.
      await Promise.all(Object.keys(endpoint.#saved).map(key => endpoint.#account(key)))
      return endpoint
    } catch (error) {
      await endpoint.close()
      throw error
    }
  }

  /** Where it answers: `http://127.0.0.1:4566`. */
  get url(): string {
    const { address, port, family } = this.#server.address() as AddressInfo
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
  }

  /** The load balancers that run, with the addresses of their listeners. */
  async describe(): Promise<LoadBalancerDescription[]> {
    const accounts = await Promise.all(this.#accounts.values())
    return accounts.flatMap(({ dataPlane }) => dataPlane.describeAll())
  }

  /** What stands in the accounts now, and runs of it; looking is cheap, and the plan is another object where it has changed. */
  look(): AccountsNow {
    const states = this.#open.map(({ state }) => state)
    if (!this.#looked || !isSame(this.#looked.states, states)) {
      this.#looked = { states, standing: standingIn(states) }
    }
    const planes = this.#open.map(({ dataPlane }) => dataPlane)
    return {
      ...this.#looked.standing,
      describe: () => planes.flatMap(plane => plane.describeAll()),
      metrics: () => planes.flatMap(plane => plane.metrics())
    }
  }

  #looked: { states: readonly State[]; standing: Standing } | undefined

  /**
   * Makes the nodes of a cluster instances of the account, beside those that calls made; nodes that are gone are no targets
   * any more.
   */
  async setNodes(nodes: readonly NodeInstance[]): Promise<void> {
    const account = await this.#account(`${this.#environment.accountID}/${this.#environment.region}`)
    await account.change(state => {
      for (const { id } of nodes) {
        this.#reachable.add(id)
      }
      return withNodes(state, nodes, [...this.#reachable], this.#environment)
    })
  }

  /** Empties every account: they are as `aws.yaml` has them. */
  async reset(): Promise<void> {
    const accounts = await Promise.all(this.#accounts.values())
    this.#accounts.clear()
    this.#open = []
    this.#saved = {}
    await Promise.all(accounts.map(({ dataPlane }) => dataPlane.close()))
    for (const { state } of accounts) {
      for (const arn of Object.keys(state.loadBalancers)) {
        this.#bindings.release(arn)
      }
    }
    await this.#save()
  }

  /** For `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Stops answering, then every load balancer. */
  async close(graceMilliseconds = 0): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>(resolve => this.#server.close(() => resolve()))
    const accounts = await Promise.all(this.#accounts.values())
    await Promise.all(accounts.map(({ dataPlane }) => dataPlane.close(graceMilliseconds)))
  }

  #listen(): Promise<void> {
    const { port = 0, host = '127.0.0.1' } = this.#options
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) =>
        reject(
          usageFailure({
            code: error.code === 'EADDRINUSE' ? 'PORT_BUSY' : 'PORT_UNUSABLE',
            message: `the endpoint cannot listen on ${host}:${port}: ${error.message}`,
            path: '--port',
            hint: 'name another port; 0 lets the system choose'
          })
        )
      )
      this.#server.listen({ port, host }, () => resolve())
    })
  }

  #tell(event: AWSEvent): void {
    this.#options.onEvent?.(event)
  }

  /** An account in a region, which begins with the first call. */
  #account(key: string): Promise<Account> {
    const known = this.#accounts.get(key)
    if (known) {
      return known
    }
    const made = this.#begin(key)
    this.#accounts.set(key, made)
    // What cannot be opened is tried again with the next call.
    made.catch(() => this.#accounts.delete(key))
    return made
  }

  async #begin(key: string): Promise<Account> {
    const { provisioning = 0, anyPort, timeScale, clock, podsReachable = false } = this.#options
    const { onExchange, onHealthCheck } = this.#options
    const environment = this.#environmentOf(key)
    function now(): Date {
      return new Date(clock?.now() ?? Date.now())
    }
    const dataPlane = new DataPlane({
      environment,
      authority: this.authority,
      bindings: this.#bindings,
      ...(anyPort !== undefined && { anyPort }),
      ...(timeScale !== undefined && { timeScale }),
      ...(clock && { clock }),
      reach: { reachable: this.#reachable, podsReachable },
      ...(onExchange && { onExchange }),
      ...(onHealthCheck && { onHealthCheck }),
      onEvent: event => this.#tell(event)
    })
    const seeded = seedState(environment, now())
    const saved = this.#saved[key]
    const state = saved ? { ...saved, instances: { ...saved.instances, ...seeded.instances } } : seeded
    const account = new Account(state, {
      environment,
      dataPlane,
      provisioning,
      now,
      onWrite: () => this.#save()
    })
    await dataPlane.apply(state)
    this.#open = [...this.#open, account]
    return account
  }

  /** What an account has in the beginning; of others than that of `aws.yaml` nobody has said anything. */
  #environmentOf(key: string): Environment {
    const [accountID = '', region = ''] = key.split('/')
    const { accountID: ownAccount, region: ownRegion } = this.#environment
    if (accountID === ownAccount && region === ownRegion) {
      return this.#environment
    }
    const subnets = defaultEnvironment.subnets.map(subnet => ({
      ...subnet,
      zone: subnet.zone.replace(defaultEnvironment.region, region)
    }))
    return { ...defaultEnvironment, accountID, region, subnets }
  }

  async #save(): Promise<void> {
    const { stateFile } = this.#options
    if (stateFile === undefined) {
      return
    }
    const entries = await Promise.all(
      [...this.#accounts].map(async ([key, account]) => [key, (await account).state] as const)
    )
    this.#saved = { ...this.#saved, ...Object.fromEntries(entries) }
    await writeStateFile(stateFile, this.#saved)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, headers, body } = await this.#respond(request)
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
  }

  async #respond(request: IncomingMessage): Promise<WireResponse> {
    const { method = 'GET', url = '/', headers } = request
    // A page in a browser may send forms to loopback, whoever it is of; it always says where it is from.
    if (headers.origin !== undefined) {
      return plainText(403, 'istio-alb aws answers programs, not pages of a browser\n')
    }
    let body: string
    try {
      body = await readBody(request)
    } catch {
      const error = new ServiceError('RequestEntityTooLarge', `The request is larger than ${longestBody} bytes`, {
        status: 413
      })
      return { ...encodeError(undefined, error, randomUUID()), headers: { connection: 'close' } }
    }
    if (url.startsWith(own)) {
      return this.#respondOwn(method, url.slice(own.length))
    }
    return this.#answer({ method, url, headers, body })
  }

  async #respondOwn(method: string, path: string): Promise<WireResponse> {
    if (path === 'reset' && method === 'POST') {
      await this.reset()
      return { status: 204, headers: {}, body: '' }
    }
    if (path === 'load-balancers' && method === 'GET') {
      const body = `${JSON.stringify(await this.describe())}\n`
      return { status: 200, headers: { 'content-type': 'application/json' }, body }
    }
    return plainText(404, 'POST /_istio-alb/reset, GET /_istio-alb/load-balancers\n')
  }

  /** Answers a call of an API. */
  async #answer(request: WireRequest): Promise<WireResponse> {
    const begin = performance.now()
    const requestID = randomUUID()
    let asked: Asked | undefined
    try {
      asked = parseRequest(request)
      const output = await this.#perform(asked)
      this.#tellCall(asked, begin, 200)
      return encodeOutput(asked.table, asked.operation, output, requestID)
    } catch (error) {
      const refused = asServiceError(error)
      const isJSON = request.headers['x-amz-target'] !== undefined
      const response = encodeError(asked?.table, refused, requestID, isJSON)
      this.#tellCall(asked, begin, response.status, refused)
      return response
    }
  }

  async #perform(asked: Asked): Promise<object> {
    const { service, operation } = asked
    const action = actionOf(service, operation)
    if (!action) {
      throw new ServiceError('NotImplemented', `istio-alb aws does not answer ${service} ${operation} yet`, {
        status: 501
      })
    }
    const input = asked.readInput()
    const account = await this.#account(this.#keyOf(asked))
    return isRead(operation) ? account.read(action, input) : account.write(action, input)
  }

  #keyOf({ scope }: Asked): string {
    return `${scope.accountID ?? this.#environment.accountID}/${scope.region ?? this.#environment.region}`
  }

  #tellCall(asked: Asked | undefined, begin: number, status: number, refused?: ServiceError): void {
    const [accountID = '', region = ''] = asked ? this.#keyOf(asked).split('/') : []
    this.#tell({
      type: 'call',
      service: asked?.service ?? 'unknown',
      action: asked?.operation ?? 'unknown',
      region,
      accountID,
      status,
      ...(refused && { error: refused.code, message: refused.message }),
      milliseconds: Math.round((performance.now() - begin) * 10) / 10
    })
  }
}

function isSame(one: readonly State[], other: readonly State[]): boolean {
  return one.length === other.length && one.every((state, index) => state === other[index])
}

function plainText(status: number, body: string): WireResponse {
  return { status, headers: { 'content-type': 'text/plain' }, body }
}

/** @throws {RangeError} for one that is too long. */
async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > longestBody) {
      throw new RangeError('the body is too long')
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** What was refused; anything else that is thrown is a defect here, and is told as one. */
function asServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) {
    return error
  }
  process.emitWarning(error instanceof Error ? error : String(error))
  return new ServiceError('InternalFailure', 'istio-alb aws failed; its standard error says why', { status: 500 })
}
