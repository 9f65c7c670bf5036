import { type KubernetesObject, objectName, type Resources } from '../../resources/index.ts'
import { addsProxyProtocol, patchesFor } from '../proxy-protocol.ts'
import { type PolicyTarget, policiesFor } from './selection.ts'

/** Whose Envoy is patched. */
type Role = 'gateway' | 'sidecar'

/** Objects that change what Envoy does, and that only Envoy can tell. */
const opaque: Record<string, (object: KubernetesObject, role: Role) => string | undefined> = {
  EnvoyFilter: (object, role) => {
    const patches = patchesFor(object, role === 'gateway' ? /^(ANY|GATEWAY)$/ : /^(ANY|SIDECAR_.*)$/)
    const isEvaluated = role === 'gateway' && patches.every(addsProxyProtocol)
    return patches.length === 0 || isEvaluated ? undefined : "changes Envoy's configuration"
  },
  WasmPlugin: () => 'runs a program',
  TrafficExtension: () => 'runs a program',
  // What is logged and counted decides on no answer; what samples adds headers.
  Telemetry: ({ spec }) =>
    (spec as { tracing?: unknown } | undefined)?.tracing ? 'adds headers of tracing' : undefined
}

/** What is for pods, may decide on their answers, and is not evaluated, each with what it does. */
export function opaqueFor(target: PolicyTarget, role: Role, resources: Resources) {
  return Object.entries(opaque).flatMap(([kind, describe]) =>
    policiesFor(kind, target, resources).flatMap(object => {
      const does = describe(object, role)
      return does === undefined ? [] : [{ object, does }]
    })
  )
}

/** The same, in words. */
export function notEvaluatedFor(target: PolicyTarget, role: Role, who: string, resources: Resources): string[] {
  return opaqueFor(target, role, resources).map(
    ({ object, does }) => `${objectName(object)}, which ${does}, selects ${who}`
  )
}

/** The policies for the pods of a destination: their sidecars decide by them, if they have any. */
export function policiesOfDestination(target: PolicyTarget, who: string, resources: Resources): string[] {
  return [
    ...notEvaluatedFor(target, 'sidecar', who, resources),
    ...['AuthorizationPolicy', 'RequestAuthentication'].flatMap(kind =>
      policiesFor(kind, target, resources).map(
        policy => `${objectName(policy)} selects ${who}, whose sidecars decide by it`
      )
    )
  ]
}
