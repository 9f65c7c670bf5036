import type { Condition } from '../../resources/index.ts'

/** A condition as the controller wants it. */
export interface WantedCondition {
  type: string
  status: 'True' | 'False' | 'Unknown'
  reason: string
  message: string
}

/** What a condition is told with: of which generation of the object, and when (RFC 3339). */
export interface Occasion {
  generation: number | undefined
  time: string
}

export function conditionOf(wanted: WantedCondition, { generation, time }: Occasion): Condition {
  return { ...wanted, ...(generation !== undefined && { observedGeneration: generation }), lastTransitionTime: time }
}

/** Whether conditions say the same, in whatever order and since when (LBC: areConditionsIdentical). */
export function areSameConditions(some: readonly Condition[] = [], others: readonly Condition[] = []): boolean {
  return some.length === others.length && others.every(other => some.some(one => isSame(one, other)))
}

function isSame(one: Condition, other: Condition): boolean {
  return (['type', 'status', 'reason', 'message', 'observedGeneration'] as const).every(
    field => (one[field] ?? '') === (other[field] ?? '')
  )
}

/** Conditions with some of them set: each in the place of the one before of its type, or behind all (LBC: prepareGatewayConditionUpdate). */
export function withConditions(
  known: readonly Condition[] = [],
  wanted: readonly WantedCondition[],
  occasion: Occasion
): Condition[] {
  const conditions = [...known]
  for (const each of wanted) {
    const condition = conditionOf(each, occasion)
    const place = conditions.findIndex(({ type }) => type === each.type)
    if (place === -1) {
      conditions.push(condition)
    } else if (!isSame(conditions[place]!, condition)) {
      conditions[place] = condition
    }
  }
  return conditions
}
