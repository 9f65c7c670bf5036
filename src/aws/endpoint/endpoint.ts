/**
 * The endpoint: AWS's APIs over HTTP on loopback.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { LoadBalancerDescription } from '../../elbv2/index.ts'
import { usageFailure } from '../../failure.ts'
import { idleConnectionTimeout } from '../../idle-connections.ts'
import { createDevelopmentAuthority, type DevelopmentAuthority } from '../../load-balancer/index.ts'
import { actionOf } from '../actions/index.ts'
import { type Asked, parseRequest, type WireRequest } from '../protocol/request.ts'
import { encodeError, encodeOutput, type WireResponse } from '../protocol/response.ts'
import { ServiceError } from '../protocol/service-error.ts'
import { isRead } from '../protocol/table.ts'
import type { NodeInstance } from '../state/seed.ts'
import { Accounts, type AccountsNow } from './accounts.ts'
import type { AWSOptions } from './options.ts'

/** Bytes of a request, as AWS's own gateways take them at most. */
const longestBody = 5 * 1024 * 1024

/** Paths of the endpoint's own. */
const own = '/_istio-alb/'

/** Answers the AWS APIs, and runs what is made through them. Close it, or have it closed by `await using`. */
export class AWSEndpoint {
  readonly authority: DevelopmentAuthority
  readonly #options: AWSOptions
  readonly #accounts: Accounts
  readonly #server: Server

  private constructor(options: AWSOptions, authority: DevelopmentAuthority) {
    this.#options = options
    this.authority = authority
    this.#accounts = new Accounts(options, authority)
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        process.emitWarning(error instanceof Error ? error : String(error))
        response.destroy()
      })
    })
    this.#server.keepAliveTimeout = idleConnectionTimeout
  }

  /** @throws Failure exit 2 `PORT_BUSY` where the port is another program's, `STATE_FILE_UNREADABLE`. */
  static async start(options: AWSOptions = {}): Promise<AWSEndpoint> {
    const endpoint = new AWSEndpoint(options, await createDevelopmentAuthority())
    try {
      await endpoint.#listen()
      // What the file holds runs before the first call.
      await endpoint.#accounts.openSaved()
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
  describe(): Promise<LoadBalancerDescription[]> {
    return this.#accounts.describe()
  }

  /** What stands in the accounts now, and runs of it; looking is cheap, and the plan is another object where it has changed. */
  look(): AccountsNow {
    return this.#accounts.look()
  }

  /**
   * Makes the nodes of a cluster instances of the account, beside those that calls made; nodes that are gone are no targets
   * any more.
   */
  setNodes(nodes: readonly NodeInstance[]): Promise<void> {
    return this.#accounts.setNodes(nodes)
  }

  /** Empties every account: they are as `aws.yaml` has them. */
  reset(): Promise<void> {
    return this.#accounts.reset()
  }

  /** For `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Stops answering, then every load balancer. */
  async close(graceMilliseconds = 0): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>(resolve => this.#server.close(() => resolve()))
    await this.#accounts.close(graceMilliseconds)
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

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, headers, body } = await this.#respond(request)
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
  }

  async #respond(request: IncomingMessage): Promise<WireResponse> {
    const { method = 'GET', url = '/', headers } = request
    const refusal = refusalOf(headers)
    if (refusal !== undefined) {
      return plainText(403, `${refusal}\n`)
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
    const account = await this.#accounts.account(this.#accounts.keyOf(asked.scope))
    if (input.DryRun === true) {
      account.read(action, input)
      throw new ServiceError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', {
        status: 412
      })
    }
    return isRead(operation) ? account.read(action, input) : account.write(action, input)
  }

  #tellCall(asked: Asked | undefined, begin: number, status: number, refused?: ServiceError): void {
    const [accountID = '', region = ''] = asked ? this.#accounts.keyOf(asked.scope).split('/') : []
    this.#options.onEvent?.({
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

/** Names that nobody can register and have lead to loopback: without a dot, of the machine or of its networks, and AWS's own. */
const ownHost = /^(?:[^.]+|\d+(?:\.\d+){3}|\[.*\]|.*\.(?:localhost|local|internal|test|amazonaws\.com))$/i

/**
 * Why a browser gets nothing. It may send forms, and fetch pictures, of loopback for whatever page; of the former it says the
 * origin, of the latter the kind of site alone. A page whose own name is made to lead here says neither: then the name tells.
 */
function refusalOf({
  origin,
  host = 'localhost',
  'sec-fetch-site': site
}: IncomingMessage['headers']): string | undefined {
  if (origin !== undefined || site !== undefined) {
    return 'istio-alb aws answers programs, not pages of a browser'
  }
  const name = host.replace(/:\d+$/, '')
  return ownHost.test(name) ? undefined : `istio-alb aws answers by its address, or as localhost, not as ${name}`
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
