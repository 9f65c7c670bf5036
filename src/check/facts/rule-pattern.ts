import type { RuleCondition } from '../../model/index.ts'

/** What a condition compares, and with what: the patterns of one field, or of one header. */
export interface Patterns {
  /** The field; an http-header condition with the header's name. */
  subject: string
  values: string[]
  /** Regular expressions, which are compared as texts. */
  regexValues: string[]
  /** Whether `*` and `?` stand for other characters. */
  wildcards: boolean
}

function lower(values: string[] = []): string[] {
  return values.map(value => value.toLowerCase())
}

/** The patterns of a condition; hosts and headers are compared without case (User guide: rule condition types). */
export function patternsOf(condition: RuleCondition): Patterns {
  const { field, hostHeaderConfig, pathPatternConfig, httpHeaderConfig, httpRequestMethodConfig } = condition
  switch (field) {
    case 'host-header':
      return {
        subject: field,
        values: lower(hostHeaderConfig?.values),
        regexValues: hostHeaderConfig?.regexValues ?? [],
        wildcards: true
      }
    case 'path-pattern':
      return {
        subject: field,
        values: pathPatternConfig?.values ?? [],
        regexValues: pathPatternConfig?.regexValues ?? [],
        wildcards: true
      }
    case 'http-header':
      return {
        subject: `${field} ${httpHeaderConfig?.httpHeaderName.toLowerCase()}`,
        values: lower(httpHeaderConfig?.values),
        regexValues: httpHeaderConfig?.regexValues ?? [],
        wildcards: true
      }
    case 'http-request-method':
      return { subject: field, values: httpRequestMethodConfig?.values ?? [], regexValues: [], wildcards: false }
    case 'query-string':
      return {
        subject: field,
        values: (condition.queryStringConfig?.values ?? []).map(({ key, value }) =>
          `${key ?? '*'}=${value}`.toLowerCase()
        ),
        regexValues: [],
        wildcards: true
      }
    case 'source-ip':
      return { subject: field, values: condition.sourceIPConfig?.values ?? [], regexValues: [], wildcards: false }
  }
}

/**
 * Whether every text that `inner` matches is matched by `outer` too; `*` stands for any characters, `?` for one. Never says
 * yes wrongly; two patterns of many stars may be told apart although one takes in the other.
 */
export function takesIn(outer: string, inner: string): boolean {
  // Most patterns have no wildcard, or one star at the end.
  const wildcard = outer.search(/[*?]/)
  if (wildcard < 0 || outer === inner) {
    return outer === inner
  }
  if (wildcard === outer.length - 1 && outer.endsWith('*')) {
    return inner.startsWith(outer.slice(0, -1))
  }
  // Reaches: the positions in `outer` from which the rest of `inner` may be matched.
  let reached = new Set([0])
  function skipStars(positions: Iterable<number>): Set<number> {
    const all = new Set(positions)
    for (const position of all) {
      if (outer[position] === '*') {
        all.add(position + 1)
      }
    }
    return all
  }
  reached = skipStars(reached)
  for (const character of inner) {
    const next = new Set<number>()
    for (const position of reached) {
      if (outer[position] === '*') {
        next.add(position)
      } else if (character !== '*' && (outer[position] === '?' || outer[position] === character)) {
        next.add(position + 1)
      }
    }
    reached = skipStars(next)
    if (reached.size === 0) {
      return false
    }
  }
  return reached.has(outer.length)
}

/** Whether whatever meets `inner` meets `outer`, two conditions on the same subject. */
function implies(outer: Patterns, inner: Patterns): boolean {
  function covered(value: string): boolean {
    return outer.values.some(candidate => (outer.wildcards ? takesIn(candidate, value) : candidate === value))
  }
  return (
    inner.values.every(covered) &&
    inner.regexValues.every(value => outer.regexValues.includes(value) || outer.values.includes('*'))
  )
}

/** Whether every request that meets the conditions of one rule meets those of another. */
export function covers(outer: Patterns[], inner: Patterns[]): boolean {
  return outer.every(
    condition =>
      isCatchAll(condition) || inner.some(other => other.subject === condition.subject && implies(condition, other))
  )
}

/** A condition that every request meets: each has a path, and a host. */
function isCatchAll({ subject, values }: Patterns): boolean {
  return (
    (subject === 'path-pattern' && values.some(value => value === '*' || value === '/*')) ||
    (subject === 'host-header' && values.includes('*'))
  )
}
