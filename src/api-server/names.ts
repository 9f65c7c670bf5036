/**
 * The names that the API server takes, with what it says of others (Kubernetes: apimachinery/pkg/util/validation).
 *
 * @module
 */

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const subdomain = `${label}(\\.${label})*`
const wildcard = `\\*\\.${subdomain}`
const serviceLabel = '[a-z]([-a-z0-9]*[a-z0-9])?'
const qualified = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'

function regexText(text: string, pattern: string, examples: string[]): string {
  const shown = examples.map(example => `'${example}', `).join(' or ')
  return `${text} (e.g. ${shown}regex used for validation is '${pattern}')`
}

interface NameRule {
  pattern: string
  /** The pattern, of a whole name. */
  form: RegExp
  most: number
  text: string
  examples: string[]
}

function nameRule(rule: Omit<NameRule, 'form'>): NameRule {
  return { ...rule, form: new RegExp(`^(?:${rule.pattern})$`) }
}

/** What is wrong with a name by one of the rules. */
function problems(value: string, { pattern, form, most, text, examples }: NameRule): string[] {
  return [
    ...(value.length > most ? [`must be no more than ${most} characters`] : []),
    ...(form.test(value) ? [] : [regexText(text, pattern, examples)])
  ]
}

const subdomainRule = nameRule({
  pattern: subdomain,
  most: 253,
  text: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  examples: ['example.com']
})

export function subdomainProblems(value: string): string[] {
  return problems(value, subdomainRule)
}

const wildcardRule = nameRule({
  pattern: wildcard,
  most: 253,
  text: "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  examples: ['*.example.com']
})

export function wildcardProblems(value: string): string[] {
  return problems(value, wildcardRule)
}

const labelRule = nameRule({
  pattern: label,
  most: 63,
  text: "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  examples: ['my-name', '123-abc']
})

export function labelProblems(value: string): string[] {
  return problems(value, labelRule)
}

const serviceNameRule = nameRule({
  pattern: serviceLabel,
  most: 63,
  text: "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  examples: ['my-name', 'abc-123']
})

/** Of a Service, whose name may not begin with a digit. */
export function serviceNameProblems(value: string): string[] {
  return problems(value, serviceNameRule)
}

/** The name of a container's or Service's port where something refers to it (RFC 6335). */
export function portNameProblems(value: string): string[] {
  return [
    ...(value.length > 15 ? ['must be no more than 15 characters'] : []),
    ...(/^[-a-z0-9]+$/.test(value) ? [] : ['must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)']),
    ...(/[a-z]/.test(value) ? [] : ['must contain at least one letter (a-z)']),
    ...(value.includes('--') ? ['must not contain consecutive hyphens'] : []),
    ...(/^-|-$/.test(value) ? ['must not begin or end with a hyphen'] : [])
  ]
}

export function portNumberProblems(value: number): string[] {
  return value >= 1 && value <= 65_535 ? [] : ['must be between 1 and 65535, inclusive']
}

const qualifiedRule = nameRule({
  pattern: qualified,
  most: 63,
  text: "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  examples: ['MyName', 'my.name', '123-abc']
})

/** A label's or annotation's key: a name, with or without a domain before it. */
export function qualifiedNameProblems(value: string): string[] {
  const parts = value.split('/')
  if (parts.length > 2) {
    const { text, pattern, examples } = qualifiedRule
    return [
      `a qualified name ${regexText(text, pattern, examples)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`
    ]
  }
  const name = parts.at(-1)!
  const prefix = parts.length === 2 ? parts[0]! : undefined
  return [
    ...(prefix === '' ? ['prefix part must be non-empty'] : []),
    ...(prefix ? subdomainProblems(prefix).map(text => `prefix part ${text}`) : []),
    ...(name === '' ? ['name part must be non-empty'] : []),
    ...problems(name, qualifiedRule).map(text => `name part ${text}`)
  ]
}

const labelValueRule = nameRule({
  pattern: `(${qualified})?`,
  most: 63,
  text: "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  examples: ['MyValue', 'my_value', '12345']
})

export function labelValueProblems(value: string): string[] {
  return problems(value, labelValueRule)
}

/** The name of a kind or an object where it becomes a part of a URL. */
export function pathSegmentProblems(value: string): string[] {
  if (value === '.' || value === '..') {
    return [`may not be '${value}'`]
  }
  return ['/', '%'].filter(part => value.includes(part)).map(part => `may not contain '${part}'`)
}
