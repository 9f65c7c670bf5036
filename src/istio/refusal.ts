/**
 * What Istio's admission webhook refuses (Istio: pkg/config/validation), so that istiod never sees it: one team's mistake takes
 * down that team's object, and nothing else. Beside it two mistakes that the webhook lets through and Envoy does not.
 *
 * @module
 */

import type { Finding } from '../failure.ts'
import { describeShape, type KubernetesObject, objectName, type Resources } from '../resources/index.ts'
import type { DestinationRule, IstioGateway, ServiceEntry, VirtualService } from './istio.ts'
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

function isOfIstio({ apiVersion }: KubernetesObject): boolean {
  return /^(networking|security)\.istio\.io\//.test(apiVersion)
}

/** Everything for which an Istio object does not count; empty for one that does. */
function refusalsOf(object: KubernetesObject): Refusal[] {
  // Objects that were read from files had their types looked at; those of other callers may be anything.
  const problems = describeShape(object)
  if (problems.length > 0) {
    return problems
  }
  if (!isOfIstio(object)) {
    return []
  }
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
    .filter(isOfIstio)
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
