/**
 * The fields of an AuthorizationPolicy (istio.io/api: security/v1 AuthorizationPolicy).
 *
 * @module
 */

/** What else stands in a source, the API server takes out of it. */
export const sourceFields = [
  'principals',
  'requestPrincipals',
  'namespaces',
  'serviceAccounts',
  'trustDomains',
  'ipBlocks',
  'remoteIpBlocks',
  'notPrincipals',
  'notRequestPrincipals',
  'notNamespaces',
  'notServiceAccounts',
  'notTrustDomains',
  'notIpBlocks',
  'notRemoteIpBlocks'
] as const

export type Source = { [Field in (typeof sourceFields)[number]]?: string[] }

export const operationFields = [
  'hosts',
  'ports',
  'methods',
  'paths',
  'notHosts',
  'notPorts',
  'notMethods',
  'notPaths'
] as const

export type Operation = { [Field in (typeof operationFields)[number]]?: string[] }

export interface When {
  key: string
  values?: string[]
  notValues?: string[]
}

export interface PolicyRule {
  from?: { source?: Source }[]
  to?: { operation?: Operation }[]
  when?: When[]
}

export interface AuthorizationPolicySpec {
  action?: 'ALLOW' | 'DENY' | 'AUDIT' | 'CUSTOM'
  rules?: PolicyRule[]
  provider?: { name?: string }
}
