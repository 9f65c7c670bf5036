import {
  certificateARNViolations,
  partViolations,
  targetGroupARNViolations,
  type Violation,
  webACLARNViolations
} from '../../elbv2/index.ts'
import type { Action } from '../../model/index.ts'
import { annotationPrefix } from '../../resources/index.ts'
import { parseAction } from './backend.ts'

/** Reads a value; a text that the controller itself refuses is not told here again. */
type Reader = (value: string) => Violation[]

/** What stands for the listener's protocol where an action is not yet of any listener. */
const noListener = ''

function listOf(reader: Reader): Reader {
  return value =>
    value
      .split(',')
      .map(item => item.trim())
      .filter(item => item !== '')
      .flatMap(reader)
}

const webACL: Reader = value => (value === 'none' || value === '' ? [] : webACLARNViolations(value))

/** A login with that one setting. */
function login(setting: object): Violation[] {
  const action = { type: 'authenticate-oidc', authenticateOIDCConfig: setting }
  return partViolations(action as Action, noListener)
}

const sessionTimeout: Reader = value => (/^-?\d+$/.test(value) ? login({ sessionTimeout: Number(value) }) : [])

/** An action whose texts are texts: of another one the controller builds nothing. */
const action: Reader = text => {
  const { redirectConfig, fixedResponseConfig } = (parseAction(text) ?? {}) as Record<string, unknown>
  const parts = Object.entries({ redirectConfig, fixedResponseConfig }).filter(
    ([, config]) =>
      typeof config === 'object' &&
      config !== null &&
      'statusCode' in config &&
      Object.values(config).every(value => typeof value === 'string')
  )
  return [...partViolations(Object.fromEntries(parts) as unknown as Action, noListener), ...targetGroupARNs(text)]
}

/** The ARN of a target group in a forward of one, whose name Go's decoder takes in any case. */
function targetGroupARNs(text: string): Violation[] {
  const arn = Object.entries(parseAction(text) ?? {}).find(([key]) => key.toLowerCase() === 'targetgrouparn')?.[1]
  return typeof arn === 'string' ? targetGroupARNViolations(arn) : []
}

/** By the annotation's name without the prefix. */
const readers = new Map<string, Reader>([
  ['certificate-arn', listOf(certificateARNViolations)],
  ['wafv2-acl-arn', webACL],
  ['auth-on-unauthenticated-request', value => login({ onUnauthenticatedRequest: value })],
  ['auth-session-timeout', sessionTimeout]
])

/**
 * What AWS would refuse of an annotation whose value the stack need not hold: an action that no backend asks for, a login that
 * is not turned on, and names of other services' things, which no load balancer that runs refuses.
 */
export function annotationViolations(name: string, value: string): Violation[] {
  const suffix = name.slice(annotationPrefix.length)
  return suffix.startsWith('actions.') ? action(value) : (readers.get(suffix)?.(value) ?? [])
}
