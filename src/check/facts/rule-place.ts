import type { Violation } from '../../elbv2/index.ts'
import { type Action, type Annotation, findService, namespaceOf, readString } from '../../model/index.ts'
import { ownEntry } from '../../own-entry.ts'
import type { Ingress, IngressBackend, KubernetesObject, Path } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { useAnnotation } from './backend.ts'

/** Where a value stands. */
export interface Place {
  object: KubernetesObject
  path: Path
}

/** The place of an annotation. */
export function annotatedPlace({ object, name }: Pick<Annotation<unknown>, 'object' | 'name'>): Place {
  return { object, path: ['metadata', 'annotations', name] }
}

/** The annotation that each part of a login comes from. */
const loginAnnotations: Record<string, string> = {
  onUnauthenticatedRequest: 'auth-on-unauthenticated-request',
  sessionTimeout: 'auth-session-timeout'
}

/** The annotations that an action of that kind may come from, the likeliest first. */
function actionAnnotations(type: Action['type'] | undefined, field: string, name: string): string[] {
  switch (type) {
    case 'authenticate-oidc':
      return [ownEntry(loginAnnotations, field) ?? 'auth-idp-oidc', 'auth-type']
    case 'authenticate-cognito':
      return [ownEntry(loginAnnotations, field) ?? 'auth-idp-cognito', 'auth-type']
    case 'jwt-validation':
      return ['jwt-validation']
    default:
      return [`actions.${name}`]
  }
}

/** Where an action of a backend is written; `path` leads from the list of actions to the value. */
export function actionPlace(
  { resources }: Context,
  ingress: Ingress,
  backend: IngressBackend | undefined,
  actions: readonly Action[],
  [index, , field]: Violation['path']
): Place | undefined {
  const { name = '', port } = backend?.service ?? {}
  const type = actions[Number(index)]?.type
  const isAnnotated = port?.name === useAnnotation
  const service = isAnnotated ? undefined : findService(resources, namespaceOf(ingress), name)
  for (const suffix of actionAnnotations(type, String(field), name)) {
    const annotation = readString(suffix, ...(service ? [service] : []), ingress)
    if (annotation && (isAnnotated || !suffix.startsWith('actions.'))) {
      return annotatedPlace(annotation)
    }
  }
  return undefined
}

/** The texts that the controller makes of a path of an Ingress. */
function patternsOf(path: string): string[] {
  const trimmed = path.replace(/\/$/, '')
  return [path, trimmed, `${trimmed}/*`, path.slice(1)]
}

/** Where a condition of a path is written: the host of its rule, the path itself, or the annotation that adds conditions. */
export function conditionPlace(
  ingress: Ingress,
  path: Path,
  name: string | undefined,
  { path: [, , config], actual, limit }: Violation
): Place | undefined {
  const rule = ingress.spec?.rules?.[path[2] as number]
  const own = rule?.http?.paths?.[path[5] as number]?.path ?? ''
  if (limit !== 'condition') {
    return undefined
  }
  if (config === 'hostHeaderConfig' && rule?.host?.toLowerCase() === actual.toLowerCase()) {
    return { object: ingress, path: [...path.slice(0, 3), 'host'] }
  }
  if (config === 'pathPatternConfig' && patternsOf(own).includes(actual)) {
    return { object: ingress, path: [...path, 'path'] }
  }
  const annotation = readString(`conditions.${name}`, ingress)
  return annotation && annotatedPlace(annotation)
}
