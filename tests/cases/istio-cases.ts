/**
 * What a real gateway of Istio's answered, kept beside the objects that made it do so (`tests/cases/istio`): held against the
 * model here, and against Istio again in the end-to-end tests.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GatewayAnswer, GatewayConnection, GatewayRequest } from '../../src/istio/index.ts'
import { type KubernetesObject, parseManifests, Resources, type Service } from '../../src/resources/index.ts'

const folder = join(import.meta.dirname, 'istio')

export interface IstioRequest {
  method: string
  url: string
  headers?: Record<string, string>
  /** Sent as SNI; a load balancer sends none. */
  serverName?: string
  /** The newest version of TLS that the client speaks; default 1.2, as of a load balancer without a newer policy. */
  maxVersion?: 'TLSv1.2' | 'TLSv1.3'
  /**
   * `-> web /x` reached the Service with that path, a number is the status of the gateway's own answer, `reset` a connection
   * that was cut; `name=value` behind it a header that the Service saw, `<name=value` one that the client saw, `∅` none.
   */
  real: string
}

export interface IstioCase {
  /** Name of the file without its ending. */
  case: string
  shows: string
  requests: IstioRequest[]
}

/** Address from which the requests came. */
export const peer = '10.244.0.1'

function read(name: string): KubernetesObject[] {
  const file = join(folder, name)
  return parseManifests([{ file, text: readFileSync(file, 'utf8') }]).all()
}

/** A Gateway of the ingress gateway that takes every host over HTTP. */
export function openGateway(name: string): KubernetesObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name, namespace: 'istio-system' },
    spec: {
      selector: { istio: 'ingressgateway' },
      servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }]
    }
  }
}

/** The gateway with its Service, and the Services that routes lead to. */
export function baseObjects(): KubernetesObject[] {
  return read('base.yaml')
}

/** The objects of a case, without those of the base. */
export function objectsOf(name: string): KubernetesObject[] {
  return read(`${name}.yaml`)
}

/** The key pair that servers of the cases name. */
function secretOf(data: Record<string, string>): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'cases-tls', namespace: 'istio-system' },
    type: 'kubernetes.io/tls',
    data
  }
}

export function istioCases(): IstioCase[] {
  return JSON.parse(readFileSync(join(folder, 'answers.json'), 'utf8')) as IstioCase[]
}

/** Names of objects that the API server, istiod or Envoy refuses. */
export function malformedFiles(): string[] {
  return readdirSync(join(folder, 'malformed')).map(name => join(folder, 'malformed', name))
}

export function resourcesOf(name: string): { resources: Resources; service: Service } {
  const objects = [...baseObjects(), secretOf({ 'tls.crt': 'eA==', 'tls.key': 'eA==' }), ...objectsOf(name)]
  const resources = new Resources(objects)
  return { resources, service: resources.find('Service', 'istio-ingressgateway', 'istio-system')! }
}

/** A request in the gateway's terms. */
export function askedOf({ method, url, headers = {}, serverName, maxVersion = 'TLSv1.2' }: IstioRequest): {
  port: 'http2' | 'https'
  connection: GatewayConnection
  request: GatewayRequest
} {
  const [, scheme, authority, path] = /^(https?):\/\/([^/]+)(.*)$/s.exec(url)!
  const tls = scheme === 'https'
  return {
    port: tls ? 'https' : 'http2',
    connection: { peer, ...(tls && { tls: { maxVersion, ...(serverName && { serverName }) } }) },
    request: { method, path: path!, authority: authority!, headers: [['host', authority!], ...Object.entries(headers)] }
  }
}

/** What an answer has to hold, taken apart. */
export interface Expectation {
  kind: 'reset' | 'service' | 'status' | 'upgrade'
  status?: number
  service?: string
  path?: string
  location?: string
  /** Where it ends with an ellipsis of the record, only its beginning is known. */
  body?: string
  /** As the Service saw them; undefined is absent. */
  seen: [name: string, value: string | undefined][]
  /** As the client saw them. */
  shown: [name: string, value: string | undefined][]
}

