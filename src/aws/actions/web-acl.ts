/**
 * Web ACLs of AWS WAF, and of WAF Classic for those that still have one. (API: AssociateWebACL and the like.)
 *
 * @module
 */

import { webACLARNViolations } from '../../elbv2/index.ts'
import { ServiceError } from '../protocol/service-error.ts'
import type { WafRegionalOperations } from '../protocol/shapes/waf-regional.ts'
import type { Wafv2Operations, WebACL as WebACLShape } from '../protocol/shapes/wafv2.ts'
import type { WebACL } from '../state/state.ts'
import type { Actions, Call } from './call.ts'

/** @throws {ServiceError} for what is no application load balancer of the account. */
function requireResource(call: Call, arn: string): void {
  if (call.find('loadBalancers', arn)?.Type === 'application') {
    return
  }
  if (!/^arn:aws[a-z-]*:elasticloadbalancing:[^:]*:[^:]*:loadbalancer\/app\//.test(arn)) {
    throw new ServiceError(
      'WAFInvalidParameterException',
      `Error reason: The ARN isn't valid. A valid ARN begins with arn: and includes other information separated by colons or slashes., field: RESOURCE_ARN, parameter: ${arn}`
    )
  }
  throw nonexistent()
}

function nonexistent(): ServiceError {
  return new ServiceError(
    'WAFNonexistentItemException',
    'AWS WAF couldn’t perform the operation because your resource doesn’t exist.'
  )
}

function requireWebACL(call: Call, arn: string): WebACL {
  const [violation] = webACLARNViolations(arn)
  if (violation) {
    throw new ServiceError(
      'WAFInvalidParameterException',
      `Error reason: The ARN isn't valid. A valid ARN begins with arn: and includes other information separated by colons or slashes., field: WEB_ACL_ARN, parameter: ${arn}`
    )
  }
  const found = call.find('webACLs', arn)
  if (!found) {
    throw nonexistent()
  }
  return found
}

/** A web ACL without its rules, which `aws.yaml` tells in words of its own. */
function describe(call: Call, { name, id, arn }: WebACL): WebACLShape {
  const definition = call.environment.webACLs?.find(one => one.arn === arn)
  return {
    Name: name,
    Id: id,
    ARN: arn,
    DefaultAction: definition?.defaultAction === 'block' ? { Block: {} } : { Allow: {} },
    Description: '',
    Rules: [],
    VisibilityConfig: { SampledRequestsEnabled: false, CloudWatchMetricsEnabled: false, MetricName: name },
    Capacity: 0,
    ManagedByFirewallManager: false,
    LabelNamespace: `awswaf:${call.accountID}:webacl:${name}:`
  }
}

/** AWS WAF. */
export const wafv2Actions: Actions<Wafv2Operations> = {
  GetWebACLForResource({ ResourceArn }, call) {
    requireResource(call, ResourceArn)
    const found = call.find('webACLs', call.find('webACLOf', ResourceArn))
    return found ? { WebACL: describe(call, found) } : {}
  },
  AssociateWebACL({ ResourceArn, WebACLArn }, call) {
    const { arn } = requireWebACL(call, WebACLArn)
    requireResource(call, ResourceArn)
    call.put('webACLOf', ResourceArn, arn)
    return {}
  },
  DisassociateWebACL({ ResourceArn }, call) {
    requireResource(call, ResourceArn)
    call.remove('webACLOf', ResourceArn)
    return {}
  },
  ListWebACLs({ Scope, NextMarker, Limit = 100 }, call) {
    const found = Scope === 'REGIONAL' ? call.all('webACLs') : []
    const code = 'WAFInvalidParameterException'
    const page = call.page(found, ({ arn }) => arn, { token: NextMarker, size: Limit, code })
    return {
      WebACLs: page.items.map(({ name, id, arn }) => ({
        Name: name,
        Id: id,
        ARN: arn,
        Description: '',
        LockToken: '00000000-0000-0000-0000-000000000000'
      })),
      ...(page.next !== undefined && { NextMarker: page.next })
    }
  },
  ListResourcesForWebACL({ WebACLArn, ResourceType = 'APPLICATION_LOAD_BALANCER' }, call) {
    const { arn } = requireWebACL(call, WebACLArn)
    const users = Object.entries(call.state.webACLOf).filter(([, webACL]) => webACL === arn)
    return { ResourceArns: ResourceType === 'APPLICATION_LOAD_BALANCER' ? users.map(([resource]) => resource) : [] }
  }
}

/** WAF Classic. AWS lets nobody make its web ACLs any more and `aws.yaml` lists none: every ID is taken to be there. */
export const wafRegionalActions: Actions<WafRegionalOperations> = {
  GetWebACLForResource({ ResourceArn }, call) {
    requireResource(call, ResourceArn)
    const id = call.find('classicWebACLOf', ResourceArn)
    return id === undefined ? {} : { WebACLSummary: { WebACLId: id, Name: id } }
  },
  AssociateWebACL({ ResourceArn, WebACLId }, call) {
    requireResource(call, ResourceArn)
    call.put('classicWebACLOf', ResourceArn, WebACLId)
    return {}
  },
  DisassociateWebACL({ ResourceArn }, call) {
    requireResource(call, ResourceArn)
    call.remove('classicWebACLOf', ResourceArn)
    return {}
  },
  ListWebACLs: (_input, call) => ({
    WebACLs: [...new Set(Object.values(call.state.classicWebACLOf))].map(id => ({ WebACLId: id, Name: id }))
  })
}
