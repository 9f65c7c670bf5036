import { objectName } from '../resources/index.ts'
import type { Rule } from './rule.ts'

/** The error names the member that it comes from, where it comes from one (`ingress: ns/name: …`). */
const culpritOf = (error: string, members: string[]): string | undefined =>
  members.find(member => error.includes(`ingress: ${member}: `))

const otherMembers = (members: string[], culprit: string | undefined): string => {
  const others = members.filter(member => member !== culprit)
  return others.length === 0 ? '' : `; the whole group stays as it is, ${others.join(', ')} too`
}

/** What keeps the controller from building a load balancer, in its own words. */
export const planError: Rule = {
  code: 'MODEL_NOT_BUILT',
  severity: 'error',
  *find({ plan, membersOf }) {
    for (const group of plan.groups) {
      const { id, members, error, errorHasEvent } = group
      if (error === undefined) continue
      const culprit = culpritOf(error, members)
      const ingress = membersOf(group)[members.indexOf(culprit ?? members[0] ?? '')]
      if (!ingress) continue
      yield {
        object: ingress,
        path: ['metadata', 'name'],
        message: `the AWS Load Balancer Controller builds nothing for group ${id}: ${error}${otherMembers(members, culprit)}`,
        hint:
          errorHasEvent === false
            ? 'the controller only logs this, without an event on the Ingress'
            : `kubectl describe ${objectName(ingress).replace(' ', '/')} shows it as a FailedBuildModel event`
      }
    }
  }
}
