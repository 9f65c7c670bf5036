/**
 * Actions as annotations hold them in JSON. The types are those that the controller decodes into (LBC:
 * pkg/ingress/config_types.go), and the checks are its own; what AWS would refuse beyond them passes.
 *
 * @module
 */
import { type GoType, goBool, goInt32, goIntOrString, goString, pointer, slice } from '../go/json.ts'
import { ModelError, withErrorPrefix } from '../model-error.ts'
import type { FixedResponseConfig, RedirectConfig } from '../stack/stack.ts'
import { named, optionalString, struct } from './config-types.ts'

/** A target group of a forward action: a Service's port, or a target group from outside the cluster. */
export interface TargetConfig {
  targetGroupARN?: string
  targetGroupName?: string
  serviceName?: string
  servicePort?: number | string
  weight?: number
}

export interface ForwardActionConfig {
  targetGroups?: TargetConfig[]
  targetGroupStickinessConfig?: { enabled?: boolean; durationSeconds?: number }
}

export interface ActionConfig {
  type: string
  targetGroupARN?: string
  targetGroupName?: string
  fixedResponseConfig?: FixedResponseConfig
  redirectConfig?: RedirectConfig
  forwardConfig?: ForwardActionConfig
}

export const actionType: GoType = struct('Action', {
  type: named('ActionType'),
  targetGroupARN: optionalString,
  targetGroupName: optionalString,
  fixedResponseConfig: pointer(
    struct('FixedResponseActionConfig', {
      contentType: optionalString,
      messageBody: optionalString,
      statusCode: goString
    })
  ),
  redirectConfig: pointer(
    struct('RedirectActionConfig', {
      host: optionalString,
      path: optionalString,
      port: optionalString,
      protocol: optionalString,
      query: optionalString,
      statusCode: goString
    })
  ),
  forwardConfig: pointer(
    struct('ForwardActionConfig', {
      targetGroups: slice(
        struct('TargetGroupTuple', {
          targetGroupARN: optionalString,
          targetGroupName: optionalString,
          serviceName: optionalString,
          servicePort: pointer(goIntOrString),
          weight: pointer(goInt32)
        })
      ),
      targetGroupStickinessConfig: pointer(
        struct('TargetGroupStickinessConfig', { enabled: pointer(goBool), durationSeconds: pointer(goInt32) })
      )
    })
  )
})

/** LBC: TargetGroupTuple.validate. */
function checkTarget({ targetGroupARN, targetGroupName, serviceName, servicePort }: TargetConfig): void {
  const outside = targetGroupARN !== undefined || targetGroupName !== undefined
  if (!outside && serviceName === undefined) {
    throw new ModelError('missing serviceName or targetGroupARN/targetGroupName')
  }
  if (outside && serviceName !== undefined) {
    throw new ModelError('either serviceName or targetGroupARN/targetGroupName can be specified')
  }
  if (serviceName !== undefined && servicePort === undefined) {
    throw new ModelError('missing servicePort')
  }
}

/** LBC: ForwardActionConfig.validate. */
function checkForward({ targetGroups = [] }: ForwardActionConfig): void {
  for (const target of targetGroups) {
    withErrorPrefix('invalid TargetGroupTuple', () => checkTarget(target))
  }
  if (targetGroups.length > 1 && targetGroups.some(({ weight }) => weight === undefined)) {
    throw new ModelError('weight must be set when route to multiple target groups')
  }
}

/** LBC: FixedResponseActionConfig.validate, RedirectActionConfig.validate. */
function checkStatusCode(name: string, config: { statusCode: string } | undefined): void {
  if (!config) {
    throw new ModelError(`missing ${name}`)
  }
  if (config.statusCode === '') {
    throw new ModelError(`invalid ${name}: statusCode is required`)
  }
}

/** LBC: Action.validate. @throws ModelError */
export function checkAction(action: ActionConfig): void {
  const { type, targetGroupARN, targetGroupName, fixedResponseConfig, redirectConfig, forwardConfig } = action
  if (type === 'fixed-response') {
    checkStatusCode('FixedResponseConfig', fixedResponseConfig)
  } else if (type === 'redirect') {
    checkStatusCode('RedirectConfig', redirectConfig)
  } else if (type === 'forward') {
    const simple = targetGroupARN !== undefined || targetGroupName !== undefined
    if (!simple && !forwardConfig) {
      throw new ModelError('missing ForwardConfig or TargetGroupARN/TargetGroupName')
    }
    if (simple && forwardConfig) {
      throw new ModelError('either ForwardConfig or TargetGroupARN/TargetGroupName can be specified')
    }
    if (forwardConfig) {
      withErrorPrefix('invalid ForwardConfig', () => checkForward(forwardConfig))
    }
  } else {
    throw new ModelError(`unknown action type: ${type}`)
  }
}
