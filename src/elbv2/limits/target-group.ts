/**
 * What AWS refuses in a target group. (API: CreateTargetGroup, Matcher; user guide: "Health checks for your target groups".)
 *
 * @module
 */

import type { HealthCheckConfig, TargetGroupSpec } from '../../model/index.ts'
import { targetGroupAttributes } from '../attributes.ts'
import { attributeViolations } from './attribute.ts'
import { tagViolations } from './tag.ts'
import { below, isWithin, refuse, type Violation } from './violation.ts'

const longestName = 32
const highestPort = 65_535
const longestPath = 1024

const ranges = {
  intervalSeconds: [5, 300],
  timeoutSeconds: [2, 120],
  healthyThresholdCount: [2, 10],
  unhealthyThresholdCount: [2, 10]
} as const

/** The codes that may count as a success, by the matcher that names them. */
interface Codes {
  lowest: number
  highest: number
  example: string
}

/** What differs between the health checks of kinds of load balancers. */
export interface HealthCheckRules {
  protocols: readonly string[]
  /** The highest code of HTTP that may count as a success. */
  highestCode: number
  /** Whether a time-out may be as long as the interval. */
  timeoutFillsInterval: boolean
}

const applicationRules: HealthCheckRules = {
  protocols: ['HTTP', 'HTTPS'],
  highestCode: 499,
  timeoutFillsInterval: false
}

function codesFor({ highestCode }: HealthCheckRules): Record<'httpCode' | 'grpcCode', Codes> {
  return {
    httpCode: {
      lowest: 200,
      highest: highestCode,
      example: `codes such as 200, 200,202 or 200-299, from 200 to ${highestCode}`
    },
    grpcCode: { lowest: 0, highest: 99, example: 'gRPC codes such as 12, 0,12 or 0-99, from 0 to 99' }
  }
}

/** Everything that AWS refuses in a target group of an Application Load Balancer. */
export function targetGroupViolations(spec: TargetGroupSpec): Violation[] {
  return [
    ...targetGroupNameViolations(spec.name),
    ...below(['healthCheckConfig'], healthCheckViolations(spec.healthCheckConfig, applicationRules)),
    ...attributeViolations('targetGroupAttributes', onProblem =>
      targetGroupAttributes(spec.targetGroupAttributes ?? [], onProblem)
    ),
    ...tagViolations(spec.tags)
  ]
}

/** What AWS refuses as the name of a target group of any type; somebody may have written it (LBC: targetGroupName). */
export function targetGroupNameViolations(name: string): Violation[] {
  const place = { limit: 'name', path: ['name'], actual: name } as const
  const [violation] = [
    ...refuse(name.length > longestName, {
      ...place,
      message: `Target group name '${name}' cannot be longer than '${longestName}' characters`,
      expected: `a name of at most ${longestName} characters`
    }),
    ...refuse(!/^[A-Za-z0-9-]+$/.test(name), {
      ...place,
      message: `Target group name '${name}' can only contain characters that are alphanumeric characters or hyphens(-)`,
      expected: 'a name of letters, digits and hyphens'
    }),
    ...refuse(/^-|-$/.test(name), {
      ...place,
      message: `Target group name '${name}' cannot begin or end with '-'`,
      expected: 'a name without a hyphen first or last'
    })
  ]
  return violation ? [violation] : []
}

/** What AWS refuses in a health check. */
export function healthCheckViolations(check: HealthCheckConfig, rules: HealthCheckRules): Violation[] {
  const { protocol, port, path, matcher = {}, intervalSeconds: interval, timeoutSeconds: timeout } = check
  const { protocols } = rules
  return [
    ...refuse(!protocols.includes(protocol), {
      limit: 'health-check',
      path: ['protocol'],
      message: `Health check protocol '${protocol}' must be one of '${protocols.join(', ')}'`,
      expected: `${protocols.slice(0, -1).join(', ')} or ${protocols.at(-1)}`,
      actual: protocol
    }),
    ...refuse(port !== 'traffic-port' && !isWithin(port, 1, highestPort), {
      limit: 'health-check',
      path: ['port'],
      message: `The health check port '${port}' must be 'traffic-port' or between 1 and ${highestPort}`,
      expected: `traffic-port, or a port from 1 to ${highestPort}`,
      actual: String(port)
    }),
    ...refuse(path !== undefined && (!/^\/[!-~]*$/.test(path) || path.length > longestPath), {
      limit: 'health-check',
      path: ['path'],
      message: `The health check path '${path}' must begin with '/' and have at most ${longestPath} visible ASCII characters`,
      expected: `a path that begins with /, of at most ${longestPath} visible ASCII characters`,
      actual: String(path),
      ...(path && /^[!-~]+$/.test(path) && !path.startsWith('/') && { meant: `/${path}` })
    }),
    ...(Object.keys(ranges) as (keyof typeof ranges)[]).flatMap(field => {
      const [lowest, highest] = ranges[field]
      return refuse(!isWithin(check[field], lowest, highest), {
        limit: 'health-check',
        path: [field],
        message: `The health check's ${field} '${check[field]}' must be between ${lowest} and ${highest}`,
        expected: `an integer from ${lowest} to ${highest}`,
        actual: String(check[field]),
        ...(Number.isInteger(check[field]) && { meant: String(Math.min(Math.max(check[field], lowest), highest)) })
      })
    }),
    ...refuse(rules.timeoutFillsInterval ? timeout > interval : timeout >= interval, {
      limit: 'health-check-timeout',
      path: ['timeoutSeconds'],
      message: `Health check timeout '${timeout}' must be smaller than ${rules.timeoutFillsInterval ? 'or equal to ' : ''}the interval '${interval}'`,
      expected: `a time-out ${rules.timeoutFillsInterval ? 'of at most' : 'below'} ${interval}`,
      actual: String(timeout),
      meant: String(rules.timeoutFillsInterval ? interval : interval - 1)
    }),
    ...matcherViolations(matcher, codesFor(rules))
  ]
}

function matcherViolations(
  matcher: NonNullable<HealthCheckConfig['matcher']>,
  codes: Record<'httpCode' | 'grpcCode', Codes>
): Violation[] {
  return (Object.keys(codes) as (keyof typeof codes)[]).flatMap(name => {
    const text = matcher[name]
    const { lowest, highest, example } = codes[name]
    return refuse(text !== undefined && !areCodes(text, lowest, highest), {
      limit: 'health-check',
      path: ['matcher', name],
      message: `The health check's success codes '${text}' must be between ${lowest} and ${highest}`,
      expected: example,
      actual: String(text)
    })
  })
}

/** Whether a text is a list of codes and of ranges of them. */
function areCodes(text: string, lowest: number, highest: number): boolean {
  return text.split(',').every(part => {
    const ends = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part.trim())?.slice(1)
    const [from, to = from] = ends?.map(end => (end === undefined ? undefined : Number(end))) ?? []
    return from !== undefined && to !== undefined && from >= lowest && to <= highest && from <= to
  })
}
