import type { LabelSelector } from './kubernetes.ts'

type Requirement = NonNullable<LabelSelector['matchExpressions']>[number]

/** What `labels.NewRequirement` of k8s.io/apimachinery refuses, apart from the spelling of keys and values. */
function requirementError({ operator, values = [] }: Requirement): string | undefined {
  if (!['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(operator)) {
    return `${JSON.stringify(operator)} is not a valid label selector operator`
  }
  if (operator.endsWith('In') && values.length === 0) {
    return `values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty`
  }
  if (!operator.endsWith('In') && values.length > 0) {
    return `values: Invalid value: ${JSON.stringify(values)}: values set must be empty for exists and does not exist`
  }
  return undefined
}

/** What is wrong with a selector, in the words of k8s.io/apimachinery; undefined for a valid one. */
export function selectorError({ matchExpressions = [] }: LabelSelector): string | undefined {
  return matchExpressions.map(requirementError).find(error => error !== undefined)
}

function meets(labels: Record<string, string>, { key, operator, values = [] }: Requirement): boolean {
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

/**
 * Whether labels meet a selector that is valid, as the API server's are; an empty one takes everything
 * (k8s.io/apimachinery: LabelSelectorAsSelector).
 */
export function meetsSelector(labels: Record<string, string>, selector: LabelSelector): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector
  return (
    Object.entries(matchLabels).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value) &&
    matchExpressions.every(requirement => meets(labels, requirement))
  )
}
