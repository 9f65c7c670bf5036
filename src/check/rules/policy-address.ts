import ipaddr from 'ipaddr.js'
import { policiesFor, topologyOf } from '../../istio/index.ts'
import { type KubernetesObject, objectName, type Path } from '../../resources/index.ts'
import type { Backend } from '../facts/backend.ts'
import { gatewayBackends, podsOf } from '../facts/gateway-pods.ts'
import type { Problem, Rule } from '../rule.ts'

interface AuthorizationPolicy extends KubernetesObject {
  spec?: {
    rules?: {
      from?: { source?: Record<string, unknown> }[]
      when?: { key?: string; values?: unknown; notValues?: unknown }[]
    }[]
  }
}

/** Ranges that the subnets of a load balancer may be of. */
const privateRanges = new Set(['private', 'carrierGradeNat', 'unspecified', 'loopback', 'linkLocal'])

/** Whether no load balancer has an address in an IPv4 block. */
function isPublic(block: unknown): boolean {
  const [network = '', bits = '32'] = String(block).split('/')
  return (
    ipaddr.IPv4.isValidFourPartDecimal(network) &&
    Number(bits) >= 8 &&
    !privateRanges.has(ipaddr.IPv4.parse(network).range())
  )
}

/** A list of addresses in a policy. */
interface Blocks {
  path: Path
  /** As it is written: `ipBlocks`, or `source.ip` for a condition. */
  key: string
  blocks: string[]
}

/** Keys that are compared with the other end of the connection, with those that are compared with the client. */
const clientKeys: Record<string, string> = {
  ipBlocks: 'remoteIpBlocks',
  notIpBlocks: 'notRemoteIpBlocks',
  'source.ip': 'remote.ip'
}

const addressKeys = [...Object.keys(clientKeys), ...Object.values(clientKeys)]

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

/** The lists of addresses in a policy. */
function* addressesOf({ spec }: AuthorizationPolicy): Generator<Blocks> {
  for (const [ruleIndex, rule] of (spec?.rules ?? []).entries()) {
    for (const [index, { source = {} }] of (rule.from ?? []).entries()) {
      for (const key of addressKeys.filter(one => listOf(source[one]).length > 0)) {
        const path = ['spec', 'rules', ruleIndex, 'from', index, 'source', key]
        yield { path, key, blocks: listOf(source[key]) }
      }
    }
    for (const [index, { key = '', values, notValues }] of (rule.when ?? []).entries()) {
      const blocks = [...listOf(values), ...listOf(notValues)]
      if (addressKeys.includes(key) && blocks.length > 0) {
        yield { path: ['spec', 'rules', ruleIndex, 'when', index, 'key'], key, blocks }
      }
    }
  }
}

/** What a list of public addresses is compared with that is no client's; undefined where it is the client's. */
function problemOf(
  policy: AuthorizationPolicy,
  { path, key, blocks }: Blocks,
  { service, ingress }: Backend,
  { trustedProxies, unknown }: ReturnType<typeof topologyOf>
): Problem | undefined {
  const compares = `${objectName(policy)} compares ${blocks.join(', ')} with`
  const forClients = clientKeys[key]
  if (forClients !== undefined) {
    return {
      object: policy,
      path,
      message: `${compares} the other end of the connection, which behind ${objectName(ingress)} is the load balancer or a node, never the client: no request is from there`,
      expected: forClients,
      actual: key,
      ...(trustedProxies > 0
        ? {
            hint: `use ${forClients}`,
            changes: [key.includes('.') ? { path, value: forClients } : { path, rename: forClients }]
          }
        : { hint: `use ${forClients} with gatewayTopology.numTrustedProxies: 1 in the gateway's proxy config` })
    }
  }
  if (trustedProxies > 0) {
    return undefined
  }
  return {
    object: policy,
    path,
    message: `${compares} the client's address (${key}), which the pods of ${objectName(service)} take from X-Forwarded-For only where they trust the load balancer of ${objectName(ingress)}: ${unknown === undefined ? 'they do not, so that it is' : `whether they do, the objects do not tell (not among them is ${unknown}); otherwise it is`} the load balancer's or a node's for every request`,
    expected: 'numTrustedProxies: 1',
    actual: unknown === undefined ? 'numTrustedProxies: 0' : 'not known',
    hint: "set gatewayTopology.numTrustedProxies: 1 in the gateway's proxy config"
  }
}

/**
 * Behind a load balancer the connection's other end is the load balancer or a node, never the client; the client is in
 * X-Forwarded-For, which `remoteIpBlocks` is compared with where the load balancer is trusted (istio.io: Ingress Access Control).
 * Private blocks may mean the VPC.
 */
export const policyAddress: Rule = {
  code: 'POLICY_SEES_LOAD_BALANCER',
  severity: 'warning',
  *find(context) {
    const seen = new Set<unknown>()
    for (const backend of gatewayBackends(context)) {
      const pods = podsOf(context, backend.service)
      const topology = topologyOf(backend.service, context.resources)
      for (const policy of policiesFor<AuthorizationPolicy>('AuthorizationPolicy', pods, context.resources)) {
        for (const addresses of seen.has(policy) ? [] : addressesOf(policy)) {
          const problem = addresses.blocks.every(isPublic) ? problemOf(policy, addresses, backend, topology) : undefined
          if (problem) {
            yield problem
          }
        }
        seen.add(policy)
      }
    }
  }
}
