import { autoModeIgnored } from '../../model/index.ts'
import { objectName } from '../../resources/index.ts'
import { annotationPath, type Rule } from '../rule.ts'

/** An annotation that the AWS Load Balancer Controller takes and EKS Auto Mode does not. */
export const autoModeAnnotation: Rule = {
  code: 'AUTO_MODE_IGNORES_ANNOTATION',
  severity: 'warning',
  *find({ ingresses, groupOf }) {
    for (const ingress of ingresses) {
      if (!groupOf(ingress)?.autoMode) {
        continue
      }
      for (const { name, instead } of autoModeIgnored(ingress)) {
        yield {
          object: ingress,
          path: annotationPath(name),
          message: `EKS Auto Mode, whose class ${objectName(ingress)} has, does not take ${name}: the load balancer comes without it`,
          actual: ingress.metadata.annotations?.[name] ?? '',
          hint: `remove the annotation, and ${instead}`
        }
      }
    }
  }
}
