import ipaddr from 'ipaddr.js'
import { policiesFor } from '../../istio/index.ts'
import { type KubernetesObject, objectName, type Path } from '../../resources/index.ts'
import { gatewayBackends, podsOf } from '../facts/gateway-pods.ts'
import { proxiesOf, proxySetting } from '../facts/proxy-config.ts'
import type { Rule } from '../rule.ts'

interface AuthorizationPolicy extends KubernetesObject {
  spec?: { rules?: { from?: { source?: Record<string, unknown> }[]; when?: { key?: string }[] }[] }
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

/** The lists of addresses in a policy that are compared with the other end of the connection. */
function* peerBlocks({ spec }: AuthorizationPolicy): Generator<{ path: Path; key: string; blocks: unknown[] }> {
  for (const [ruleIndex, rule] of (spec?.rules ?? []).entries()) {
    for (const [index, { source }] of (rule.from ?? []).entries()) {
      for (const key of ['ipBlocks', 'notIpBlocks']) {
        const blocks = source?.[key]
        if (Array.isArray(blocks)) {
          yield { path: ['spec', 'rules', ruleIndex, 'from', index, 'source', key], key, blocks }
        }
      }
    }
  }
}

const remoteKeys: Record<string, string> = { ipBlocks: 'remoteIpBlocks', notIpBlocks: 'notRemoteIpBlocks' }

/**
 * Behind a load balancer the connection's other end is the load balancer or a node, never the client; the client is in
 * X-Forwarded-For, which `remoteIpBlocks` is compared with (istio.io: Ingress Access Control). Private blocks may mean the VPC.
 */
export const policyAddress: Rule = {
  code: 'POLICY_SEES_LOAD_BALANCER',
  severity: 'warning',
  *find(context) {
    const seen = new Set<unknown>()
    for (const { service, ingress } of gatewayBackends(context)) {
      const pods = podsOf(context, service)
      const proxies = proxiesOf(context, service)
      const trusted = proxies && proxySetting(proxies, config => config.gatewayTopology?.numTrustedProxies)
      const trusts = (trusted?.value ?? 0) > 0
      for (const policy of policiesFor<AuthorizationPolicy>('AuthorizationPolicy', pods, context.resources)) {
        for (const { path, key, blocks } of seen.has(policy) ? [] : peerBlocks(policy)) {
          if (blocks.length === 0 || !blocks.every(isPublic)) {
            continue
          }
          yield {
            object: policy,
            path,
            message: `${objectName(policy)} compares ${blocks.join(', ')} with the other end of the connection, which behind ${objectName(ingress)} is the load balancer or a node, never the client: no request is from there`,
            expected: remoteKeys[key]!,
            actual: key,
            hint: trusts
              ? `use ${remoteKeys[key]}`
              : `use ${remoteKeys[key]} with gatewayTopology.numTrustedProxies: 1 in the gateway's proxy config`,
            ...(trusts && { changes: [{ path, rename: remoteKeys[key]! }] })
          }
        }
        seen.add(policy)
      }
    }
  }
}
