import type { LabelSelector } from '../resources/index.ts'
import { quote } from './go/strconv.ts'
import { ModelError } from './model-error.ts'

type Requirement = NonNullable<LabelSelector['matchExpressions']>[number]

/** Refuses what `labels.NewRequirement` of k8s.io/apimachinery refuses, apart from the spelling of keys and values. */
function checkRequirement({ operator, values = [] }: Requirement): void {
  if (!['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(operator)) {
    throw new ModelError(`${quote(operator)} is not a valid label selector operator`)
  }
  if (operator.endsWith('In') && values.length === 0) {
    throw new ModelError(`values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty`)
  }
  if (!operator.endsWith('In') && values.length > 0) {
    throw new ModelError(
      `values: Invalid value: ${JSON.stringify(values)}: values set must be empty for exists and does not exist`
    )
  }
}

/**
 * Whether labels meet a selector that was found valid, as the API server's are; an empty one takes everything.
 * (k8s.io/apimachinery: LabelSelectorAsSelector.)
 */
export function meetsSelector(labels: Record<string, string>, selector: LabelSelector): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector
  function meets({ key, operator, values = [] }: Requirement): boolean {
    const present = Object.hasOwn(labels, key)
    if (operator === 'Exists') {
      return present
    }
    if (operator === 'DoesNotExist') {
      return !present
    }
    const included = present && values.includes(labels[key]!)
    return operator === 'NotIn' ? !included : included
  }
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value) && matchExpressions.every(meets)
}

/** {@link meetsSelector}, of a selector that may be invalid. @throws ModelError */
export function matchesSelector(labels: Record<string, string>, selector: LabelSelector): boolean {
  for (const requirement of selector.matchExpressions ?? []) {
    checkRequirement(requirement)
  }
  return meetsSelector(labels, selector)
}
