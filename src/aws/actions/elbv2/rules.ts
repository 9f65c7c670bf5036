/**
 * Rules. (API: CreateRule, DescribeRules, ModifyRule, DeleteRule, SetRulePriorities.)
 *
 * @module
 */

import { ServiceError } from '../../protocol/service-error.ts'
import type * as elbv2 from '../../protocol/shapes/elbv2.ts'
import { listenerOfRule, listenersOf, rulesOf } from '../../state/relations.ts'
import type { LoadBalancer, Rule } from '../../state/state.ts'
import type { Actions } from '../call.ts'
import { checkForwarding, loadBalancerOfRule } from './forwarding.ts'
import { invalid, paged, require, select } from './lookup.ts'
import { checkTransforms, normalActions, normalConditions, tellActions } from './normal-form.ts'
import { requireRoom } from './quota.ts'
import { putTags } from './tags.ts'

/** A rule as DescribeRules has it. */
function describeRule(rule: Rule): elbv2.Rule {
  return { ...rule, Actions: tellActions(rule.Actions) }
}

function priorityInUse(priority: number): ServiceError {
  return new ServiceError('PriorityInUse', `Priority '${priority}' is currently in use`)
}

function requireApplication({ Type }: LoadBalancer): void {
  if (Type !== 'application') {
    throw new ServiceError(
      'InvalidConfigurationRequest',
      `Rules are not supported on load balancers with type '${Type}'`
    )
  }
}

function requireNotDefault({ IsDefault, RuleArn }: Rule, done: string): void {
  if (IsDefault) {
    throw new ServiceError('OperationNotPermitted', `Default rule '${RuleArn}' cannot be ${done}`)
  }
}

type RuleOperations = Pick<
  elbv2.Elbv2Operations,
  'CreateRule' | 'DescribeRules' | 'ModifyRule' | 'DeleteRule' | 'SetRulePriorities'
>

export const ruleActions: Actions<RuleOperations> = {
  CreateRule(input, call) {
    const { Priority, Transforms = [] } = input
    const listener = require(call, 'listeners', input.ListenerArn)
    const loadBalancer = call.find('loadBalancers', listener.LoadBalancerArn)!
    requireApplication(loadBalancer)
    const rule: Rule = {
      RuleArn: `${listener.ListenerArn.replace(':listener/', ':listener-rule/')}/${call.digits(16)}`,
      Priority: String(Priority),
      Conditions: normalConditions(input.Conditions),
      Actions: normalActions(input.Actions),
      IsDefault: false,
      Transforms: checkTransforms(Transforms)
    }
    checkForwarding(call, rule.Actions, { loadBalancer, protocol: listener.Protocol })
    if (rulesOf(call.state, listener.ListenerArn).some(other => other.Priority === rule.Priority)) {
      throw priorityInUse(Priority)
    }
    // Default rules do not count.
    const count = listenersOf(call.state, loadBalancer.LoadBalancerArn)
      .map(({ ListenerArn }) => rulesOf(call.state, ListenerArn).length - 1)
      .reduce((sum, own) => sum + own, 1)
    requireRoom(call, 'rules-per-application-load-balancer', count, {
      code: 'TooManyRules',
      what: `rules on load balancer '${loadBalancer.LoadBalancerArn}'`
    })
    call.put('rules', rule.RuleArn, rule)
    putTags(call, rule.RuleArn, input.Tags)
    return { Rules: [describeRule(rule)] }
  },

  DescribeRules(input, call) {
    const { ListenerArn, RuleArns } = input
    if (ListenerArn !== undefined && RuleArns?.length) {
      throw invalid('Listener ARN and rule ARNs cannot be specified at the same time')
    }
    if (ListenerArn === undefined && !RuleArns?.length) {
      throw invalid('You must specify either listener rule ARNs or a listener ARN')
    }
    const found =
      ListenerArn === undefined
        ? select(call, 'rules', { arns: RuleArns })
        : rulesOf(call.state, require(call, 'listeners', ListenerArn).ListenerArn)
    const { items, marker } = paged(call, found, ({ RuleArn }) => RuleArn, input)
    return { Rules: items.map(describeRule), ...marker }
  },

  ModifyRule(input, call) {
    const { RuleArn, Conditions, Actions, Transforms, ResetTransforms } = input
    const rule = require(call, 'rules', RuleArn)
    requireNotDefault(rule, 'modified')
    if (!Conditions && !Actions && !Transforms && !ResetTransforms) {
      throw invalid('Either conditions or actions must be specified')
    }
    if (ResetTransforms && Transforms && Transforms.length > 0) {
      throw invalid('You cannot specify both Transforms and ResetTransforms')
    }
    const changed: Rule = {
      ...rule,
      ...(Conditions && { Conditions: normalConditions(Conditions) }),
      ...(Actions && { Actions: normalActions(Actions, rule.Actions) }),
      ...(Transforms && { Transforms: checkTransforms(Transforms) }),
      ...(ResetTransforms && { Transforms: [] })
    }
    const { Protocol } = call.find('listeners', listenerOfRule(RuleArn))!
    checkForwarding(call, changed.Actions, { loadBalancer: loadBalancerOfRule(call, RuleArn), protocol: Protocol })
    call.put('rules', RuleArn, changed)
    return { Rules: [describeRule(changed)] }
  },

  DeleteRule({ RuleArn }, call) {
    requireNotDefault(require(call, 'rules', RuleArn), 'deleted')
    call.remove('rules', RuleArn)
    call.remove('tags', RuleArn)
    return {}
  },

  SetRulePriorities({ RulePriorities }, call) {
    const priorities = RulePriorities.map(({ Priority }) => Priority)
    const repeated = priorities.find((priority, index) => priorities.indexOf(priority) !== index)
    if (repeated !== undefined) {
      throw invalid(`Priority '${repeated}' was provided multiple times`)
    }
    const changed = RulePriorities.map(({ RuleArn = '', Priority }) => {
      const rule = require(call, 'rules', RuleArn)
      requireNotDefault(rule, 'given another priority')
      if (Priority === undefined) {
        throw invalid('A priority must be specified')
      }
      return { ...rule, Priority: String(Priority) }
    })
    for (const rule of changed) {
      const isTaken = rulesOf(call.state, listenerOfRule(rule.RuleArn)).some(
        other => other.Priority === rule.Priority && !changed.some(({ RuleArn }) => RuleArn === other.RuleArn)
      )
      if (isTaken) {
        throw priorityInUse(Number(rule.Priority))
      }
    }
    for (const rule of changed) {
      call.put('rules', rule.RuleArn, rule)
    }
    return { Rules: changed.map(describeRule) }
  }
}
