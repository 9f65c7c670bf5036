import { nearestName } from '../../nearest-name.ts'
import {
  annotationFamilies,
  annotationLevel,
  annotationLevels,
  annotationPrefix,
  objectName
} from '../../resources/index.ts'
import { annotationPath, type Rule } from '../rule.ts'
import { legacyAnnotations } from './annotation-legacy.ts'

/** Prefixes that people write for the controller's; each begins so that it cannot be anything else. */
const mistakenPrefix =
  /^(alb\.ingress\.k8s\.(io|aws)|alb\.kubernetes\.io|alb\.ingress\.kubernetes|ingress\.alb\.kubernetes\.io|aws\.alb\.ingress\.kubernetes\.io|alb\.ingresses?\.kubernetes\.io)\//

/** The known name, as full as the one that was typed. */
function suggest(suffix: string): string | undefined {
  const dot = suffix.indexOf('.')
  const family = [...annotationFamilies.keys()].map(name => name.slice(0, -1))
  if (dot > 0) {
    const nearest = nearestName(suffix.slice(0, dot), family)
    if (nearest) {
      return `${nearest}${suffix.slice(dot)}`
    }
  }
  return nearestName(suffix, annotationLevels.keys())
}

/** An annotation that the controller does not know is ignored without a word. */
export const annotationName: Rule = {
  code: 'ANNOTATION_UNKNOWN',
  severity: 'warning',
  *find({ resources }) {
    for (const object of [...resources.list('Ingress'), ...resources.list('Service')]) {
      for (const name of Object.keys(object.metadata.annotations ?? {})) {
        const prefix = name.startsWith(annotationPrefix) ? annotationPrefix : mistakenPrefix.exec(name)?.[0]
        if (prefix === undefined) {
          continue
        }
        const suffix = name.slice(prefix.length)
        const corrected = annotationLevel(annotationPrefix + suffix) ? suffix : suggest(suffix)
        if (prefix === annotationPrefix && (corrected === suffix || legacyAnnotations.has(suffix))) {
          continue
        }
        yield {
          object,
          path: annotationPath(name),
          message: `${name} of ${objectName(object)} is no annotation that the AWS Load Balancer Controller reads; it is ignored`,
          ...(corrected && { expected: annotationPrefix + corrected }),
          actual: name,
          hint: corrected
            ? `did you mean ${annotationPrefix}${corrected}?`
            : 'remove it, or look its name up in the docs'
        }
      }
    }
  }
}
