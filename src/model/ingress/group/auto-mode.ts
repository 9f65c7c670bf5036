/**
 * EKS Auto Mode has a controller of its own that AWS runs. It reads Ingresses as the AWS Load Balancer Controller does, but for
 * what AWS documents to differ (EKS user guide: "Create an IngressClass to configure an Application Load Balancer", its tables of
 * changes; "Considerations for load balancing with EKS Auto Mode").
 *
 * @module
 */

import {
  annotationPrefix,
  type Ingress,
  type IngressClassParams,
  type KubernetesObject,
  type Resources
} from '../../../resources/index.ts'

/** `spec.controller` of an IngressClass of EKS Auto Mode. */
export const autoModeController = 'eks.amazonaws.com/alb'

/** API group of its IngressClassParams and TargetGroupBindings. */
export const autoModeGroup = 'eks.amazonaws.com'

/** Its target type where nobody names one; the AWS Load Balancer Controller's is a flag, by default `instance`. */
export const autoModeTargetType = 'ip'

/** Annotations that it does not take, by their suffix, with what AWS documents in their place. */
const autoModeUnsupported: Readonly<Record<string, string>> = {
  'group.name': 'set spec.group.name of the IngressClassParams',
  'waf-acl-id': 'use wafv2-acl-arn',
  'web-acl-id': 'use wafv2-acl-arn',
  'shield-advanced-protection': 'protect the load balancer with AWS Shield outside the cluster',
  'listener-attributes': 'leave the listener as it is by default'
}

/** What of an annotation's value it does not take. */
const autoModeUnsupportedValues: Readonly<Record<string, { value: string; instead: string }>> = {
  'auth-type': { value: 'oidc', instead: 'use auth-type: cognito, or log users in behind the load balancer' }
}

type Selector = Record<string, string[]> | { key: string; values?: string[] }[]

/** IngressClassParams of `eks.amazonaws.com/v1`: other names for what those of `elbv2.k8s.aws` hold. */
interface AutoModeParams extends KubernetesObject {
  spec?: Omit<NonNullable<IngressClassParams['spec']>, 'certificateArn' | 'subnets' | 'listeners'> & {
    certificateARNs?: string[]
    subnets?: { ids?: string[]; matchTags?: Selector; tags?: Selector }
  }
}

/** The parameters of a class of EKS Auto Mode in the form of the AWS Load Balancer Controller's; undefined where there are none. */
export function autoModeParams(resources: Resources, name: string): IngressClassParams | undefined {
  const found = resources.find(`IngressClassParams.${autoModeGroup}`, name) as AutoModeParams | undefined
  if (!found) {
    return undefined
  }
  const { certificateARNs, subnets, ...rest } = found.spec ?? {}
  const tags = subnets?.matchTags ?? subnets?.tags
  return {
    ...found,
    kind: 'IngressClassParams',
    spec: {
      ...rest,
      ...(certificateARNs && { certificateArn: certificateARNs }),
      ...(subnets && { subnets: { ...(subnets.ids && { ids: subnets.ids }), ...(tags && { tags: tagsOf(tags) }) } })
    }
  }
}

function tagsOf(selector: Selector): Record<string, string[]> {
  return Array.isArray(selector) ? Object.fromEntries(selector.map(({ key, values = [] }) => [key, values])) : selector
}

/** The annotations of an Ingress that EKS Auto Mode passes over. */
export function autoModeIgnored(ingress: Ingress): { name: string; instead: string }[] {
  const annotations = ingress.metadata.annotations ?? {}
  return Object.entries(annotations).flatMap(([name, given]) => {
    if (!name.startsWith(annotationPrefix)) {
      return []
    }
    const suffix = name.slice(annotationPrefix.length)
    // A listener's attributes carry its protocol and port in the name: `listener-attributes.HTTPS-443`.
    const key = suffix.startsWith('listener-attributes.') ? 'listener-attributes' : suffix
    const whole = Object.hasOwn(autoModeUnsupported, key) ? autoModeUnsupported[key] : undefined
    const part = Object.hasOwn(autoModeUnsupportedValues, key) ? autoModeUnsupportedValues[key] : undefined
    const instead = whole ?? (part && given.trim() === part.value ? part.instead : undefined)
    return instead === undefined ? [] : [{ name, instead }]
  })
}

/** The Ingress as EKS Auto Mode reads it. */
export function asAutoModeReads(ingress: Ingress): Ingress {
  const ignored = new Set(autoModeIgnored(ingress).map(({ name }) => name))
  if (ignored.size === 0) {
    return ingress
  }
  const annotations = Object.entries(ingress.metadata.annotations ?? {}).filter(([name]) => !ignored.has(name))
  return { ...ingress, metadata: { ...ingress.metadata, annotations: Object.fromEntries(annotations) } }
}
