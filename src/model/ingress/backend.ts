import type { Ingress, IngressBackend, Service } from '../../resources/index.ts'
import { readJSON } from '../annotation/parser.ts'
import { findService, getService, namespaceOf } from '../build/cluster-objects.ts'
import { parseIntOrString } from '../go/strconv.ts'
import { ModelError } from '../model-error.ts'
import { type ActionConfig, actionType, checkAction } from './action-config.ts'
import { type AuthenticationConfig, readAuthentication, readTokenValidation } from './authentication.ts'
import type { JwtConfig } from './authentication-config.ts'
import { type ConditionConfig, checkCondition, conditionsType } from './condition-config.ts'
import type { BuildTask } from './task.ts'
import { checkTransform, type TransformConfig, transformsType } from './transform-config.ts'

/** The port name that sends a backend to the annotation `actions.NAME` instead of a Service. */
const useAnnotation = 'use-annotation'

/** A backend of an Ingress with everything that annotations add to it. */
export interface Backend {
  conditions: ConditionConfig[]
  transforms: TransformConfig[]
  action: ActionConfig
  authentication: AuthenticationConfig
  tokenValidation: JwtConfig | undefined
}

function fixed503(messageBody: string): ActionConfig {
  return {
    type: 'fixed-response',
    fixedResponseConfig: { contentType: 'text/plain', messageBody, statusCode: '503' }
  }
}

/** LBC: buildConditions. @throws ModelError */
export function readConditions(ingress: Ingress, name: string): ConditionConfig[] {
  const conditions = readJSON<ConditionConfig[] | undefined>(conditionsType, `conditions.${name}`, ingress)?.value ?? []
  conditions.forEach(checkCondition)
  return conditions
}

function readTransforms(ingress: Ingress, name: string): TransformConfig[] {
  const transforms = readJSON<TransformConfig[] | undefined>(transformsType, `transforms.${name}`, ingress)?.value ?? []
  transforms.forEach(checkTransform)
  return transforms
}

/** The short form of a forward to one target group, written out (LBC: normalizeSimplifiedSchemaForwardAction). */
function expandForward(action: ActionConfig): ActionConfig {
  const { type, targetGroupARN, targetGroupName } = action
  if (type !== 'forward' || (targetGroupARN === undefined && targetGroupName === undefined)) {
    return action
  }
  return {
    type,
    forwardConfig: {
      targetGroups: [
        {
          ...(targetGroupARN !== undefined && { targetGroupARN }),
          ...(targetGroupName !== undefined && { targetGroupName })
        }
      ]
    }
  }
}

/** A port given as text counts as a number where it is one (LBC: normalizeServicePortForBackwardsCompatibility). */
function normalizePorts(action: ActionConfig): ActionConfig {
  if (action.type !== 'forward' || !action.forwardConfig) {
    return action
  }
  const targetGroups = action.forwardConfig.targetGroups?.map(target =>
    target.servicePort === undefined ? target : { ...target, servicePort: parseIntOrString(String(target.servicePort)) }
  )
  return { ...action, forwardConfig: { ...action.forwardConfig, ...(targetGroups && { targetGroups }) } }
}

/** LBC: buildActionViaAnnotation. */
function readAction({ environment }: BuildTask, ingress: Ingress, name: string): ActionConfig {
  const action = readJSON<ActionConfig>(actionType, `actions.${name}`, ingress)?.value
  if (!action) {
    if (environment.controller.tolerateNonExistentBackendAction) {
      return fixed503('Backend action does not exist')
    }
    throw new ModelError(`missing actions.${name} configuration`)
  }
  checkAction(action)
  return normalizePorts(expandForward(action))
}

/** The Services that an action forwards to, by name and once each. */
function serviceNames({ type, forwardConfig }: ActionConfig): string[] {
  return type === 'forward'
    ? [...new Set((forwardConfig?.targetGroups ?? []).flatMap(({ serviceName }) => serviceName ?? []))]
    : []
}

/**
 * Finds the Services of an action. A single one that does not exist turns the action into a fixed 503; where there are
 * several targets it is an error (LBC: loadBackendServices).
 */
function resolveServices(
  { resources, environment }: BuildTask,
  ingress: Ingress,
  action: ActionConfig
): { action: ActionConfig; single?: Service } {
  const namespace = namespaceOf(ingress)
  const names = serviceNames(action)
  const isSingle = action.forwardConfig?.targetGroups?.length === 1 && names.length === 1
  if (isSingle && environment.controller.tolerateNonExistentBackendService) {
    const single = findService(resources, namespace, names[0]!)
    return single ? { action, single } : { action: fixed503('Backend service does not exist') }
  }
  const services = names.map(name => getService(resources, namespace, name))
  return isSingle ? { action, single: services[0]! } : { action }
}

/** Reads a backend with its conditions, transforms, action and authentication (LBC: EnhancedBackendBuilder). @throws ModelError */
export function readBackend(task: BuildTask, ingress: Ingress, { service }: IngressBackend): Backend {
  if (!service) {
    throw new ModelError('missing required "service" field')
  }
  const { name, port = {} } = service
  const conditions = readConditions(ingress, name)
  const transforms = readTransforms(ingress, name)
  const wanted: ActionConfig =
    port.name === useAnnotation
      ? readAction(task, ingress, name)
      : {
          type: 'forward',
          forwardConfig: { targetGroups: [{ serviceName: name, servicePort: port.name || (port.number ?? 0) }] }
        }
  const { action, single } = resolveServices(task, ingress, wanted)
  const authentication = readAuthentication(...(single ? [single, ingress] : [ingress]))
  return { conditions, transforms, action, authentication, tokenValidation: readTokenValidation(ingress) }
}
