import { annotationLevel, annotationPrefix, objectName } from '../../resources/index.ts'
import type { Backend } from '../facts/backend.ts'
import { annotationPath, type Rule } from '../rule.ts'

/** Settings of both that are joined instead of overridden. */
const joined = new Set([`${annotationPrefix}tags`])

/** The Ingress's value is that of another of its Services: the two values are how one Ingress serves Services that differ. */
function isDefaultForOthers({ ingress, service }: Backend, name: string, backends: Backend[]): boolean {
  return backends.some(
    other =>
      other.ingress === ingress && other.service !== service && other.service.metadata.annotations?.[name] === undefined
  )
}

/** For everything about a target group the Service's annotation wins over the Ingress's, without a word. */
export const annotationOverride: Rule = {
  code: 'SERVICE_ANNOTATION_OVERRIDES',
  severity: 'warning',
  *find({ backends }) {
    const seen = new Set<string>()
    for (const backend of backends) {
      const { ingress, service } = backend
      for (const [name, value] of Object.entries(ingress.metadata.annotations ?? {})) {
        const winner = service.metadata.annotations?.[name]
        if (winner === undefined || winner === value || annotationLevel(name) !== 'service-or-ingress') {
          continue
        }
        const key = `${objectName(ingress)} ${objectName(service)} ${name}`
        if (joined.has(name) || seen.has(key) || isDefaultForOthers(backend, name, backends)) {
          continue
        }
        seen.add(key)
        yield {
          object: service,
          path: annotationPath(name),
          message: `${name} is ${JSON.stringify(winner)} on ${objectName(service)} and ${JSON.stringify(value)} on ${objectName(ingress)}; the Service's wins`,
          expected: value,
          actual: winner,
          hint: `remove it from ${objectName(service)}, or from the Ingress`
        }
      }
    }
  }
}
