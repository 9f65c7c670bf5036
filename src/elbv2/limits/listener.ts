/**
 * What AWS refuses in a listener. (API: CreateListener.)
 *
 * @module
 */

import type { ListenerSpec } from '../../model/index.ts'
import { nearestName } from '../../nearest-name.ts'
import { listenerAttributes } from '../attributes.ts'
import { isSSLPolicy, sslPolicyNames } from '../ssl-policy.ts'
import { actionViolations } from './action.ts'
import { attributeViolations } from './attribute.ts'
import { tagViolations } from './tag.ts'
import { below, refuse, type Violation } from './violation.ts'

/** Everything that AWS refuses in a listener itself; its rules come apart. */
export function listenerViolations(spec: ListenerSpec): Violation[] {
  const given = (spec.listenerAttributes ?? []).map(({ Key, Value }) => ({ key: Key, value: Value }))
  return [
    ...protocolViolations(spec),
    ...below(['defaultActions'], actionViolations(spec.defaultActions, spec.protocol)),
    ...attributeViolations('listenerAttributes', onProblem => listenerAttributes(given, onProblem)),
    ...tagViolations(spec.tags)
  ]
}

function protocolViolations({ protocol, certificates = [], sslPolicy }: ListenerSpec): Violation[] {
  return [
    ...refuse(protocol !== 'HTTP' && protocol !== 'HTTPS', {
      limit: 'protocol',
      path: ['protocol'],
      message: `Listener protocol '${protocol}' must be one of 'HTTP, HTTPS'`,
      expected: 'HTTP or HTTPS',
      actual: protocol
    }),
    ...refuse(protocol === 'HTTPS' && certificates.length === 0, {
      limit: 'certificate',
      path: ['certificates'],
      message: 'A certificate must be specified for HTTPS listeners',
      expected: 'the ARN of a certificate',
      actual: 'none'
    }),
    ...(protocol === 'HTTPS' && sslPolicy !== undefined ? policyViolations(sslPolicy) : [])
  ]
}

function policyViolations(name: string): Violation[] {
  const nearest = nearestName(name, sslPolicyNames())
  return refuse(!isSSLPolicy(name), {
    limit: 'ssl-policy',
    path: ['sslPolicy'],
    message: `SSL policy '${name}' not found`,
    expected: nearest ?? 'a security policy of AWS, such as ELBSecurityPolicy-TLS13-1-2-2021-06',
    actual: name,
    ...(nearest && { meant: nearest })
  })
}
