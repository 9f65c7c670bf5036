import { annotationPrefix, type KubernetesObject, objectName } from '../../resources/index.ts'
import { annotationPath, type Problem, type Rule } from '../rule.ts'

interface Legacy {
  why: string
  hint: string
  /** The name that takes the same value today; empty where nothing is needed instead. */
  now?: string
}

/**
 * Annotations of former controllers, or of AWS services that are going away, by their names without the prefix, and what to do instead
 * (release notes of aws-alb-ingress-controller 1.0 and of the AWS Load Balancer Controller 2.0).
 */
export const legacyAnnotations: ReadonlyMap<string, Legacy> = new Map([
  ...['waf-acl-id', 'web-acl-id'].map(
    name => [name, { why: 'it names a web ACL of WAF Classic', hint: `use ${annotationPrefix}wafv2-acl-arn` }] as const
  ),
  ...['security-group-inbound-cidrs', 'security-group-inbound-cidr'].map(
    name =>
      [
        name,
        { why: 'no controller reads it any more', hint: `use ${annotationPrefix}inbound-cidrs`, now: 'inbound-cidrs' }
      ] as const
  ),
  [
    'ignore-host-header',
    { why: 'no controller reads it any more', hint: 'remove it; a rule without a host has no host condition', now: '' }
  ],
  [
    'attributes',
    {
      why: 'no controller reads it any more',
      hint: `use ${annotationPrefix}load-balancer-attributes`,
      now: 'load-balancer-attributes'
    }
  ],
  [
    'connection-idle-timeout',
    {
      why: 'no controller reads it any more',
      hint: `set idle_timeout.timeout_seconds in ${annotationPrefix}load-balancer-attributes`
    }
  ],
  [
    'successCodes',
    {
      why: 'no controller reads it any more',
      hint: `use ${annotationPrefix}success-codes`,
      now: 'success-codes'
    }
  ],
  ['port', { why: 'no controller reads it any more', hint: `use ${annotationPrefix}listen-ports` }]
])

/** Today's name for the value; a value that stands under it already is the one that counts. */
function replace(
  { metadata }: KubernetesObject,
  name: string,
  { hint, now }: Legacy
): Pick<Problem, 'hint' | 'changes'> {
  const path = annotationPath(name)
  const next = annotationPrefix + now
  if (now === undefined) {
    return { hint }
  }
  if (now !== '' && metadata.annotations?.[next] !== undefined) {
    return { hint: `remove it: ${next} is set too`, changes: [{ path, remove: true }] }
  }
  return { hint, changes: [now === '' ? { path, remove: true } : { path, rename: next }] }
}

/** An annotation that only former controllers read, or whose service AWS retires. */
export const annotationLegacy: Rule = {
  code: 'ANNOTATION_LEGACY',
  severity: 'warning',
  *find({ resources }) {
    for (const object of [...resources.list('Ingress'), ...resources.list('Service')]) {
      for (const name of Object.keys(object.metadata.annotations ?? {})) {
        const legacy = name.startsWith(annotationPrefix) && legacyAnnotations.get(name.slice(annotationPrefix.length))
        if (!legacy) {
          continue
        }
        yield {
          object,
          path: annotationPath(name),
          message: `${name} of ${objectName(object)} is out of date: ${legacy.why}`,
          actual: name,
          ...replace(object, name, legacy)
        }
      }
    }
  }
}
