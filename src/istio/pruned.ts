/**
 * What becomes of an Istio object of which an API server that does not decode strictly drops what its definition does not have.
 *
 * @module
 */

import { type UnknownField, unknownMessage } from '../api-server/index.ts'
import { istioVersionsOf, type KubernetesObject, type Path } from '../resources/index.ts'

/** Parts of objects that are left empty, by kind and path without indexes, and what Istio makes of them. */
const emptied: [place: RegExp, words: string][] = [
  [/^VirtualService spec\.http\.match$/, 'the match takes every request'],
  [/^VirtualService spec\.(tcp|tls)\.match$/, 'the match takes every connection'],
  [/^VirtualService spec\.http\.match\.(uri|scheme|method|authority)$/, 'the match takes any $1'],
  [/^VirtualService spec\.http\.match\.(?:headers|queryParams)\.(.+)$/, 'the match asks only whether $1 is there'],
  [/^VirtualService spec\.http\.match\.withoutHeaders\.(.+)$/, 'the match asks only that $1 is not there'],
  [/^Gateway spec\.servers\.tls$/, 'the mode is PASSTHROUGH'],
  [/^DestinationRule spec\..*\btls$/, 'the mode is DISABLE, which is plain text'],
  [/^PeerAuthentication spec\.(mtls|portLevelMtls\..+)$/, 'the mode of the namespace or the mesh counts'],
  [/^AuthorizationPolicy spec\.rules$/, 'the rule is for every request'],
  [/^AuthorizationPolicy spec\.rules\.(from|to)(\.source|\.operation)?$/, "istiod's webhook refuses the rule"],
  [/^\w+ spec\.(selector|workloadSelector)$/, 'it is for all pods of the namespace']
]

function valueAt(object: KubernetesObject, path: Path): unknown {
  return path.reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], object)
}

/** What an object of Istio's says without fields that are dropped, by the first that leaves a part empty. */
function whatIsLeft(object: KubernetesObject, dropped: readonly UnknownField[]): string | undefined {
  const places = new Set(dropped.map(({ path }) => JSON.stringify(path)))
  for (const { path } of dropped) {
    const part = path.slice(0, -1)
    const isEmptied = Object.keys(valueAt(object, part) ?? {}).every(key => places.has(JSON.stringify([...part, key])))
    const name = `${object.kind} ${part.filter(step => typeof step === 'string').join('.')}`
    const [place, words] = emptied.find(([known]) => known.test(name)) ?? []
    if (isEmptied && place && words) {
      return name.replace(place, words)
    }
  }
  return undefined
}

/** What the server says of fields that an object of any kind does not have, and what becomes of them where it is lenient. */
export function describeUnknown(object: KubernetesObject, unknown: readonly UnknownField[]): string {
  const left = istioVersionsOf(object) && whatIsLeft(object, unknown)
  const dropped = `without strict decoding the server drops what ${unknown.length === 1 ? 'it says' : 'they say'}`
  return `${unknownMessage(object, unknown)}; ${dropped}${left === undefined ? '' : `, and ${left}`}`
}
