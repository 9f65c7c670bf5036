import { expect } from '@jest/globals'

/** Lists whose order the controller leaves open: it makes them of maps. */
const unordered: Record<string, string> = {
  'AWS::EC2::SecurityGroup': 'ingress',
  'AWS::ElasticLoadBalancingV2::LoadBalancer': 'loadBalancerAttributes',
  'AWS::ElasticLoadBalancingV2::Listener': 'listenerAttributes',
  'AWS::ElasticLoadBalancingV2::TargetGroup': 'targetGroupAttributes'
}

/** A replacer of JSON.stringify with which equal values become equal texts. */
function withSortedKeys(_key: string, value: unknown): unknown {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)))
    : value
}

/** A list in the order of its entries' JSON. */
export function sortedByJSON<Value>(values: Value[]): Value[] {
  return values.toSorted((left, right) =>
    JSON.stringify(left, withSortedKeys) < JSON.stringify(right, withSortedKeys) ? -1 : 1
  )
}

interface Stack {
  resources: Record<string, Record<string, { spec: Record<string, unknown[] | undefined> }>>
}

/** JSON values as plans compare: key order does not count, and neither does that of the four lists. */
function comparable(output: unknown): unknown {
  const copy = JSON.parse(JSON.stringify(output)) as { stack?: Stack; stacks?: Record<string, Stack> }
  for (const stack of [copy.stack ?? [], ...Object.values(copy.stacks ?? {})].flat()) {
    for (const [type, list] of Object.entries(unordered)) {
      for (const { spec } of Object.values(stack.resources[type] ?? {})) {
        if (spec[list]) {
          spec[list] = sortedByJSON(spec[list])
        }
      }
    }
  }
  return copy
}

/** Expects two outputs of plans to be the same to whoever reads them. */
export function expectSamePlan(output: unknown, expected: unknown): void {
  expect(comparable(output)).toEqual(comparable(expected))
}
