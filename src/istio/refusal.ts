/**
 * What Istio's admission webhook refuses (Istio: pkg/config/validation), or the API server by the definition of the kind, so that
 * istiod never sees it: one team's mistake takes down that team's object, and nothing else. Beside it two mistakes that the webhook
 * lets through and Envoy does not.
 *
 * @module
 */

import { type FieldError, fieldErrors, leadsInto, messageOf, namesMeant, unknownFields } from '../api-server/index.ts'
import type { Finding } from '../failure.ts'
import {
  describeShape,
  istioVersionsOf,
  type KubernetesObject,
  objectName,
  type Path,
  type Resources
} from '../resources/index.ts'
import { isRouteOfIstio } from './gateway-api/unattached.ts'
import type { DestinationRule, IstioGateway, ServiceEntry, VirtualService } from './istio.ts'
import { describeUnknown } from './pruned.ts'
import { refusalOfDestinationRule } from './refusal/destination.ts'
import { refusalOfGateway } from './refusal/gateway.ts'
import {
  refusalOfAuthorizationPolicy,
  refusalOfPeerAuthentication,
  refusalOfRequestAuthentication
} from './refusal/policy.ts'
import type { Refusal } from './refusal/refusal.ts'
import { refusalOfServiceEntry } from './refusal/service-entry.ts'
import { refusalOfVirtualService } from './refusal/virtual-service.ts'

/** Kinds of routes of the Gateway API. */
const routeKinds = new Set(['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute'])

function isRoute({ apiVersion, kind }: KubernetesObject): boolean {
  return apiVersion.startsWith('gateway.networking.k8s.io/') && routeKinds.has(kind)
}

function isOfIstio(object: KubernetesObject): boolean {
  return istioVersionsOf(object) !== undefined
}

/** What the webhook refuses of an object of Istio's. */
function refusalsOf(object: KubernetesObject): Refusal[] {
  switch (object.kind) {
    case 'VirtualService':
      return refusalOfVirtualService(object as VirtualService)
    case 'Gateway':
      return refusalOfGateway(object as IstioGateway)
    case 'DestinationRule':
      return refusalOfDestinationRule(object as DestinationRule)
    case 'ServiceEntry':
      return refusalOfServiceEntry(object as ServiceEntry)
    case 'AuthorizationPolicy':
      return refusalOfAuthorizationPolicy(object)
    case 'RequestAuthentication':
      return refusalOfRequestAuthentication(object)
    case 'PeerAuthentication':
      return refusalOfPeerAuthentication(object)
    default:
      return []
  }
}

interface Refused {
  /** Or as what no API server could decode. */
  byIstio: readonly Refusal[]
  byServer: readonly FieldError[]
}

const known = new WeakMap<KubernetesObject, Refused>()

function judge(object: KubernetesObject): Refused {
  // Objects that were read from files had their types looked at; those of other callers may be anything.
  const problems = describeShape(object)
  if (problems.length > 0 || isRoute(object) || !isOfIstio(object)) {
    // Of a Gateway's routes istiod has no webhook; the definitions alone say what counts.
    return { byIstio: problems, byServer: problems.length === 0 && isRoute(object) ? [...fieldErrors(object)] : [] }
  }
  const byIstio = refusalsOf(object)
  // One mistake is told once, and the webhook's words say more of it.
  const byServer = [...fieldErrors(object)].filter(
    error => !byIstio.some(({ path }) => leadsInto(path, error.path) || leadsInto(error.path, path))
  )
  return { byIstio, byServer }
}

/** The answer is kept with the object. */
function refusedOf(object: KubernetesObject): Refused {
  const refused = known.get(object) ?? judge(object)
  known.set(object, refused)
  return refused
}

/** Why an object of Istio's, or a route of the Gateway API, does not count. */
export function whyRefused(object: KubernetesObject): readonly { path: Path }[] {
  const { byIstio, byServer } = refusedOf(object)
  return [...byIstio, ...byServer]
}

/** What the API server refuses of such an object by the definition of its kind, where the webhook says nothing of it. */
export function refusedByServer(object: KubernetesObject): readonly FieldError[] {
  return refusedOf(object).byServer
}

/** Every reason for which the webhook keeps an Istio object of a set from counting. */
export function refusedObjects(resources: Resources): { object: KubernetesObject; refusal: Refusal }[] {
  return resources
    .all()
    .filter(isOfIstio)
    .flatMap(object => refusedOf(object).byIstio.map(refusal => ({ object, refusal })))
}

/** What of an Istio object the API server refuses, or drops where it does not decode strictly. */
function serverRefusals(object: KubernetesObject): { message: string; refusal: Omit<Refusal, 'message'> }[] {
  const unknown = unknownFields(object)
  const meant = namesMeant(unknown).filter(name => name !== undefined)
  const hint = meant.length > 0 ? `did you mean ${meant.join(', ')}?` : 'remove it: nobody would read it'
  return [
    ...unknown.slice(0, 1).map(({ path }) => ({ message: describeUnknown(object, unknown), refusal: { path, hint } })),
    ...refusedByServer(object).map(refusal => ({ message: messageOf(object, refusal), refusal }))
  ]
}

/** All that keeps Istio's objects, and routes of its Gateways, from counting as they are written, as findings with the places in the files. */
export function refusalFindings(resources: Resources): Finding[] {
  const byIstio = refusedObjects(resources).map(({ object, refusal }) => ({
    code: 'ISTIO_OBJECT_REFUSED',
    object,
    refusal,
    message: `${objectName(object)} does not count: ${refusal.message}`
  }))
  const byServer = resources
    .all()
    .filter(isOfIstio)
    .flatMap(object => serverRefusals(object).map(one => ({ code: 'API_SERVER_REFUSES', object, ...one })))
  // What a route has too much may be known to the cluster's definitions: it is told by check alone.
  const ofRoutes = resources
    .all()
    .filter(object => isRoute(object) && refusedByServer(object).length > 0 && isRouteOfIstio(object, resources))
    .flatMap(object =>
      refusedByServer(object).map(refusal => ({
        code: 'API_SERVER_REFUSES',
        object,
        refusal,
        message: messageOf(object, refusal)
      }))
    )
  return [...byIstio, ...byServer, ...ofRoutes].map(({ code, object, refusal, message }): Finding => {
    const { path, hint, expected, actual } = refusal
    const position = resources.originOf(object)?.positionOf(path)
    return {
      code,
      severity: 'error',
      message,
      object: objectName(object),
      path: position?.key ?? path.join('.'),
      ...(position && { file: position.file, line: position.line }),
      ...(expected !== undefined && { expected }),
      ...(actual !== undefined && { actual }),
      hint
    }
  })
}
