import type { Gateway } from '../../resources/index.ts'
import { addResource, explain } from '../build/task.ts'
import { parseBool } from '../go/strconv.ts'
import { ModelError } from '../model-error.ts'
import { loadBalancerARN } from '../stack/names.ts'
import type { AddOn } from '../stack/plan.ts'
import { applicationLoadBalancerID } from '../stack/specs.ts'
import type { LoadBalancerSpec } from '../stack/stack.ts'
import { sourceOf } from './configuration/gateway-configuration.ts'
import type { GatewayTask } from './task.ts'

const addOnsOf: Record<LoadBalancerSpec['type'], readonly AddOn[]> = {
  application: ['wafv2', 'shield', 'provisionedcapacity'],
  network: ['provisionedcapacity']
}

/** Annotation in which the controller keeps whether an add-on is on (LBC: generateAddOnKey). */
export function addOnAnnotation(addOn: AddOn): string {
  return `gateway.k8s.aws.addon.${addOn}`
}

/** The add-ons that annotations say were on (LBC: getStoredAddonConfig). A value that is no boolean is none. */
export function storedAddOns({ metadata }: Gateway, type: LoadBalancerSpec['type'] = 'application'): Set<AddOn> {
  const { annotations = {} } = metadata
  return new Set(
    addOnsOf[type].filter(addOn => {
      try {
        return parseBool(annotations[addOnAnnotation(addOn)] ?? '')
      } catch (error) {
        if (error instanceof ModelError) {
          return false
        }
        throw error
      }
    })
  )
}

/** Whether a Gateway that goes is kept until its add-ons are off; of the other controller's add-ons the annotation counts too. */
export function hasActiveAddOns({ own }: Pick<GatewayTask, 'own'>): boolean {
  return storedAddOns(own.gateway).size > 0
}

/**
 * The reserved capacity; 0 takes it away where there was one (LBC: buildProvisionedCapacity). A Gateway that goes has none of
 * its configuration's add-ons.
 */
export function buildCapacity(task: GatewayTask, isGoing: boolean): LoadBalancerSpec['minimumLoadBalancerCapacity'] {
  const { minimumLoadBalancerCapacity } = task.configuration.spec
  const capacityUnits = isGoing ? 0 : (minimumLoadBalancerCapacity?.capacityUnits ?? 0)
  if (capacityUnits === 0 && !storedAddOns(task.own.gateway, task.type).has('provisionedcapacity')) {
    return undefined
  }
  const source = sourceOf(task.configuration, 'minimumLoadBalancerCapacity')
  explain(task, applicationLoadBalancerID, 'minimumLoadBalancerCapacity', capacityUnits, source)
  return { capacityUnits }
}

/** Web ACL and Shield; the off values take away what was on (LBC: buildWAFv2, buildShield). */
export function buildAddOns(task: GatewayTask, isGoing: boolean): void {
  if (task.type === 'network') {
    return
  }
  const { wafV2, shieldConfiguration } = task.configuration.spec
  const resourceARN = loadBalancerARN(applicationLoadBalancerID)
  const active = storedAddOns(task.own.gateway, task.type)
  const webACLARN = isGoing ? '' : (wafV2?.webACL ?? '')
  if (webACLARN !== '' || active.has('wafv2')) {
    addResource(task, 'AWS::WAFv2::WebACLAssociation', applicationLoadBalancerID, { spec: { resourceARN, webACLARN } })
    explain(task, applicationLoadBalancerID, 'webACLARN', webACLARN, sourceOf(task.configuration, 'wafV2'))
  }
  const enabled = !isGoing && (shieldConfiguration?.enabled ?? false)
  if (enabled || active.has('shield')) {
    addResource(task, 'AWS::Shield::Protection', applicationLoadBalancerID, { spec: { resourceARN, enabled } })
    explain(task, applicationLoadBalancerID, 'shield', enabled, sourceOf(task.configuration, 'shieldConfiguration'))
  }
}

/** The add-ons that a stack has on, which the controller writes into annotations. */
export function enabledAddOns({ stack }: Pick<GatewayTask, 'stack'>): AddOn[] {
  const id = applicationLoadBalancerID
  const webACL = stack['AWS::WAFv2::WebACLAssociation']?.[id]?.spec.webACLARN
  const shield = stack['AWS::Shield::Protection']?.[id]?.spec.enabled
  const capacity = stack['AWS::ElasticLoadBalancingV2::LoadBalancer']?.[id]?.spec.minimumLoadBalancerCapacity
  return [
    ...(webACL ? (['wafv2'] as const) : []),
    ...(shield ? (['shield'] as const) : []),
    ...(capacity && capacity.capacityUnits !== 0 ? (['provisionedcapacity'] as const) : [])
  ]
}
