/**
 * The actions that Argo Rollouts writes on Ingresses: an Ingress with a backend `use-annotation` comes without the annotation, and the
 * Rollout that names it keeps it there (argo-rollouts: rollout/trafficrouting/alb, getForwardActionString).
 *
 * @module
 */

import { annotationName } from './annotations.ts'
import type { Ingress, KubernetesObject } from './kubernetes.ts'
import { objectName, type Resources } from './resources.ts'

/** Of a Rollout no more is known than that it is YAML. */
type Fields = Record<string, unknown>

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

/** What a Rollout has to say about an Ingress. */
interface Routing {
  rollout: KubernetesObject
  ingresses: string[]
  /** The Service whose action it is. */
  root: string
  canary: string
  stable: string
  port: string
}

function routingOf(rollout: KubernetesObject): Routing | undefined {
  const {
    canaryService: canary,
    stableService: stable,
    trafficRouting
  } = fieldsOf(fieldsOf(fieldsOf(rollout.spec).strategy).canary)
  const {
    ingress,
    ingresses,
    rootService: root = stable,
    servicePort,
    annotationPrefix
  } = fieldsOf(fieldsOf(trafficRouting).alb)
  const named = [ingress, ...(Array.isArray(ingresses) ? ingresses : [])].filter(name => typeof name === 'string')
  const isWhole = typeof canary === 'string' && typeof stable === 'string' && typeof root === 'string'
  return isWhole && named.length > 0 && Number.isInteger(servicePort) && annotationPrefix === undefined
    ? { rollout, ingresses: named, root, canary, stable, port: String(servicePort) }
    : undefined
}

/** Whether the Ingress waits for an action that nobody has written. */
function waitsFor({ metadata, spec }: Ingress, service: string): boolean {
  const paths = Array.isArray(spec?.rules) ? spec.rules.flatMap(({ http }) => http?.paths ?? []) : []
  const backends = [spec?.defaultBackend, ...paths.map(({ backend }) => backend)]
  return (
    metadata.annotations?.[annotationName(`actions.${service}`)] === undefined &&
    backends.some(one => one?.service?.name === service && one.service.port?.name === 'use-annotation')
  )
}

/** Before a step of the Rollout, and after the last one, the stable Service gets everything. */
function actionOf({ canary, stable, port }: Routing): string {
  const TargetGroups = [
    { ServiceName: canary, ServicePort: port, Weight: 0 },
    { ServiceName: stable, ServicePort: port, Weight: 100 }
  ]
  return JSON.stringify({ Type: 'forward', ForwardConfig: { TargetGroups } })
}

/** The objects with those actions, and a sentence for each. */
export function withRolloutActions(resources: Resources): { resources: Resources; assumptions: string[] } {
  const routings = resources.list('Rollout').flatMap(rollout => routingOf(rollout) ?? [])
  const assumptions: string[] = []
  const changed = new Map<KubernetesObject, Ingress>()
  for (const routing of routings) {
    const { rollout, ingresses, root, stable } = routing
    for (const name of ingresses) {
      const ingress = resources.find('Ingress', name, rollout.metadata.namespace)
      const latest = ingress && (changed.get(ingress) ?? ingress)
      if (!latest || !waitsFor(latest, root)) {
        continue
      }
      const annotations = { ...latest.metadata.annotations, [annotationName(`actions.${root}`)]: actionOf(routing) }
      changed.set(ingress, { ...latest, metadata: { ...latest.metadata, annotations } })
      assumptions.push(
        `${annotationName(`actions.${root}`)} of ${objectName(ingress)}, as Argo Rollouts writes it for ${objectName(rollout)}: all to ${stable}, until a step of it moves weight`
      )
    }
  }
  return changed.size === 0
    ? { resources, assumptions }
    : { resources: resources.map(object => changed.get(object) ?? object), assumptions }
}
