/**
 * What the API server refuses of an object, whatever it is: one door to the rules of all kinds.
 *
 * @module
 */

import {
  definitionOf,
  type Ingress,
  type IngressClass,
  type IngressClassParams,
  istioKindsOf,
  type KubernetesObject,
  objectName,
  type Service,
  type TargetGroupBinding,
  versionsOf,
  withGatewayDefaults
} from '../resources/index.ts'
import { validateByDefinition } from './by-definition.ts'
import { bindingErrors, paramsErrors } from './controller-webhook.ts'
import { validateByExpressions } from './expressions.ts'
import { type FieldError, formatField, oneOf } from './field-error.ts'
import { validateIngress, validateIngressClass } from './ingress.ts'
import { subdomainProblems } from './names.ts'
import { validateObjectMeta } from './object-meta.ts'
import { validateService } from './service.ts'

/** After these the server evaluates no rules in CEL (k8s.io/apiextensions-apiserver: hasBlockingErr). */
const blocking = /^(Required value|Unsupported value|Too long|Too many)/

/** A kind that an API group of Istio's does not have; a version that a kind's definition does not name. */
function* matchErrors({ apiVersion, kind }: KubernetesObject): Generator<FieldError> {
  const [group = ''] = apiVersion.split('/')
  const kinds = istioKindsOf(group)
  const served = versionsOf({ apiVersion, kind })?.map(version => `${group}/${version}`)
  const detail = `no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`
  if (kinds.length > 0 && !served) {
    yield { path: ['kind'], detail, expected: kinds.join(' or '), actual: kind, ...oneOf(['kind'], kind, kinds) }
  }
  if (served && !served.includes(apiVersion)) {
    const value = served[0]!
    const changes = [{ path: ['apiVersion'], value }]
    yield {
      path: ['apiVersion'],
      detail,
      expected: served.join(' or '),
      actual: apiVersion,
      hint: `write ${value}`,
      changes
    }
  }
}

/** What it refuses of the kinds that have a definition. */
function* definitionErrors(object: KubernetesObject): Generator<FieldError> {
  yield* matchErrors(object)
  const definition = definitionOf(object)
  if (!definition) {
    return
  }
  const ofMeta = validateObjectMeta(object, subdomainProblems)
  const errors = [...ofMeta, ...validateByDefinition(object, definition, [])]
  yield* errors
  if (!errors.some(({ detail }) => blocking.test(detail))) {
    yield* validateByExpressions(withGatewayDefaults(object), definition, [])
  }
}

/** What the controller's webhooks refuse of its own kinds. */
function* webhookErrors(object: KubernetesObject): Generator<FieldError> {
  if (object.kind === 'IngressClassParams') {
    yield* paramsErrors(object as IngressClassParams)
  } else if (object.kind === 'TargetGroupBinding') {
    yield* bindingErrors(object as TargetGroupBinding)
  }
}

/** What the server validates of the kinds that it has itself, and of those that others define. */
export function* fieldErrors(object: KubernetesObject): Generator<FieldError> {
  switch (`${object.apiVersion} ${object.kind}`) {
    case 'networking.k8s.io/v1 Ingress':
      yield* validateIngress(object as Ingress)
      break
    case 'networking.k8s.io/v1 IngressClass':
      yield* validateIngressClass(object as IngressClass)
      break
    case 'v1 Service':
      yield* validateService(object as Service)
      break
    default:
      yield* definitionErrors(object)
      yield* definitionOf(object) ? webhookErrors(object) : []
  }
}

/** A refusal in the server's words, before which kubectl names the object. */
export function messageOf(object: KubernetesObject, error: FieldError): string {
  const { path, field = path, detail, by = 'the API server' } = error
  const place = field.length > 0 ? `${formatField(field)}: ` : ''
  return `${by} refuses ${objectName(object)}: ${place}${detail}`
}
