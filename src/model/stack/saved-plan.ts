/**
 * A plan that was saved as JSON, by `plan -o json` or from the controller's annotation: whatever stands in the file is held to
 * the shape that the comparison reads.
 *
 * @module
 */

import { misfitsOf, type Schema } from '../../resources/index.ts'
import type { PlanJSON } from './plan-json.ts'
import type { ResourceType } from './stack.ts'

const string = { type: 'string' }
const token = { type: ['string', 'object'], properties: { $ref: string }, required: ['$ref'] }

function mapOf(values: Schema) {
  return { type: 'object', additionalProperties: values }
}

/** Resources by ID whose specs hold these values. */
function resourcesWith(properties: Record<string, Schema> = {}) {
  const spec = { type: 'object', properties, required: Object.keys(properties) }
  return mapOf({ type: 'object', properties: { spec }, required: ['spec'] })
}

const template = {
  type: 'object',
  properties: { spec: { type: 'object', properties: { targetGroupARN: token }, required: ['targetGroupARN'] } },
  required: ['spec']
}

const resources: Record<ResourceType, Schema> = {
  'AWS::EC2::SecurityGroup': resourcesWith(),
  'AWS::ElasticLoadBalancing::LoadBalancer': resourcesWith(),
  'AWS::ElasticLoadBalancingV2::LoadBalancer': resourcesWith(),
  'AWS::ElasticLoadBalancingV2::Listener': resourcesWith({ loadBalancerARN: token }),
  'AWS::ElasticLoadBalancingV2::ListenerRule': resourcesWith({ listenerARN: token }),
  'AWS::ElasticLoadBalancingV2::TargetGroup': resourcesWith(),
  'K8S::ElasticLoadBalancingV2::TargetGroupBinding': resourcesWith({ template }),
  'AWS::WAFv2::WebACLAssociation': resourcesWith({ resourceARN: token }),
  'AWS::WAFRegional::WebACLAssociation': resourcesWith({ resourceARN: token }),
  'AWS::Shield::Protection': resourcesWith({ resourceARN: token }),
  FrontendNLBTargetGroup: mapOf({
    type: 'object',
    properties: { TargetGroups: mapOf({ type: 'object', properties: { ARN: token }, required: ['ARN'] }) },
    required: ['TargetGroups']
  })
}

const stack = {
  type: 'object',
  properties: { id: string, resources: { type: 'object', properties: resources } },
  required: ['id', 'resources']
}

export const savedPlanSchema: Schema = {
  type: 'object',
  properties: { error: string, stack, stacks: mapOf(stack) },
  anyOf: [{ required: ['stack'] }, { required: ['stacks'] }, { required: ['error'] }]
}

/** `stack.resources.AWS::….Listener.80`: where in the file, as it is written there. */
function placeOf(pointer: string): string {
  const steps = pointer.split('/').slice(1)
  return steps.map(step => step.replaceAll('~1', '/').replaceAll('~0', '~')).join('.')
}

/** A place in a saved plan that is not of the shape of one. */
export interface SavedPlanProblem {
  path: string
  message: string
}

/** A saved plan, or everything that keeps it from being one. The annotation dry-run-plan holds the stack alone. */
export function readSavedPlan(saved: unknown): { plan: PlanJSON } | { problems: SavedPlanProblem[] } {
  const isStack = saved !== null && typeof saved === 'object' && 'resources' in saved && !('stack' in saved)
  const plan = isStack ? { stack: saved } : saved
  const misfits = misfitsOf(savedPlanSchema, plan)
  if (misfits.length === 0) {
    return { plan: plan as PlanJSON }
  }
  const problems = misfits.map(({ keyword, instancePath, parentSchema, property }): SavedPlanProblem => {
    const path = placeOf(instancePath)
    const name = path === '' ? 'the file' : path
    if (keyword === 'required' && path === '') {
      return { path, message: 'the file holds no stack of a plan' }
    }
    return keyword === 'required'
      ? { path, message: `${name} has no ${property}` }
      : {
          path,
          message: `${name} must be ${keyword === 'type' ? `of type ${[parentSchema.type].flat().join(' or ')}` : 'a stack'}`
        }
  })
  return {
    problems: problems.filter(({ message }, index) => problems.findIndex(other => other.message === message) === index)
  }
}
