import type { Limit, StackViolation, Violation } from '../../elbv2/index.ts'
import type { Change } from '../../failure.ts'
import { stackPlansOf } from '../../model/index.ts'
import {
  annotationLevel,
  annotationPrefix,
  type KubernetesObject,
  objectName,
  type Path
} from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { annotationViolations } from '../facts/annotation-values.ts'
import { refusalsOf } from '../facts/refusals.ts'
import { annotationPath, type Problem, type Rule } from '../rule.ts'
import { certificateLists, untrimmedAddresses } from './in-tree-lists.ts'

/** What other rules of check tell. */
const toldElsewhere = new Set<Limit>([
  'certificate',
  'condition',
  'condition-values',
  'wildcards',
  'target-groups',
  'health-check-timeout'
])

/** Whether the controller reads the annotation on an object of this kind. */
function isRead({ kind }: KubernetesObject, name: string): boolean {
  return kind === 'Ingress' ? annotationLevel(name) !== undefined : annotationLevel(name) === 'service-or-ingress'
}

/** The value with what was meant in the place of what is refused, where that stands in it once. */
function mend(object: KubernetesObject, path: Path, { actual, meant }: Violation): Change[] | undefined {
  const value = path.reduce<unknown>((inner, step) => (inner as Record<string, unknown> | undefined)?.[step], object)
  if (meant === undefined || value === undefined) {
    return undefined
  }
  if (String(value) === actual) {
    return [{ path, value: meant }]
  }
  const parts = typeof value === 'string' ? value.split(actual) : []
  return parts.length === 2 ? [{ path, value: parts.join(meant) }] : undefined
}

/** What comes of several values together: of the object that asks for the load balancer as a whole. */
function toProblemOfWhole(object: KubernetesObject, path: Path, violation: StackViolation): Problem {
  const { type, id, message, expected, actual } = violation
  return {
    object,
    path,
    message: `AWS refuses ${type === 'LoadBalancer' ? 'the load balancer' : `${type} ${id}`} of ${objectName(object)}: ${message}`,
    expected,
    actual,
    hint: `let it be ${expected}`
  }
}

function toProblem(object: KubernetesObject, path: Path, violation: Violation, by = 'controller'): Problem {
  const { message, expected, actual, meant, limit } = violation
  const changes = mend(object, path, violation)
  const isUnknownKey = limit === 'attribute' && meant === undefined && !actual.includes('=')
  const key = path[0] === 'metadata' ? path.at(-1) : path.join('.')
  return {
    object,
    path,
    message: `the ${by} takes ${JSON.stringify(actual)} in ${key} of ${objectName(object)}, and AWS refuses it: ${message}`,
    expected,
    actual,
    hint: isUnknownKey ? `leave ${actual} out` : `set ${meant ?? expected}`,
    ...(changes && { changes })
  }
}

/** What the stacks hold. */
function* planned(context: Context): Generator<Problem> {
  for (const group of stackPlansOf(context.plan)) {
    for (const { object, path, violation } of refusalsOf(context, group)) {
      if (!toldElsewhere.has(violation.limit)) {
        yield path.join('.') === 'metadata.name'
          ? toProblemOfWhole(object, path, violation)
          : toProblem(object, path, violation, group.kind === 'Service' ? group.by : undefined)
      }
    }
  }
}

/** What annotations say besides. */
function* annotated({ written, backends }: Context): Generator<Problem> {
  for (const object of new Set<KubernetesObject>([...written, ...backends.map(({ service }) => service)])) {
    for (const [name, value] of Object.entries(object.metadata.annotations ?? {})) {
      if (!name.startsWith(annotationPrefix) || !isRead(object, name)) {
        continue
      }
      for (const violation of annotationViolations(name, value)) {
        yield toProblem(object, annotationPath(name), violation)
      }
    }
  }
}

/** A value that the controller passes on and AWS refuses: a FailedDeployModel event, minutes later. */
export const annotationValue: Rule = {
  code: 'ANNOTATION_VALUE_REFUSED',
  severity: 'error',
  *find(context) {
    const told = new Set<string>()
    for (const problem of [
      ...planned(context),
      ...annotated(context),
      ...certificateLists(context),
      ...untrimmedAddresses(context)
    ]) {
      const identity = JSON.stringify([objectName(problem.object), problem.path, problem.actual])
      if (!told.has(identity)) {
        told.add(identity)
        yield problem
      }
    }
  }
}
