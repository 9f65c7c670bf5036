import { annotationLevel, annotationPrefix, type KubernetesObject, objectName } from '../../resources/index.ts'
import { annotationPath, type Problem, type Rule } from '../rule.ts'

/** What the controller reads on Services of type LoadBalancer, for Network Load Balancers. */
const servicePrefix = 'service.beta.kubernetes.io/aws-load-balancer-'

/** Kinds whose annotations of this prefix are read: IngressClassParams has fields, a Gateway of the controller its own prefix. */
const kinds = new Set(['Ingress', 'Service'])

/** Istio copies annotations of a Gateway of the Gateway API to the Service that it makes. */
function isCopied({ apiVersion, kind }: KubernetesObject): boolean {
  return kind === 'Gateway' && apiVersion.startsWith('gateway.networking.k8s.io/')
}

function* misplaced(object: KubernetesObject, hasIngress: boolean): Generator<Problem> {
  for (const name of Object.keys(object.metadata.annotations ?? {})) {
    const place = { object, path: annotationPath(name), actual: `on ${objectName(object)}` }
    const level = annotationLevel(name)
    if (object.kind === 'Ingress' && name.startsWith(servicePrefix)) {
      yield {
        ...place,
        message: `${name} is read on Services of type LoadBalancer alone; on ${objectName(object)} it is ignored`,
        expected: 'on a Service',
        hint: `set it on the Service, or look for its counterpart that begins with ${annotationPrefix}`
      }
    } else if (object.kind === 'Service' && level === 'ingress') {
      yield {
        ...place,
        message: `${name} is read on Ingresses alone; on ${objectName(object)} it is ignored`,
        expected: 'on an Ingress',
        hint: hasIngress
          ? 'move it to the Ingress that sends to this Service'
          : 'write an Ingress that sends to this Service, with the annotation: a Service makes no Application Load Balancer'
      }
    } else if (
      level !== undefined &&
      !kinds.has(object.kind) &&
      !(level === 'service-or-ingress' && isCopied(object))
    ) {
      yield {
        ...place,
        message: `${name} is read on ${level === 'ingress' ? 'Ingresses' : 'Ingresses and Services'} alone; on ${objectName(object)} it is ignored`,
        expected: level === 'ingress' ? 'on an Ingress' : 'on an Ingress or a Service',
        hint: 'move it to the Ingress'
      }
    }
  }
}

/** An annotation on an object where the controller does not look for it. */
export const annotationPlace: Rule = {
  code: 'ANNOTATION_MISPLACED',
  severity: 'warning',
  *find({ resources }) {
    const hasIngress = resources.list('Ingress').length > 0
    for (const object of resources.all()) {
      yield* misplaced(object, hasIngress)
    }
  }
}
