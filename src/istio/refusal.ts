/**
 * What Istio's admission webhook refuses (Istio: pkg/config/validation), so that istiod never sees it: one team's mistake takes
 * down that team's object, and nothing else. Beside it two mistakes that the webhook lets through and Envoy does not.
 *
 * @module
 */

import { RE2JS } from 're2js'
import type { Finding } from '../failure.ts'
import { describeShape, type KubernetesObject, objectName, type Path, type Resources } from '../resources/index.ts'
import { type Refusal, refusalOfGateway } from './gateway-refusal.ts'
import type {
  DestinationRule,
  Fault,
  Headers,
  HTTPMatch,
  HTTPRouteSpec,
  IstioGateway,
  Layer4Route,
  RouteDestination,
  StringMatch,
  VirtualService
} from './istio.ts'

/** gRPC's status codes by name. */
export const grpcCodes = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED'
]

/** Istio's own bound, for which it has no better measure than the length. */
const longestExpression = 1024

/** Why RE2 takes no such expression; undefined where it does. */
function whyNoExpression(text: string): string | undefined {
  if (text.length > longestExpression) {
    return `longer than ${longestExpression} characters`
  }
  try {
    RE2JS.compile(text)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

function refuseExpression(text: string | undefined, path: Path): Refusal[] {
  if (text === undefined || text === '*') {
    return []
  }
  const why = text === '' ? 'it is empty' : whyNoExpression(text)
  return why === undefined
    ? []
    : [
        {
          path,
          message: `the regular expression ${text} is none that Istio takes (${why})`,
          expected: 'RE2 syntax',
          actual: text,
          hint: 'RE2 looks neither ahead nor behind; write a route for what is left out before this one instead'
        }
      ]
}

function refuseMatch(match: StringMatch | undefined, path: Path, mayBeEmpty = false): Refusal[] {
  if (match?.prefix === '' && !mayBeEmpty) {
    return [
      { path: [...path, 'prefix'], message: 'a prefix must not be empty', hint: 'leave it out to match anything' }
    ]
  }
  return refuseExpression(match?.regex, [...path, 'regex'])
}

function refuseMatches(matches: readonly HTTPMatch[] | undefined, path: Path): Refusal[] {
  return (matches ?? []).flatMap((match, index) => {
    const at = [...path, 'match', index]
    const named = (['headers', 'withoutHeaders', 'queryParams'] as const).flatMap(field =>
      Object.entries(match[field] ?? {}).flatMap(([name, value]) => refuseMatch(value, [...at, field, name]))
    )
    const plain = (['scheme', 'method', 'authority'] as const).flatMap(field =>
      refuseMatch(match[field], [...at, field])
    )
    return [...refuseMatch(match.uri, [...at, 'uri'], true), ...plain, ...named]
  })
}

/** Percent signs of header values stand in pairs around a name, or double for themselves (Istio: ValidateHTTPHeaderValue). */
function isHeaderValue(value: string): boolean {
  return /^(?:[^%]|%%|%[A-Z_]+(?:\([^)]*\))?(?::\d+)?%)*$/.test(value)
}

function refuseHeaders(headers: Headers | undefined, path: Path): Refusal[] {
  return (['request', 'response'] as const).flatMap(direction => {
    const { set = {}, add = {}, remove = [] } = headers?.[direction] ?? {}
    const at = [...path, 'headers', direction]
    const values = Object.entries({ set, add }).flatMap(([operation, entries]) =>
      Object.entries(entries).flatMap(([name, value]): Refusal[] => {
        const place = [...at, operation, name]
        if (!isHeaderValue(value)) {
          return [
            {
              path: place,
              message: `the header value ${value} has a percent sign that belongs to no pair`,
              actual: value,
              hint: 'write %% for a percent sign'
            }
          ]
        }
        return isForbidden(name, direction, operation)
          ? [
              {
                path: place,
                message: `the header ${name} cannot be changed`,
                hint: 'use rewrite.authority for the host'
              }
            ]
          : []
      })
    )
    const removed = remove.flatMap((name, index): Refusal[] =>
      isForbidden(name, direction, 'remove')
        ? [{ path: [...at, 'remove', index], message: `the header ${name} cannot be removed`, hint: 'leave it out' }]
        : []
    )
    return [...values, ...removed]
  })
}

function isForbidden(name: string, direction: string, operation: string): boolean {
  const isHost = /^(:authority|host)$/i.test(name)
  return name.startsWith(':') || isHost ? !(isHost && direction === 'request' && operation !== 'remove') : false
}

function refuseWeights(route: readonly RouteDestination[] | undefined, path: Path): Refusal[] {
  const all = route ?? []
  const zero = all.length > 1 && all.every(({ weight = 0 }) => weight === 0)
  return [
    ...(zero
      ? [
          {
            path: [...path, 'route'],
            message: 'the weights of the destinations add up to 0',
            hint: 'give one of them a weight'
          }
        ]
      : []),
    ...all.flatMap(({ weight = 0, destination, headers }, index): Refusal[] => {
      const at = [...path, 'route', index]
      return [
        ...(weight < 0
          ? [{ path: [...at, 'weight'], message: `the weight ${weight} is below 0`, hint: 'use 0 or more' }]
          : []),
        ...(destination?.host === '*' || destination?.host === ''
          ? [
              {
                path: [...at, 'destination', 'host'],
                message: 'the destination names no host',
                hint: 'name one Service'
              }
            ]
          : []),
        ...refuseHeaders(headers, at)
      ]
    })
  ]
}

function refusePercentage(value: number | undefined, path: Path): Refusal[] {
  return value !== undefined && (value < 0 || value > 100 || (value > 0 && value < 0.0001))
    ? [{ path, message: `the percentage ${value} is not from 0.0001 to 100, nor 0`, hint: 'name a share of 100' }]
    : []
}

function refuseFault(fault: Fault | undefined, path: Path): Refusal[] {
  if (!fault) {
    return []
  }
  const { abort, delay } = fault
  const at = [...path, 'fault']
  const status = abort?.httpStatus
  return [
    ...(abort || delay
      ? []
      : [{ path: at, message: 'the fault has neither abort nor delay', hint: 'add one of them' }]),
    ...refusePercentage(abort?.percentage?.value, [...at, 'abort', 'percentage', 'value']),
    ...refusePercentage(delay?.percentage?.value, [...at, 'delay', 'percentage', 'value']),
    ...(status !== undefined && (status < 200 || status > 600)
      ? [refuseStatus(status, [...at, 'abort', 'httpStatus'])]
      : []),
    ...(abort?.grpcStatus !== undefined && !grpcCodes.includes(abort.grpcStatus)
      ? [
          {
            path: [...at, 'abort', 'grpcStatus'],
            message: `${abort.grpcStatus} is no status of gRPC`,
            expected: grpcCodes.join(', '),
            hint: 'write it in capitals, such as UNAVAILABLE'
          }
        ]
      : [])
  ]
}

function refuseStatus(status: number, path: Path): Refusal {
  return {
    path,
    message: `the status ${status} is not from 200 to 599`,
    actual: String(status),
    hint: 'name one of HTTP'
  }
}

/** Groups that a substitution refers to and its expression does not have: RE2 then replaces nothing. */
function refuseRewrite({ rewrite }: HTTPRouteSpec, path: Path): Refusal[] {
  if (!rewrite) {
    return []
  }
  const at = [...path, 'rewrite']
  const { uri, authority, uriRegexRewrite } = rewrite
  if (!uri && !authority && !uriRegexRewrite) {
    return [{ path: at, message: 'the rewrite changes nothing', hint: 'add uri, uriRegexRewrite or authority' }]
  }
  if (!uriRegexRewrite) {
    return []
  }
  const { match = '', rewrite: substitution = '' } = uriRegexRewrite
  const here = [...at, 'uriRegexRewrite']
  const refused = refuseExpression(match, [...here, 'match'])
  if (refused.length > 0) {
    return refused
  }
  const groups = RE2JS.compile(match).groupCount()
  const highest = Math.max(0, ...[...substitution.matchAll(/\\(\d)/g)].map(([, digit]) => Number(digit)))
  return highest > groups
    ? [
        {
          path: [...here, 'rewrite'],
          message: `the substitution ${substitution} refers to group ${highest}, and ${match} has ${groups}`,
          hint: 'put what is to be kept into parentheses'
        }
      ]
    : []
}

function refuseRedirect({ redirect, route, rewrite, fault, directResponse }: HTTPRouteSpec, path: Path): Refusal[] {
  if (!redirect) {
    return []
  }
  const at = [...path, 'redirect']
  const { redirectCode = 301 } = redirect
  const besides = Object.entries({ route, rewrite, fault, directResponse }).find(
    ([, value]) => value !== undefined && (!Array.isArray(value) || value.length > 0)
  )?.[0]
  const says = [
    redirect.uri,
    redirect.prefixRewrite,
    redirect.authority,
    redirect.port,
    redirect.derivePort,
    redirect.scheme
  ]
  return [
    ...(besides
      ? [{ path: at, message: `a route cannot have both redirect and ${besides}`, hint: 'make two routes' }]
      : []),
    ...(says.some(Boolean)
      ? []
      : [{ path: at, message: 'the redirect leads nowhere', hint: 'add uri, authority, port or scheme' }]),
    // The webhook takes any 3xx; of another code istiod makes a route without action, which Envoy refuses.
    ...([301, 302, 303, 307, 308, 0].includes(redirectCode)
      ? []
      : [
          {
            path: [...at, 'redirectCode'],
            message: `the gateway knows no redirect with code ${redirectCode}`,
            expected: '301, 302, 303, 307 or 308',
            actual: String(redirectCode),
            hint: 'use one of them'
          }
        ])
  ]
}

function refuseHTTPRoute(spec: HTTPRouteSpec, path: Path): Refusal[] {
  const { route, redirect, directResponse, delegate } = spec
  const acts = (route?.length ?? 0) > 0 || redirect || directResponse || delegate
  return [
    ...(acts
      ? []
      : [
          {
            path,
            message: 'the route has neither route, redirect, directResponse nor delegate',
            hint: 'add one of them'
          }
        ]),
    ...refuseMatches(spec.match, path),
    ...refuseHeaders(spec.headers, path),
    ...refuseFault(spec.fault, path),
    ...refuseRedirect(spec, path),
    ...(directResponse && (directResponse.status < 200 || directResponse.status > 600)
      ? [refuseStatus(directResponse.status, [...path, 'directResponse', 'status'])]
      : []),
    ...(directResponse && (route?.length ?? 0) > 0
      ? [{ path, message: 'a route cannot have both route and directResponse', hint: 'make two routes' }]
      : []),
    ...refuseRewrite(spec, path),
    ...refuseWeights(route, path),
    ...(spec.corsPolicy?.allowOrigins ?? []).flatMap((origin, index) =>
      refuseMatch(origin, [...path, 'corsPolicy', 'allowOrigins', index])
    )
  ]
}

function refuseLayer4(routes: readonly Layer4Route[] | undefined, field: string): Refusal[] {
  return (routes ?? []).flatMap(({ route, match }, index): Refusal[] => {
    const at = ['spec', field, index]
    const needs = field === 'tls' && !match?.every(({ sniHosts }) => sniHosts?.length)
    return [
      ...(route?.length ? [] : [{ path: at, message: `a ${field} route must have a destination`, hint: 'add route' }]),
      ...(needs ? [{ path: at, message: 'a tls route must name sniHosts', hint: 'add match with sniHosts' }] : []),
      ...refuseWeights(route, at)
    ]
  })
}

function refusalOfVirtualService({ spec = {} }: VirtualService): Refusal[] {
  const { hosts = [], gateways = [], http = [], tls = [], tcp = [] } = spec
  const refused: Refusal[] = []
  if (hosts.length === 0 && gateways.length > 0) {
    refused.push({
      path: ['spec', 'hosts'],
      message: 'it names gateways and no hosts',
      expected: 'at least one host; without hosts it is a delegate, which has no gateways',
      hint: 'add hosts'
    })
  }
  if (http.length + tls.length + tcp.length === 0) {
    refused.push({ path: ['spec', 'http'], message: 'it has neither http, tls nor tcp routes', hint: 'add a route' })
  }
  return [
    ...refused,
    ...http.flatMap((route, index) => refuseHTTPRoute(route, ['spec', 'http', index])),
    ...refuseLayer4(tls, 'tls'),
    ...refuseLayer4(tcp, 'tcp')
  ]
}

function refusalOfDestinationRule({ spec }: DestinationRule): Refusal[] {
  return spec?.host ? [] : [{ path: ['spec', 'host'], message: 'it names no host', hint: 'add the host of a Service' }]
}

/** Everything for which an Istio object does not count; empty for one that does. */
function refusalsOf(object: KubernetesObject): Refusal[] {
  // Objects that were read from files had their types looked at; those of other callers may be anything.
  const problems = describeShape(object)
  if (problems.length > 0) {
    return problems
  }
  switch (object.kind) {
    case 'VirtualService':
      return refusalOfVirtualService(object as VirtualService)
    case 'Gateway':
      return refusalOfGateway(object as IstioGateway)
    case 'DestinationRule':
      return refusalOfDestinationRule(object as DestinationRule)
    default:
      return []
  }
}

const known = new WeakMap<KubernetesObject, Refusal[]>()

/** Why an object of Istio's does not count; the answer is kept with the object. */
export function whyRefused(object: KubernetesObject): readonly Refusal[] {
  const refusals = known.get(object) ?? refusalsOf(object)
  known.set(object, refusals)
  return refusals
}

/** Every reason for which an Istio object of a set does not count. */
export function refusedObjects(resources: Resources): { object: KubernetesObject; refusal: Refusal }[] {
  return resources
    .all()
    .filter(({ apiVersion }) => /^(networking|security)\.istio\.io\//.test(apiVersion))
    .flatMap(object => whyRefused(object).map(refusal => ({ object, refusal })))
}

/** The same as findings, with the places in the files. */
export function refusalFindings(resources: Resources): Finding[] {
  return refusedObjects(resources).map(({ object, refusal: { path, message, hint, expected, actual } }): Finding => {
    const position = resources.originOf(object)?.positionOf(path)
    return {
      code: 'ISTIO_OBJECT_REFUSED',
      severity: 'error',
      message: `${objectName(object)} does not count: ${message}`,
      object: objectName(object),
      path: position?.key ?? path.join('.'),
      ...(position && { file: position.file, line: position.line }),
      ...(expected !== undefined && { expected }),
      ...(actual !== undefined && { actual }),
      hint
    }
  })
}
