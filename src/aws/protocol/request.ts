/**
 * Which action of which service a request asks for, on whose behalf.
 *
 * @module
 */

import { brokenConstraints, describeConstraints } from './constraints.ts'
import { decodeJSON } from './json.ts'
import { decodeQuery } from './query.ts'
import { ServiceError } from './service-error.ts'
import { type ServiceName, type ServiceTable, serviceNames, serviceTable } from './table.ts'

/** A request as it came. */
export interface WireRequest {
  method: string
  /** Path and query. */
  url: string
  headers: Readonly<Record<string, string | string[] | undefined>>
  body: string
}

/** Where a signature says that the request belongs. Nothing of it is checked. */
export interface Scope {
  region?: string
  /** The access key, where it is an account's twelve digits. */
  accountID?: string
  service?: string
}

/** What is asked for, before its input is read. */
export interface Asked {
  table: ServiceTable
  service: ServiceName
  operation: string
  scope: Scope
  /** @throws {ServiceError} for an input that the service's model refuses. */
  readInput(): Record<string, unknown>
}

/** What stands behind a path, whatever the path is. */
function queryOf(url: string): URLSearchParams {
  const [, ...query] = url.split('?')
  return new URLSearchParams(query.join('?'))
}

/** The credential scope of a signature, in the header or, of a presigned URL, in the query. */
function scopeOf({ headers, url }: Pick<WireRequest, 'headers' | 'url'>): Scope {
  const header = String(headers.authorization ?? '')
  const credential = /Credential=([^,\s]+)/.exec(header)?.[1] ?? queryOf(url).get('X-Amz-Credential') ?? ''
  // `KEY/20261129/us-west-2/elasticloadbalancing/aws4_request`; the asymmetric signature has no region.
  const [key = '', , ...rest] = credential.split('/')
  const [region, service] = rest.length > 2 ? rest : [undefined, rest[0]]
  return {
    ...(region && /^[a-z]{2}(-[a-z]+)+-\d+$/.test(region) && { region }),
    ...(/^\d{12}$/.test(key) && { accountID: key }),
    ...(service && { service })
  }
}

/** What an error says to whom that cannot even be told which service it is from. */
export const unknownService: Pick<ServiceTable, 'protocol' | 'xmlNamespace'> = {
  protocol: 'query',
  xmlNamespace: 'http://webservices.amazon.com/AWSFault/2005-15-09'
}

function checked(table: ServiceTable, shape: string, input: Record<string, unknown>): Record<string, unknown> {
  const broken = brokenConstraints(table, shape, input)
  const [first] = broken
  if (!first) {
    return input
  }
  if (table.protocol === 'ec2') {
    throw first.kind === 'missing'
      ? new ServiceError('MissingParameter', `The request must contain the parameter ${first.member}`)
      : new ServiceError(
          'InvalidParameterValue',
          `Value (${first.value}) for parameter ${first.member} is invalid. ${first.constraint}`
        )
  }
  const code = table.protocol === 'query' ? 'ValidationError' : 'ValidationException'
  throw new ServiceError(code, describeConstraints(broken))
}

function askedInJSON(target: string, { body }: WireRequest, scope: Scope): Asked {
  const [prefix, operation = ''] = target.split('.', 2)
  const service = serviceNames.find(name => serviceTable(name).targetPrefix === prefix)
  const table = service && serviceTable(service)
  if (!table || !Object.hasOwn(table.operations, operation)) {
    throw new ServiceError('UnknownOperationException', `istio-alb aws does not know the operation ${target}`)
  }
  const { input } = table.operations[operation]!
  return {
    table,
    service,
    operation,
    scope,
    readInput: () => (input === undefined ? {} : checked(table, input, decodeJSON(table, input, body)))
  }
}

/**
 * Finds the action.
 *
 * @throws {ServiceError} for a service, version or action that is not known.
 */
export function parseRequest(request: WireRequest): Asked {
  const scope = scopeOf(request)
  const target = request.headers['x-amz-target']
  if (typeof target === 'string') {
    return askedInJSON(target, request, scope)
  }
  const fields = [...queryOf(request.url), ...new URLSearchParams(request.body)]
  const { Action: operation, Version: version } = Object.fromEntries(fields)
  if (!operation) {
    throw new ServiceError('MissingAction', 'The request must contain the parameter Action')
  }
  const service = serviceNames.find(name => {
    const { protocol, apiVersion } = serviceTable(name)
    return protocol !== 'json' && apiVersion === version
  })
  if (!service) {
    throw new ServiceError('NoSuchVersion', `istio-alb aws knows no service of version ${version ?? '(none)'}`)
  }
  const table = serviceTable(service)
  if (!Object.hasOwn(table.operations, operation)) {
    throw new ServiceError(
      'InvalidAction',
      table.protocol === 'ec2'
        ? `The action ${operation} is not valid for this web service.`
        : `Could not find operation ${operation} for version ${version}`
    )
  }
  const { input } = table.operations[operation]!
  return {
    table,
    service,
    operation,
    scope,
    readInput: () => (input === undefined ? {} : checked(table, input, decodeQuery(table, input, fields)))
  }
}
