import type { Finding } from '../../failure.ts'
import { annotationPrefix, type KubernetesObject, type Resources } from '../../resources/index.ts'
import { nameOf } from '../build/cluster-objects.ts'
import type { MoveDifference } from '../diff/move.ts'
import type { GroupPlan } from '../stack/plan.ts'
import { externalDNSPrefix, type Migration } from './migrate.ts'

/** Annotations that nothing comes of: tools wrote them down, or they said whose the Ingress was. */
const settled = /^(kubectl\.kubernetes\.io\/|meta\.helm\.sh\/|helm\.sh\/|kubernetes\.io\/ingress\.class$)/

/** Where explanations do not say what a value came from: the annotation, by what it makes. */
const makers: readonly (readonly [pattern: RegExp, annotations: readonly string[]])[] = [
  [/^web ACL webACLID/, ['waf-acl-id', 'web-acl-id']],
  [/^web ACL webACLARN/, ['wafv2-acl-arn', 'wafv2-acl-name']],
  [/^Shield protection /, ['shield-advanced-protection']],
  [/^listener TCP:/, ['enable-frontend-nlb']],
  [/^target group (binding )?\S+ (targetControlPort|networking)/, ['target-control-port']],
  [/^security group ingress/, ['listen-ports', 'inbound-cidrs', 'security-group-prefix-lists']]
]

interface Place {
  object?: string
  key?: string
}

interface Named {
  object: KubernetesObject
  path: (string | number)[]
}

/** The part of an object that a key names: an annotation, or a path with dots. */
function placeOf(resources: Resources, { object: name, key }: Place): Named | undefined {
  const object = resources.all().find(candidate => nameOf(candidate) === name)
  if (!object) {
    return undefined
  }
  if (key === undefined) {
    return { object, path: ['metadata', 'name'] }
  }
  const isAnnotation = Object.hasOwn(object.metadata.annotations ?? {}, key)
  const steps = key.split('.').map(step => (/^\d+$/.test(step) ? Number(step) : step))
  return { object, path: isAnnotation ? ['metadata', 'annotations', key] : steps }
}

/** An annotation of one of the group's Ingresses, or of a Service, that begins with one of the names. */
function annotationOf(plan: GroupPlan, resources: Resources, names: readonly string[]): Place | undefined {
  const ingresses = plan.members.flatMap(member => {
    const [namespace, name] = member.split('/') as [string, string]
    return resources.find('Ingress', name, namespace) ?? []
  })
  for (const object of [...ingresses, ...resources.list('Service')]) {
    const key = Object.keys(object.metadata.annotations ?? {}).find(annotation =>
      names.some(name => annotation === annotationPrefix + name || annotation.startsWith(`${annotationPrefix}${name}.`))
    )
    if (key !== undefined) {
      return { object: nameOf(object), key }
    }
  }
  return undefined
}

/** What a difference comes from: the object, and its annotation or field. */
function sourceOf(plan: GroupPlan, resources: Resources, { resource, of, path }: MoveDifference): Place {
  const maker = makers.find(([pattern]) => pattern.test(`${resource} ${path}`))
  const made = maker && annotationOf(plan, resources, maker[1])
  const explained = plan.explanations.find(
    ({ resource: own, field, object }) =>
      object !== undefined && own === of && (path.startsWith(field) || field.startsWith(path) || field === 'conditions')
  )
  const rule = of?.startsWith('ListenerRule ') ? plan.ruleSources.get(of.slice('ListenerRule '.length)) : undefined
  return (
    made ?? (rule ? { object: rule.object, key: rule.path } : explained) ?? { object: `Ingress ${plan.members[0]}` }
  )
}

function lossOf(
  resources: Resources,
  place: Place,
  message: string,
  values: Pick<Finding, 'expected' | 'actual'> = {}
): Finding {
  const named = placeOf(resources, place)
  const position = named && resources.originOf(named.object)?.positionOf(named.path)
  return {
    code: 'MIGRATION_WITHOUT_EQUIVALENT',
    severity: 'warning',
    message,
    ...(place.object !== undefined && { object: place.object }),
    ...(place.key !== undefined && { path: place.key }),
    ...(position && { file: position.file, line: position.line }),
    ...values,
    hint: 'keep the Ingress for it, or do without'
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Annotations that others read of the Ingress, and that nobody will find any more. */
function foreignAnnotations(plan: GroupPlan, resources: Resources): Finding[] {
  return plan.members.flatMap(member => {
    const [namespace, name] = member.split('/') as [string, string]
    const ingress = resources.find('Ingress', name, namespace)
    return Object.keys(ingress?.metadata.annotations ?? {})
      .filter(key => !(key.startsWith(annotationPrefix) || key.startsWith(externalDNSPrefix) || settled.test(key)))
      .map(key =>
        lossOf(
          resources,
          { object: `Ingress ${member}`, key },
          `${key} is not the controller's: whoever reads it of the Ingress has to find it elsewhere`
        )
      )
  })
}

/** What of a group its Gateway cannot be, each with the object, the key and the line that say it. */
export function lossesOf(
  plan: GroupPlan,
  resources: Resources,
  { unsaid }: Migration,
  differences: readonly MoveDifference[]
): Finding[] {
  const reasons = new Map(unsaid.map(({ id, reason }) => [`ListenerRule ${id}`, reason]))
  const unsaidRules = unsaid.map(({ id, reason }) => {
    const { object, path } = plan.ruleSources.get(id) ?? {
      object: `Ingress ${plan.members[0]}`,
      path: 'spec.defaultBackend'
    }
    return lossOf(resources, { object, key: path }, `there is no rule for it: ${reason}`)
  })
  const others = differences
    .filter(({ known, of }) => known === undefined && !reasons.has(of ?? ''))
    .map(difference => {
      const { resource, path, old, new: next } = difference
      const message = `${resource}, ${path}: ${old === undefined ? 'is new' : next === undefined ? (path === 'listener' ? 'has no rule left, and there is none without' : 'has no equivalent') : 'becomes another'}`
      return lossOf(resources, sourceOf(plan, resources, difference), message, {
        ...(old !== undefined && { expected: textOf(old) }),
        ...(next !== undefined && { actual: textOf(next) })
      })
    })
  const all = [...unsaidRules, ...others, ...foreignAnnotations(plan, resources)]
  return [...new Map(all.map(finding => [JSON.stringify(finding), finding])).values()]
}
