import { type KubernetesObject, objectName, type Resources } from '../../resources/index.ts'
import { type PolicyTarget, policiesFor } from './selection.ts'

/** Objects that change what Envoy does, and that only Envoy can tell. */
const opaque: Record<string, (object: KubernetesObject) => string | undefined> = {
  EnvoyFilter: () => "changes Envoy's configuration",
  WasmPlugin: () => 'runs a program',
  TrafficExtension: () => 'runs a program',
  // What is logged and counted decides on no answer; what samples adds headers.
  Telemetry: ({ spec }) =>
    (spec as { tracing?: unknown } | undefined)?.tracing ? 'adds headers of tracing' : undefined
}

/** What is for pods, may decide on their answers, and is not evaluated. */
export function notEvaluatedFor(target: PolicyTarget, who: string, resources: Resources): string[] {
  return Object.entries(opaque).flatMap(([kind, describe]) =>
    policiesFor(kind, target, resources).flatMap(object => {
      const does = describe(object)
      return does === undefined ? [] : [`${objectName(object)}, which ${does}, selects ${who}`]
    })
  )
}

/** The policies for the pods of a destination: their sidecars decide by them, if they have any. */
export function policiesOfDestination(target: PolicyTarget, who: string, resources: Resources): string[] {
  return [
    ...notEvaluatedFor(target, who, resources),
    ...['AuthorizationPolicy', 'RequestAuthentication'].flatMap(kind =>
      policiesFor(kind, target, resources).map(
        policy => `${objectName(policy)} selects ${who}, whose sidecars decide by it`
      )
    )
  ]
}