export function expectationOf(real: string): Expectation {
  const body = / body="([^"]*)"/.exec(real)?.[1]
  const [head = '', ...rest] = real.replace(/ body="[^"]*"/, '').split(' ')
  const seen: Expectation['seen'] = []
  const shown: Expectation['shown'] = []
  const words = head === '->' ? rest.slice(2) : rest
  let location: string | undefined
  for (const word of words.filter(one => one.includes('='))) {
    const [name = '', ...value] = word.replace(/^</, '').split('=')
    const text = value.join('=')
    if (name === 'Location') {
      location = text
    } else {
      const list = word.startsWith('<') ? shown : seen
      list.push([name, text === '∅' ? undefined : text])
    }
  }
  const found = { seen, shown, ...(location !== undefined && { location }), ...(body !== undefined && { body }) }
  if (head === '->') {
    return { kind: 'service', service: rest[0]!, path: rest[1]!, ...found }
  }
  if (head === 'upgrade') {
    return { kind: 'upgrade', status: Number(rest[0]), ...found }
  }
  return head === 'reset' ? { kind: 'reset', ...found } : { kind: 'status', status: Number(head), ...found }
}

/** What a gateway answered, in the terms that the model and a real one have in common. */
export interface Told {
  kind: 'reset' | 'service' | 'status' | 'upgrade'
  status?: number
  service?: string
  path?: string
  location?: string
}

/** The model's answer in those terms. */
export function toldBy({ outcome }: GatewayAnswer): Told {
  if (outcome.kind !== 'service' && outcome.kind !== 'response') {
    return { kind: 'reset' }
  }
  if (outcome.kind === 'response') {
    const location = outcome.headers.find(([name]) => name.toLowerCase() === 'location')?.[1]
    return { kind: 'status', status: outcome.status, ...(location !== undefined && { location }) }
  }
  return outcome.upgrade
    ? { kind: 'upgrade', status: 101 }
    : { kind: 'service', service: outcome.destination.host.split('.')[0]!, path: outcome.request.path }
}

interface Routing {
  hosts?: string[]
  http?: { match?: { uri?: { exact?: string; prefix?: string } }[] }[]
}

/** Paths around those that a case's routes ask for: at them, below them, beside them, and written in other ways. */
function pathsAround(specs: readonly Routing[]): string[] {
  const asked = specs.flatMap(({ http = [] }) =>
    http.flatMap(({ match = [] }) => match.flatMap(({ uri }) => uri?.exact ?? uri?.prefix ?? []))
  )
  const around = [...new Set(asked)].flatMap(path => [
    path,
    `${path}/x`,
    `${path}x`,
    `/y/..${path}`,
    path.toUpperCase()
  ])
  return [...new Set(['/', '/nowhere', '//', '/a%2Fb', '/?q=1', ...around])]
}

/** Requests of each case that nobody was asked before: what the model says of them is held against a real gateway. */
const mostGenerated = 12

export function generatedRequests(name: string): Omit<IstioRequest, 'real'>[] {
  const objects = objectsOf(name)
  const specs = objects.filter(({ kind }) => kind === 'VirtualService').map(({ spec }) => (spec ?? {}) as Routing)
  const hosts = [...new Set(specs.flatMap(({ hosts: own = [] }) => own))].map(host => host.replace('*', 'any.test'))
  const recorded = istioCases().find(one => one.case === name)!.requests
  const scheme = recorded[0]!.url.startsWith('https') ? 'https' : 'http'
  const authorities = [hosts[0] ?? 'a.test', 'other.test']
  return authorities
    .flatMap(host => pathsAround(specs).map(path => ({ method: 'GET', url: `${scheme}://${host}${path}` })))
    .filter(({ url }) => !recorded.some(one => one.url === url))
    .slice(0, mostGenerated)
}
