import type { Change, Severity } from '../failure.ts'
import type { KubernetesObject, Path } from '../resources/index.ts'
import type { Context } from './context.ts'

/** One place where a rule is broken. */
export interface Problem {
  /** The object to mend, and the path of the key inside it; the runner knows the file and the line. */
  object: KubernetesObject
  path: Path
  /** One sentence with the values in it; names both owners where two things disagree. */
  message: string
  expected?: string
  actual?: string
  /** One thing to do about it. */
  hint: string
  /** The hint as changes of the object, where one thing surely mends it. */
  changes?: Change[]
  /** The object that the changes are of, where that is another. */
  changed?: KubernetesObject
  /** Whether it follows from what another rule tells: predictions have it for their cause, and it is not told itself. */
  follows?: boolean
  /** Where it differs from the rule's. */
  severity?: Severity
}

/** What a followed request or a health check comes to that nobody can want. */
export type PredictionCode =
  | 'HEALTH_CHECK_FAILS'
  | 'HEALTH_CHECK_ASKS_ROUTES'
  | 'TARGET_GIVES_NO_ANSWER'
  | 'TARGET_GROUP_EMPTY'
  | 'PROTOCOL_VERSION_UNFIT'
  | 'GATEWAY_HAS_NO_HOST'
  | 'GATEWAY_HAS_NO_ROUTE'
  | 'GATEWAY_REACHES_NOTHING'
  | 'REDIRECT_LOOP'
  | 'REDIRECT_LEADS_NOWHERE'

/** One kind of mistake. Rules are pure: the same context gives the same problems. */
export interface Rule {
  /** In capitals; the page is `docs/findings/CODE.md`. */
  code: string
  severity: Severity
  /** What follows where it finds something, requests' fate or the controller's error: of that nothing is told beside it. */
  explains?: readonly (PredictionCode | 'MODEL_NOT_BUILT')[]
  find(context: Context): Iterable<Problem>
}

/** The path of an annotation, given its full name. */
export function annotationPath(name: string): Path {
  return ['metadata', 'annotations', name]
}
