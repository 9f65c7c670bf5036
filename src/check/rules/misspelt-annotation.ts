import type { KubernetesObject } from '../../resources/index.ts'
import { annotationPath, type Problem } from '../rule.ts'

/** An annotation that nobody reads, and the one that is nearly its name, both in full. */
export interface MisspeltAnnotation {
  name: string
  meant?: string | undefined
  /** It is a name as it stands; of a family's members only the owner knows what else they were for. */
  isWhole: boolean
}

/** What to do about a name that is nearly another, where others of the object may be so too. */
export function correctName(
  { name, meant, isWhole }: MisspeltAnnotation,
  { metadata: { annotations = {} } }: KubernetesObject,
  all: readonly MisspeltAnnotation[]
): Pick<Problem, 'hint' | 'changes'> {
  const path = annotationPath(name)
  if (meant === undefined) {
    return { hint: 'remove it, or look its name up in the docs' }
  }
  if (annotations[meant] !== undefined) {
    return { hint: `remove it: ${meant} is set too`, changes: [{ path, remove: true }] }
  }
  const twins = all.filter(other => other.meant === meant && other.name !== name)
  const different = twins.find(other => annotations[other.name] !== annotations[name])
  if (different) {
    return { hint: `write ${meant} once: ${different.name}, of another value, is nearly that too` }
  }
  const [first] = twins
  if (first && all.findIndex(other => other.name === first.name) < all.findIndex(other => other.name === name)) {
    return { hint: `remove it: ${first.name} is nearly ${meant} too`, changes: [{ path, remove: true }] }
  }
  return { hint: `did you mean ${meant}?`, ...(isWhole && { changes: [{ path, rename: meant }] }) }
}
