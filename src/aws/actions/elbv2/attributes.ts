/**
 * Attributes of load balancers, listeners and target groups: defaults, and what may be set. Their keys and values are those of
 * `elbv2`; what is set is judged there, with everything else.
 *
 * @module
 */

import {
  type AttributeDefinition,
  flag,
  headerPlacement,
  listenerAttributeDefinitions,
  loadBalancerAttributeDefinitions,
  networkListenerAttributeDefinitions,
  networkLoadBalancerAttributeDefinitions,
  networkTargetGroupAttributeDefinitions,
  targetGroupAttributeDefinitions
} from '../../../elbv2/index.ts'
import type { TargetGroupSpec } from '../../../model/index.ts'
import type { Elbv2Operations } from '../../protocol/shapes/elbv2.ts'
import type { Listener, LoadBalancer, TargetGroup } from '../../state/state.ts'
import type { Actions, Call } from '../call.ts'
import { invalid, require } from './lookup.ts'
import { checkStickiness } from './stickiness.ts'

type Definitions = Readonly<Record<string, AttributeDefinition>>

interface KeyValue {
  Key?: string
  Value?: string
}

function loadBalancerDefinitions({ Type }: LoadBalancer): Definitions {
  return Type === 'network' ? networkLoadBalancerAttributeDefinitions : loadBalancerAttributeDefinitions
}

function listenerDefinitions({ Protocol }: Listener): Definitions {
  switch (Protocol) {
    case 'HTTP':
    case 'HTTPS':
      return listenerAttributeDefinitions
    case 'TCP':
      return networkListenerAttributeDefinitions
    default:
      return {}
  }
}

/** What each kind of target group has. */
function targetGroupDefinitions({ TargetType, Protocol = 'TCP' }: TargetGroup): Definitions {
  if (TargetType === 'lambda') {
    return { 'lambda.multi_value_headers.enabled': flag(false) }
  }
  if (Protocol === 'HTTP' || Protocol === 'HTTPS') {
    return targetGroupAttributeDefinitions
  }
  const definitions = networkTargetGroupAttributeDefinitions({
    targetType: TargetType as TargetGroupSpec['targetType'],
    protocol: Protocol as TargetGroupSpec['protocol']
  })
  return TargetType === 'alb'
    ? Object.fromEntries(Object.entries(definitions).filter(([key]) => key.startsWith('target_group_health.')))
    : definitions
}

/** What AWS tells only once it is set: the names and values of headers, and what its documentation does not have. */
function isTold(key: string, definition: AttributeDefinition): boolean {
  return key !== headerPlacement && (!/\.header_(name|value)$/.test(key) || definition.default !== '')
}

/** Every attribute over its default. */
function readAttributes(call: Call, arn: string, definitions: Definitions): { Key: string; Value: string }[] {
  const given = call.find('attributes', arn) ?? {}
  return Object.entries(definitions)
    .filter(([key, definition]) => Object.hasOwn(given, key) || isTold(key, definition))
    .map(([Key, definition]) => ({ Key, Value: given[Key] ?? definition.default }))
}

/** Keys of a load balancer that another type has. */
const everyLoadBalancerKey = new Set([
  ...Object.keys(loadBalancerAttributeDefinitions),
  ...Object.keys(networkLoadBalancerAttributeDefinitions)
])

function writeAttributes(
  call: Call,
  arn: string,
  {
    given,
    definitions,
    words,
    type
  }: { given: readonly KeyValue[]; definitions: Definitions; words: string; type?: string }
): void {
  const keys = given.map(({ Key = '' }) => Key)
  const repeated = keys.find((key, index) => keys.indexOf(key) !== index)
  if (repeated !== undefined) {
    throw invalid(`${words} attribute key '${repeated}' was specified more than once`)
  }
  for (const { Key = '', Value = '' } of given) {
    const definition = Object.hasOwn(definitions, Key) ? definitions[Key] : undefined
    if (!definition) {
      throw invalid(
        type !== undefined && everyLoadBalancerKey.has(Key)
          ? `${words} attribute key '${Key}' is not supported on load balancers with type '${type}'`
          : `${words} attribute key '${Key}' is not recognized`
      )
    }
    if (!definition.allows(Value)) {
      throw invalid(`${words} attribute '${Key}' cannot have the value '${Value}'`)
    }
  }
  const set = Object.fromEntries(given.map(({ Key = '', Value = '' }) => [Key, Value]))
  call.put('attributes', arn, { ...call.find('attributes', arn), ...set })
}

type AttributeOperations = Pick<
  Elbv2Operations,
  | 'DescribeLoadBalancerAttributes'
  | 'ModifyLoadBalancerAttributes'
  | 'DescribeListenerAttributes'
  | 'ModifyListenerAttributes'
  | 'DescribeTargetGroupAttributes'
  | 'ModifyTargetGroupAttributes'
>

export const attributeActions: Actions<AttributeOperations> = {
  DescribeLoadBalancerAttributes({ LoadBalancerArn: arn }, call) {
    const definitions = loadBalancerDefinitions(require(call, 'loadBalancers', arn))
    return { Attributes: readAttributes(call, arn, definitions) }
  },
  ModifyLoadBalancerAttributes({ LoadBalancerArn: arn, Attributes: given }, call) {
    const loadBalancer = require(call, 'loadBalancers', arn)
    const definitions = loadBalancerDefinitions(loadBalancer)
    writeAttributes(call, arn, { given, definitions, words: 'Load balancer', type: loadBalancer.Type })
    return { Attributes: readAttributes(call, arn, definitions) }
  },
  DescribeListenerAttributes({ ListenerArn: arn }, call) {
    return { Attributes: readAttributes(call, arn, listenerDefinitions(require(call, 'listeners', arn))) }
  },
  ModifyListenerAttributes({ ListenerArn: arn, Attributes: given }, call) {
    const definitions = listenerDefinitions(require(call, 'listeners', arn))
    writeAttributes(call, arn, { given, definitions, words: 'Listener' })
    return { Attributes: readAttributes(call, arn, definitions) }
  },
  DescribeTargetGroupAttributes({ TargetGroupArn: arn }, call) {
    return { Attributes: readAttributes(call, arn, targetGroupDefinitions(require(call, 'targetGroups', arn))) }
  },
  ModifyTargetGroupAttributes({ TargetGroupArn: arn, Attributes: given }, call) {
    const targetGroup = require(call, 'targetGroups', arn)
    checkStickiness(targetGroup, given)
    const definitions = targetGroupDefinitions(targetGroup)
    writeAttributes(call, arn, { given, definitions, words: 'Target group' })
    return { Attributes: readAttributes(call, arn, definitions) }
  }
}
