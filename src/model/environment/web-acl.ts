/** The part of a request that a statement looks at. */
export type WebACLField = 'uriPath' | 'queryString' | 'method' | { header: string }

/** What a rule of a web ACL looks for: exactly one of the members. */
export interface WebACLStatement {
  byteMatch?: {
    field: WebACLField
    position: 'exactly' | 'startsWith' | 'endsWith' | 'contains'
    value: string
    /** Compare in lower case; default false. */
    lowercase?: boolean
  }
  regexMatch?: { field: WebACLField; regex: string }
  /** CIDR blocks that the client's address lies in. */
  ipSet?: string[]
  and?: WebACLStatement[]
  or?: WebACLStatement[]
  not?: WebACLStatement
}

export interface WebACLRule {
  name: string
  action: 'allow' | 'block' | 'count'
  statement: WebACLStatement
}

/** What a web ACL does, as far as `aws.yaml` says so. */
export interface WebACLDefinition {
  /** What becomes of requests that no rule decides on; default `allow`. */
  defaultAction?: 'allow' | 'block'
  /** In the order of their priorities; default none. */
  rules?: WebACLRule[]
  /** Whether WAF cannot be reached, to see what fail-open is worth; default false. */
  unavailable?: boolean
}
