/**
 * Calls of AWS's APIs: typed, signed, and by the same tables as the endpoint answers them.
 *
 * @module
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { AwsClient } from 'aws4fetch'
import { missingFailure } from '../../failure.ts'
import { decodeJSON } from '../protocol/json.ts'
import { ServiceError } from '../protocol/service-error.ts'
import type { AcmOperations } from '../protocol/shapes/acm.ts'
import type { Ec2Operations } from '../protocol/shapes/ec2.ts'
import type { Elbv2Operations } from '../protocol/shapes/elbv2.ts'
import type { ShieldOperations } from '../protocol/shapes/shield.ts'
import type { StsOperations } from '../protocol/shapes/sts.ts'
import type { TaggingOperations } from '../protocol/shapes/tagging.ts'
import type { WafRegionalOperations } from '../protocol/shapes/waf-regional.ts'
import type { Wafv2Operations } from '../protocol/shapes/wafv2.ts'
import { type ServiceTable, serviceTable } from '../protocol/table.ts'
import type { Credentials } from './credentials.ts'
import { encodeQuery } from './query-fields.ts'
import { decodeXML, decodeXMLError } from './xml-answer.ts'

interface Operations {
  elbv2: Elbv2Operations
  ec2: Ec2Operations
  sts: StsOperations
  acm: AcmOperations
  wafv2: Wafv2Operations
  'waf-regional': WafRegionalOperations
  shield: ShieldOperations
  tagging: TaggingOperations
}

export type Service = keyof Operations
export type ActionOf<Name extends Service> = keyof Operations[Name] & string
export type InputOf<Name extends Service, Action extends ActionOf<Name>> = Operations[Name][Action] extends {
  input: infer Input
}
  ? Input
  : never
export type OutputOf<Name extends Service, Action extends ActionOf<Name>> = Operations[Name][Action] extends {
  output: infer Output
}
  ? Output
  : never

/** Whoever answers calls: an endpoint, or what only pretends to write. */
export interface Caller {
  /** @throws {ServiceError} for what is refused. */
  call<Name extends Service, Action extends ActionOf<Name>>(
    service: Name,
    action: Action,
    input: InputOf<Name, Action>
  ): Promise<OutputOf<Name, Action>>
}

export interface ClientOptions {
  /** Address that answers every service; without it, AWS's own addresses of each. */
  endpoint?: string
  region: string
  credentials: Credentials
  /** Waits between two tries of a call that AWS was too busy for. */
  wait?(milliseconds: number): Promise<unknown>
}

/** Codes of what may be tried again. */
const throttled = new Set(['Throttling', 'ThrottlingException', 'RequestLimitExceeded', 'TooManyRequestsException'])
const mostTries = 6
/** Milliseconds before the second try; twice as many before each one after. */
const firstWait = 200

/** Shield answers for all regions in one. */
const globalRegion: Partial<Record<Service, string>> = { shield: 'us-east-1' }

/** Where AWS answers for a service. (General reference: "AWS service endpoints".) */
function addressOf(table: ServiceTable, region: string): string {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  return `https://${table.signingName}.${region}.${domain}`
}

function decodeError({ protocol }: ServiceTable, text: string, status: number): ServiceError | undefined {
  if (protocol !== 'json') {
    return decodeXMLError(text, status)
  }
  try {
    const { __type: type, message, Message } = JSON.parse(text) as Record<string, string>
    return type === undefined
      ? undefined
      : new ServiceError(type.split('#').at(-1)!, message ?? Message ?? '', { status })
  } catch {
    return undefined
  }
}

export class Client implements Caller {
  readonly #options: ClientOptions
  readonly #signer: AwsClient

  constructor(options: ClientOptions) {
    this.#options = options
    this.#signer = new AwsClient({ ...options.credentials, retries: 0 })
  }

  async call<Name extends Service, Action extends ActionOf<Name>>(
    service: Name,
    action: Action,
    input: InputOf<Name, Action>
  ): Promise<OutputOf<Name, Action>> {
    const { wait = sleep } = this.#options
    for (let tries = 1; ; tries++) {
      try {
        return (await this.#send(service, action, input as object)) as OutputOf<Name, Action>
      } catch (error) {
        if (!(error instanceof ServiceError && throttled.has(error.code)) || tries === mostTries) {
          throw error
        }
        await wait(firstWait * 2 ** (tries - 1))
      }
    }
  }

  async #send(service: Service, action: string, input: object): Promise<object> {
    const { endpoint } = this.#options
    const table = serviceTable(service)
    const region = globalRegion[service] && endpoint === undefined ? globalRegion[service] : this.#options.region
    const address = endpoint ?? addressOf(table, region)
    const { input: shape, output } = table.operations[action]!
    const isJSON = table.protocol === 'json'
    const fields = shape === undefined || isJSON ? [] : encodeQuery(table, shape, input)
    const request = await this.#signer.sign(address, {
      method: 'POST',
      headers: isJSON
        ? { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${table.targetPrefix}.${action}` }
        : { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: isJSON
        ? JSON.stringify(input)
        : new URLSearchParams([['Action', action], ['Version', table.apiVersion], ...fields]).toString(),
      aws: { service: table.signingName, region }
    })
    const response = await fetch(request).catch((error: Error) => {
      throw silent(address, (error.cause as Error | undefined)?.message ?? error.message, error)
    })
    const text = await response.text()
    if (!response.ok) {
      throw decodeError(table, text, response.status) ?? silent(address, `status ${response.status} to ${action}`)
    }
    const answer = isJSON
      ? output === undefined
        ? {}
        : decodeJSON(table, output, text)
      : decodeXML(table, action, text)
    if (!answer) {
      throw silent(address, `an answer to ${action} that is none of ${service}`)
    }
    return answer
  }
}

function silent(address: string, reason: string, cause?: Error): Error {
  return missingFailure(
    {
      code: 'ENDPOINT_SILENT',
      message: `${address} does not answer as AWS's APIs do: ${reason}`,
      path: '--endpoint',
      hint: 'start one with istio-alb aws, or name another with --endpoint'
    },
    { cause }
  )
}

/** Members of an output that lead to the next page, and those of inputs that ask for it. */
const nextOf = ['NextMarker', 'NextToken', 'PaginationToken']
const askedBy = ['Marker', 'NextMarker', 'NextToken', 'PaginationToken']

/** All pages of an action, in order. */
export async function callAll<Name extends Service, Action extends ActionOf<Name>>(
  caller: Caller,
  service: Name,
  action: Action,
  input: InputOf<Name, Action>
): Promise<OutputOf<Name, Action>[]> {
  const { operations, shapes } = serviceTable(service)
  const members = shapes[operations[action]!.input!]?.members ?? {}
  const asks = askedBy.find(name => Object.hasOwn(members, name))
  const pages: OutputOf<Name, Action>[] = []
  let next: string | undefined
  do {
    const page = await caller.call(service, action, {
      ...(input as object),
      ...(asks !== undefined && next !== undefined && { [asks]: next })
    } as InputOf<Name, Action>)
    pages.push(page)
    const told = page as Record<string, unknown>
    // The last page of some services has the empty text, or no text at all.
    next = nextOf.map(name => told[name]).find((value): value is string => typeof value === 'string' && value !== '')
  } while (asks !== undefined && next !== undefined)
  return pages
}
