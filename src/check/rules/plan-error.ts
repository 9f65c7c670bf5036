import { namespaceOf } from '../../model/index.ts'
import type { Ingress } from '../../resources/index.ts'
import type { Backend } from '../facts/backend.ts'
import { annotationPath, type Problem, type Rule } from '../rule.ts'

/** The error names the member that it comes from, where it comes from one (`ingress: ns/name: …`). */
function culpritOf(error: string, members: string[]): string | undefined {
  return members.find(member => error.includes(`ingress: ${member}: `))
}

function otherMembers(members: string[], culprit: string | undefined): string {
  const others = members.filter(member => member !== culprit)
  return others.length === 0 ? '' : `; the whole group stays as it is, ${others.join(', ')} too`
}

/** Where the annotation that the error names stands: on the Ingress, or on a Service that it sends to. */
function placeOf(error: string, ingress: Ingress, backends: Backend[]): Pick<Problem, 'object' | 'path'> {
  const name = /alb\.ingress\.kubernetes\.io\/[\w.-]+/.exec(error)?.[0]
  const services = backends.filter(backend => backend.ingress === ingress).map(({ service }) => service)
  // For a target group's setting the Service's is the one that counts.
  const object = [...services, ingress].find(({ metadata }) => name && metadata.annotations?.[name] !== undefined)
  return object ? { object, path: annotationPath(name!) } : { object: ingress, path: ['metadata', 'name'] }
}

/** What keeps the controller from building a load balancer, in its own words. */
export const planError: Rule = {
  code: 'MODEL_NOT_BUILT',
  severity: 'error',
  *find({ plan, backends, membersOf }) {
    for (const group of plan.groups) {
      const { id, members, error, errorHasEvent } = group
      if (error === undefined) {
        continue
      }
      const culprit = culpritOf(error, members)
      const ingress = membersOf(group)[members.indexOf(culprit ?? members[0] ?? '')]
      if (!ingress) {
        continue
      }
      yield {
        ...placeOf(error, ingress, backends),
        message: `the AWS Load Balancer Controller builds nothing for group ${id}: ${error}${otherMembers(members, culprit)}`,
        hint:
          errorHasEvent === false
            ? 'the controller only logs this, without an event on the Ingress'
            : `kubectl describe ingress ${ingress.metadata.name} --namespace ${namespaceOf(ingress)} shows it as a FailedBuildModel event`
      }
    }
  }
}
