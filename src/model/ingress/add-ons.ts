import { readBool, readString } from '../annotation/parser.ts'
import type { Setting } from '../build/setting.ts'
import { addResource, arnOfName, explain, fromAnnotation } from '../build/task.ts'
import { formatSlice, sortedStrings } from '../go/format.ts'
import { ModelError } from '../model-error.ts'
import { loadBalancerARN } from '../stack/names.ts'
import { applicationLoadBalancerID } from '../stack/specs.ts'
import type { Member } from './group/ingress-group.ts'
import { collectSettings } from './group/setting.ts'
import type { BuildTask } from './task.ts'

/** The value that takes an association away. */
const none = 'none'

/**
 * What members say of a web ACL's name or ARN: each its IngressClassParams, else its annotation. Of the annotations only an
 * ARN counts where it is empty: it is an association with nothing.
 */
function collectWebACL(
  members: Member[],
  suffix: 'wafv2-acl-arn' | 'wafv2-acl-name',
  field: 'wafv2AclArn' | 'wafv2AclName'
): Setting<string>[] {
  return collectSettings(members, suffix, spec => spec?.[field] || undefined, `spec.${field}`)
}

/** The one value among some settings. @throws ModelError naming them all where there are several. */
function exclusive(settings: Setting<string>[], what: string): Setting<string> | undefined {
  const values = sortedStrings(settings.map(({ value }) => value))
  if (values.length > 1) {
    throw new ModelError(`conflicting ${what}: ${formatSlice(values)}`)
  }
  return settings[0]
}

/** A name beats every ARN, of whatever member (LBC: buildWAFv2WebACLAssociation). */
function chooseWebACL(task: BuildTask): Setting<string> | undefined {
  const { members } = task.group
  const names = collectWebACL(members, 'wafv2-acl-name', 'wafv2AclName').filter(({ value }) => value !== '')
  const name = exclusive(names, 'WAFv2 WebACL names')
  if (!name) {
    return exclusive(collectWebACL(members, 'wafv2-acl-arn', 'wafv2AclArn'), 'WAFv2 WebACL ARNs')
  }
  if (name.value === none) {
    return name
  }
  const arn = arnOfName(task, 'webACLs', name.value)
  if (arn === undefined) {
    throw new ModelError(`couldn't find WAFv2 WebACL with name: ${name.value}`)
  }
  return { value: arn, source: name.source }
}

/** LBC: buildWAFRegionalWebACLAssociation. The older of the two annotation names counts only where the newer is absent. */
function chooseClassicWebACL({ group }: BuildTask): Setting<string> | undefined {
  return exclusive(
    group.members.flatMap(({ ingress }) => {
      const annotation = readString('waf-acl-id', ingress) ?? readString('web-acl-id', ingress)
      return annotation?.value ? [{ value: annotation.value, source: fromAnnotation(annotation) }] : []
    }),
    'WAFClassic WebACL IDs'
  )
}

/** LBC: buildShieldProtection. */
function chooseProtection({ group }: BuildTask): Setting<boolean> | undefined {
  const settings = group.members.flatMap(({ ingress }) => {
    const annotation = readBool('shield-advanced-protection', ingress)
    return annotation ? [{ value: annotation.value, source: fromAnnotation(annotation) }] : []
  })
  if (new Set(settings.map(({ value }) => value)).size > 1) {
    throw new ModelError('conflicting enable shield advanced protection')
  }
  return settings[0]
}

function unlessNone(value: string): string {
  return value === none ? '' : value
}

/**
 * Builds what is associated with the load balancer: web ACLs and Shield (LBC: buildLoadBalancerAddOns). An association with
 * nothing takes away one that is there; no resource leaves it alone.
 *
 * @throws ModelError
 */
export function buildAddOns(task: BuildTask): void {
  const resourceARN = loadBalancerARN(applicationLoadBalancerID)
  const webACL = chooseWebACL(task)
  if (webACL) {
    const webACLARN = unlessNone(webACL.value)
    addResource(task, 'AWS::WAFv2::WebACLAssociation', applicationLoadBalancerID, { spec: { resourceARN, webACLARN } })
    explain(task, applicationLoadBalancerID, 'webACLARN', webACLARN, webACL.source)
  }
  const classic = chooseClassicWebACL(task)
  if (classic) {
    const webACLID = unlessNone(classic.value)
    addResource(task, 'AWS::WAFRegional::WebACLAssociation', applicationLoadBalancerID, {
      spec: { resourceARN, webACLID }
    })
    explain(task, applicationLoadBalancerID, 'webACLID', webACLID, classic.source)
  }
  const protection = chooseProtection(task)
  if (protection) {
    addResource(task, 'AWS::Shield::Protection', applicationLoadBalancerID, {
      spec: { resourceARN, enabled: protection.value }
    })
    explain(task, applicationLoadBalancerID, 'shield', protection.value, protection.source)
  }
}
