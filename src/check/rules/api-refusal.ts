import {
  boundRefusal,
  type FieldError,
  fieldErrors,
  followsFrom,
  formatField,
  messageOf,
  namesMeant,
  type UnknownField,
  unknownFields,
  unknownMessage
} from '../../api-server/index.ts'
import { describeUnknown, isRouteOfIstio, refusedByServer } from '../../istio/index.ts'
import {
  gatewayAPIGroup,
  hasShape,
  isAssumed,
  istioKindsOf,
  istioVersionsOf,
  type KubernetesObject,
  kindsWithDefinition,
  objectName,
  type Path,
  type Resources,
  renameKey
} from '../../resources/index.ts'
import { ingressV1Changes } from '../facts/ingress-v1.ts'
import type { Problem, Rule } from '../rule.ts'

const beforeV1 = new Set(['serviceName', 'servicePort'])

/** Whether fields are those of networking.k8s.io/v1beta1, which an Ingress of v1 does not have. */
function isOfBeta({ path }: UnknownField): boolean {
  return beforeV1.has(String(path.at(-1))) || formatField(path) === 'spec.backend'
}

function isSet(object: KubernetesObject, path: Path): boolean {
  return (
    path.reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], object) !== undefined
  )
}

/** Whether unknown fields are one that definitions of the experimental channel have and Istio reads, of a route of its Gateways. */
function isReadByIstio(object: KubernetesObject, unknown: readonly UnknownField[], resources: Resources): boolean {
  return (
    object.apiVersion.startsWith(`${gatewayAPIGroup}/`) &&
    object.kind === 'HTTPRoute' &&
    unknown.every(({ path }) => /^spec\.rules\[\d+\]\.retry$/.test(formatField(path))) &&
    isRouteOfIstio(object, resources)
  )
}

/** What to do about a field that is no other field's name misspelt. */
function withoutNearest(object: KubernetesObject, isRead: boolean): string {
  if (isRead) {
    return 'remove it, unless the cluster has the definitions of the experimental channel: where it has them, Istio reads it'
  }
  if (istioVersionsOf(object)) {
    return 'remove it, unless the cluster has another Istio than 1.31 whose definitions have it'
  }
  return object.apiVersion.startsWith(`${gatewayAPIGroup}/`)
    ? 'remove it: nobody would read it; definitions of the experimental channel may have it, and the controller does not'
    : 'remove it: nobody would read it'
}

function unknownProblem(object: KubernetesObject, unknown: UnknownField[], resources: Resources): Problem {
  const [first] = unknown as [UnknownField]
  if (unknown.some(isOfBeta)) {
    return {
      object,
      path: first.path,
      message: `${unknownMessage(object, unknown)}; they are of networking.k8s.io/v1beta1`,
      expected: 'backend: {service: {name: NAME, port: {number: NUMBER}}}, pathType, spec.defaultBackend',
      actual: unknown.map(({ path }) => path.at(-1)).join(', '),
      hint: 'write service: with name and port for serviceName and servicePort, defaultBackend for backend, and a pathType for every path',
      changes: ingressV1Changes(object)
    }
  }
  const names = namesMeant(unknown)
  const known = names.filter(name => name !== undefined)
  const isRead = isReadByIstio(object, unknown, resources)
  const changes = unknown.map(({ path }, index) => {
    const name = names[index]
    // A field that is near to none may be one of a newer Istio, or of other definitions.
    if (name === undefined && (isRead || istioVersionsOf(object))) {
      return undefined
    }
    return name === undefined || isSet(object, [...path.slice(0, -1), name])
      ? [{ path, remove: true as const }]
      : renameKey(object, path, name)
  })
  return {
    object,
    path: first.path,
    message: describeUnknown(object, unknown),
    expected: known.length > 0 ? known.join(', ') : first.known.join(', '),
    actual: unknown.map(({ path }) => path.at(-1)).join(', '),
    hint: known.length > 0 ? `did you mean ${known.join(', ')}?` : withoutNearest(object, isRead),
    ...(changes.every(change => change !== undefined) && { changes: changes.flat() })
  }
}

