/**
 * What the API server refuses of an object, whatever it is: one door to the rules of all kinds.
 *
 * @module
 */

import {
  definitionOf,
  type Ingress,
  type IngressClass,
  istioVersionsOf,
  type KubernetesObject,
  objectName,
  type Service,
  withGatewayDefaults
} from '../resources/index.ts'
import { validateByDefinition } from './by-definition.ts'
import { validateByExpressions } from './expressions.ts'
import { type FieldError, formatField } from './field-error.ts'
import { validateIngress, validateIngressClass } from './ingress.ts'
import { validateService } from './service.ts'

/** After these the server evaluates no rules in CEL (k8s.io/apiextensions-apiserver: hasBlockingErr). */
const blocking = /^(Required value|Unsupported value|Too long|Too many)/

/** A version in which a kind of Istio's is not served; the schema is the same in those that are. */
function* versionErrors(object: KubernetesObject): Generator<FieldError> {
  const { apiVersion, kind } = object
  const [group] = apiVersion.split('/')
  const served = istioVersionsOf(object)?.map(name => `${group}/${name}`)
  if (served && !served.includes(apiVersion)) {
    const [value] = served
    yield {
      path: ['apiVersion'],
      detail: `no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`,
      expected: served.join(' or '),
      actual: apiVersion,
      hint: `write apiVersion: ${value}`,
      changes: [{ path: ['apiVersion'], value: value! }]
    }
  }
}

/** What it refuses of the kinds that have a definition. */
function* definitionErrors(object: KubernetesObject): Generator<FieldError> {
  const definition = definitionOf(object)
  if (!definition) {
    return
  }
  const errors = [...versionErrors(object), ...validateByDefinition(object, definition, [])]
  yield* errors
  if (!errors.some(({ detail }) => blocking.test(detail))) {
    yield* validateByExpressions(withGatewayDefaults(object), definition, [])
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
  }
}

/** A refusal in the server's words, before which kubectl names the object. */
export function messageOf(object: KubernetesObject, { path, field = path, detail }: FieldError): string {
  return `the API server refuses ${objectName(object)}: ${formatField(field)}: ${detail}`
}
