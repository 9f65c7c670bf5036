import type { Coverage, NotLookedAt } from '../check/index.ts'
import type { Finding, Severity } from '../failure.ts'

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function describeObject({ object, reason, file, line }: NotLookedAt): string {
  return `not looked at: ${object}${file === undefined ? '' : ` (${file}:${line})`}, because ${reason}\n`
}

/** The objects with a part in the edge that were not looked at, a line each. */
export function describeNotLookedAt({ notLookedAt }: Coverage): string {
  return notLookedAt
    .filter(({ ofKind }) => !ofKind)
    .map(describeObject)
    .join('')
}

/** What was not looked at, a line each, and one line that sums the check up. */
export function describeCoverage(
  { lookedAt, notLookedAt, unasked }: Coverage,
  findings: readonly Finding[],
  assumptions: number
): string {
  const severities: Severity[] = ['error', 'warning', 'info']
  const found = severities.flatMap(severity => {
    const count = findings.filter(finding => finding.severity === severity).length
    return count === 0 ? [] : [severity === 'info' ? `${count} info` : counted(count, severity)]
  })
  // Nothing was found is no good news where nothing was looked at.
  const nothing = lookedAt === 0 ? 'nothing was checked' : 'no findings'
  const parts = [
    `looked at ${counted(lookedAt, 'object')}`,
    found.length > 0 ? found.join(', ') : nothing,
    ...(unasked && lookedAt > 0 ? ['nothing asks for a load balancer, so no request was followed'] : []),
    ...(assumptions > 0 ? [counted(assumptions, 'assumption')] : []),
    ...(notLookedAt.length > 0 ? [`not looked at: ${notLookedAt.map(({ object }) => object).join(', ')}`] : [])
  ]
  return `${notLookedAt.map(describeObject).join('')}${parts.join('; ')}\n`
}