/** Errors that say the same of several fields of an object are one cause. */
function* byCause(object: KubernetesObject, errors: FieldError[]): Generator<Problem> {
  const causes = Map.groupBy(errors, ({ path, detail }) => `${path.at(-1)} ${detail}`)
  const places = new Set<string>()
  for (const same of causes.values()) {
    const [first] = same as [FieldError]
    const place = formatField(first.path)
    // What else is wrong with one value is mended with it.
    if (places.has(place)) {
      continue
    }
    places.add(place)
    const others = same.slice(1).map(one => formatField(one.field ?? one.path))
    const { path, hint, expected, actual } = first
    const changes = same.flatMap(error => error.changes ?? [])
    yield {
      object,
      path,
      message: `${messageOf(object, first)}${others.length === 0 ? '' : `, and ${others.join(', ')} too`}`,
      ...(expected !== undefined && { expected }),
      ...(actual !== undefined && { actual }),
      hint,
      ...(same.every(error => error.changes) && { changes })
    }
  }
}

/** Whether an object's kind is none that its API group, one of Istio's, has. */
function isOfNoKind(object: KubernetesObject): boolean {
  return istioKindsOf(object.apiVersion.split('/')[0]!).length > 0 && istioVersionsOf(object) === undefined
}

/** Bindings of a target group that an earlier one has for itself: the controller's webhook refuses them. */
function* boundTwice(resources: Resources): Generator<Problem> {
  const bindings = resources.list('TargetGroupBinding').filter(({ spec }) => spec?.targetGroupARN?.startsWith('arn:'))
  for (const [index, binding] of bindings.entries()) {
    const earlier = bindings.slice(0, index).find(({ spec }) => spec!.targetGroupARN === binding.spec!.targetGroupARN)
    const detail = earlier && boundRefusal(binding, resources)
    if (detail !== undefined) {
      yield {
        object: binding,
        path: ['spec', 'targetGroupARN'],
        message: `the AWS Load Balancer Controller's webhook refuses ${objectName(binding)}: ${detail}`,
        actual: binding.spec!.targetGroupARN!,
        hint: `name another target group, or set spec.multiClusterTargetGroup: true on it and on ${objectName(earlier!)}`
      }
    }
  }
}

/**
 * What the API server refuses when the manifests are applied, in its own words: nothing of the object gets into the cluster,
 * and the controller never sees it.
 */
export const apiRefusal: Rule = {
  code: 'API_SERVER_REFUSES',
  severity: 'error',
  *find({ resources, originOf }) {
    const kinds = ['Ingress', 'IngressClass', 'Service', ...kindsWithDefinition]
    const objects = [...kinds.flatMap(kind => resources.list(kind)), ...resources.all().filter(isOfNoKind)]
    for (const object of objects) {
      // A Service that is made of an operator holds whatever stands there, which istioctl refuses.
      if (isAssumed(object) || (!originOf(object)?.place && !hasShape(object))) {
        continue
      }
      const unknown = unknownFields(object)
      if (unknown.length > 0) {
        yield unknownProblem(object, unknown, resources)
      }
      const ofBeta = unknown.some(isOfBeta)
      // Of Istio's, what the webhook refuses in the same place is said by ISTIO_OBJECT_REFUSED.
      const refused = istioVersionsOf(object) ? refusedByServer(object) : [...fieldErrors(object)]
      const errors = refused.filter(
        // What a misnamed field leaves unset is the same cause.
        ({ path, detail }) =>
          !followsFrom(unknown, path) &&
          !(ofBeta && /^(Required value: pathType|Invalid value: null: either)/.test(detail))
      )
      yield* byCause(object, errors)
    }
    yield* boundTwice(resources)
  }
}
