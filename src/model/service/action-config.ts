/**
 * Weighted target groups as annotations of Services hold them in JSON (LBC: pkg/service/config_types.go).
 *
 * @module
 */
import { type GoType, goBool, goInt32, goIntOrString, goString, pointer, slice } from '../go/json.ts'
import { ModelError, withErrorPrefix } from '../model-error.ts'

const maxWeight = 999

/** A target group beside the Service's own: another Service's port, or a target group from outside the cluster. */
export interface TargetConfig {
  targetGroupARN?: string
  serviceName?: string
  servicePort?: number | string
  /** Whether a TLS listener hands the bytes on in clear. */
  decrypt?: boolean
  weight?: number
}

export interface ForwardConfig {
  baseServiceWeight?: number
  targetGroups?: TargetConfig[]
  targetGroupStickinessConfig?: { enabled?: boolean }
}

export interface ActionConfig {
  type: string
  forwardConfig?: ForwardConfig
}

function struct(name: string, fields: Record<string, GoType>): GoType {
  return { kind: 'struct', name, package: 'service', fields }
}

/** What the controller decodes the annotation into. */
export const actionType: GoType = struct('Action', {
  type: { kind: 'string', name: 'service.ActionType' },
  forwardConfig: pointer(
    struct('ForwardActionConfig', {
      baseServiceWeight: pointer(goInt32),
      targetGroups: slice(
        struct('TargetGroupTuple', {
          targetGroupARN: pointer(goString),
          serviceName: pointer(goString),
          servicePort: pointer(goIntOrString),
          decrypt: pointer(goBool),
          weight: pointer(goInt32)
        })
      ),
      targetGroupStickinessConfig: pointer(struct('TargetGroupStickinessConfig', { enabled: pointer(goBool) }))
    })
  )
})

/** LBC: TargetGroupTuple.validate. */
function checkTarget({ targetGroupARN, serviceName, servicePort, weight }: TargetConfig): void {
  if ((targetGroupARN === undefined) === (serviceName === undefined)) {
    throw new ModelError('precisely one of targetGroupARN and serviceName can be specified')
  }
  if (serviceName !== undefined && servicePort === undefined) {
    throw new ModelError('missing servicePort')
  }
  if (weight !== undefined && (weight < 0 || weight > maxWeight)) {
    throw new ModelError(`target group weight must be between 0 and ${maxWeight}`)
  }
}

/** LBC: ForwardActionConfig.validate. */
function checkForward({ targetGroups = [] }: ForwardConfig): void {
  for (const target of targetGroups) {
    withErrorPrefix('invalid TargetGroupTuple', () => checkTarget(target))
  }
  if (targetGroups.length > 1 && targetGroups.some(({ weight }) => weight === undefined)) {
    throw new ModelError('weight must be set when routing to multiple target groups')
  }
}

/** LBC: Action.validate. @throws ModelError */
export function checkAction({ type, forwardConfig }: ActionConfig): void {
  if (type !== 'forward') {
    throw new ModelError(`unknown action type: ${type}`)
  }
  if (forwardConfig) {
    withErrorPrefix('invalid ForwardConfig', () => checkForward(forwardConfig))
  }
}
