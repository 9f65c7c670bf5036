import { formatField } from '../../api-server/index.ts'
import { unknownMembers } from '../../model/index.ts'
import { nearestName } from '../../nearest-name.ts'
import { type KubernetesObject, objectName } from '../../resources/index.ts'
import { annotationPath, type Problem, type Rule } from '../rule.ts'

/** What the lack of a member costs, by the mapping that it would stand in. */
const costs: Record<string, string> = {
  redirectconfig: 'the redirect keeps what the request has there',
  forwardconfig: 'the forward is made without it',
  targetgroups: 'the target group is forwarded to without it'
}

function costOf(path: (string | number)[]): string {
  const parent = path.slice(0, -1).findLast(step => typeof step === 'string')
  return costs[String(parent ?? '').toLowerCase()] ?? 'what it says has no effect'
}

/** The text with another name for one member, where the old name stands in it once. */
function rename(text: string, from: string, to: string): string | undefined {
  const written = JSON.stringify(from)
  return text.split(written).length === 2 ? text.replace(written, JSON.stringify(to)) : undefined
}

function* membersOf(object: KubernetesObject): Generator<Problem> {
  for (const [name, text] of Object.entries(object.metadata.annotations ?? {})) {
    for (const { path, known } of unknownMembers(name, text)) {
      const key = String(path.at(-1))
      const nearest = nearestName(key, known)
      const mended = nearest && rename(text, key, nearest)
      yield {
        object,
        path: annotationPath(name),
        message: `the AWS Load Balancer Controller reads no ${formatField(path)} in ${name} of ${objectName(object)}: it skips it, and ${costOf(path)}`,
        expected: nearest ?? known.join(', '),
        actual: key,
        hint: nearest ? `did you mean ${nearest}?` : `remove it, or say it with ${known.join(', ')}`,
        ...(mended && { changes: [{ path: annotationPath(name), value: mended }] })
      }
    }
  }
}

/** A member of an annotation's JSON that the controller does not know: it skips it without a word. */
export const annotationMember: Rule = {
  code: 'ANNOTATION_KEY_UNKNOWN',
  severity: 'warning',
  *find({ written, resources }) {
    for (const object of [...written, ...resources.list('Service')]) {
      yield* membersOf(object)
    }
  }
}
