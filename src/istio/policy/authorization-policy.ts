/**
 * The fields of an AuthorizationPolicy (istio.io/api: security/v1 AuthorizationPolicy).
 *
 * @module
 */

export interface Source {
  principals?: string[]
  requestPrincipals?: string[]
  namespaces?: string[]
  serviceAccounts?: string[]
  trustDomains?: string[]
  ipBlocks?: string[]
  remoteIpBlocks?: string[]
  notPrincipals?: string[]
  notRequestPrincipals?: string[]
  notNamespaces?: string[]
  notServiceAccounts?: string[]
  notTrustDomains?: string[]
  notIpBlocks?: string[]
  notRemoteIpBlocks?: string[]
}

export interface Operation {
  hosts?: string[]
  ports?: string[]
  methods?: string[]
  paths?: string[]
  notHosts?: string[]
  notPorts?: string[]
  notMethods?: string[]
  notPaths?: string[]
}

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
