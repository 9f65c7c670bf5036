import { getService, namespaceOf } from '../build/cluster-objects.ts'
import { arnOfName } from '../build/task.ts'
import { ModelError } from '../model-error.ts'
import { targetGroupARN } from '../stack/names.ts'
import type { Action, TargetGroupTuple, Token } from '../stack/stack.ts'
import type { ActionConfig, ForwardActionConfig, TargetConfig } from './action-config.ts'
import { buildAuthenticateAction, buildJwtAction } from './authentication.ts'
import type { Backend } from './backend.ts'
import type { Member } from './group/ingress-group.ts'
import type { ListenProtocol } from './listen-ports.ts'
import { buildTargetGroup } from './target-groups.ts'
import type { BuildTask } from './task.ts'

/** What a listener does where no Ingress gives it a default backend. */
export const notFoundAction: Action = {
  type: 'fixed-response',
  fixedResponseConfig: { contentType: 'text/plain', statusCode: '404' }
}

/** LBC: buildSSLRedirectAction. */
export function redirectToHTTPS(port: number): Action {
  return {
    type: 'redirect',
    redirectConfig: { port: String(port), protocol: 'HTTPS', statusCode: 'HTTP_301' }
  }
}

function targetGroupToken(task: BuildTask, member: Member, target: TargetConfig): Token {
  if (target.targetGroupARN !== undefined) {
    return target.targetGroupARN
  }
  if (target.targetGroupName !== undefined) {
    const arn = arnOfName(task, 'targetGroups', target.targetGroupName)
    if (arn === undefined) {
      throw new ModelError(`couldn't find target group with name: ${target.targetGroupName}`)
    }
    return arn
  }
  const service = getService(task.resources, namespaceOf(member.ingress), target.serviceName!)
  return targetGroupARN(buildTargetGroup(task, member, service, target.servicePort!))
}

/** LBC: buildForwardAction. */
function buildForward(task: BuildTask, member: Member, config: ForwardActionConfig): Action {
  const { targetGroups = [], targetGroupStickinessConfig } = config
  const tuples = targetGroups.map(
    (target): TargetGroupTuple => ({
      targetGroupARN: targetGroupToken(task, member, target),
      ...(target.weight !== undefined && { weight: target.weight })
    })
  )
  return {
    type: 'forward',
    forwardConfig: { targetGroups: tuples, ...(targetGroupStickinessConfig && { targetGroupStickinessConfig }) }
  }
}

/** LBC: buildBackendAction. */
function buildBackendAction(task: BuildTask, member: Member, action: ActionConfig): Action {
  const { type, fixedResponseConfig, redirectConfig, forwardConfig } = action
  if (type === 'fixed-response') {
    return { type, fixedResponseConfig: fixedResponseConfig! }
  }
  if (type === 'redirect') {
    return { type, redirectConfig: redirectConfig! }
  }
  return buildForward(task, member, forwardConfig!)
}

/**
 * The actions of a rule or of a listener's default: authentication first, which only HTTPS listeners have, then what the
 * backend asks for (LBC: buildActions).
 *
 * @throws ModelError
 */
export function buildActions(task: BuildTask, protocol: ListenProtocol, member: Member, backend: Backend): Action[] {
  const before: Action[] = []
  if (protocol === 'HTTPS') {
    const authenticate = buildAuthenticateAction(task, member.ingress, backend.authentication)
    const validate = backend.tokenValidation && buildJwtAction(backend.tokenValidation)
    if (authenticate && validate) {
      throw new ModelError("authentication and jwt validation can't both be configured")
    }
    before.push(...[authenticate ?? validate ?? []].flat())
  }
  return [...before, buildBackendAction(task, member, backend.action)]
}
