import { nearestName } from '../../nearest-name.ts'
import {
  annotationFamilies,
  annotationLevel,
  annotationLevels,
  annotationPrefix,
  objectName
} from '../../resources/index.ts'
import { annotationPath, type Rule } from '../rule.ts'
import { legacyAnnotations } from './annotation-legacy.ts'
import { nginxAnnotations } from './annotation-nginx.ts'
import { correctName, type MisspeltAnnotation } from './misspelt-annotation.ts'
import { unknownServiceAnnotations } from './service-annotation.ts'

/** Prefixes that people write for the controller's; each begins so that it cannot be anything else. */
const mistakenPrefix =
  /^(alb\.ingress\.k8s\.(io|aws)|alb\.kubernetes\.io|alb\.ingress\.kubernetes|ingress\.alb\.kubernetes\.io|aws\.alb\.ingress\.kubernetes\.io|alb\.ingresses?\.kubernetes\.io)\//

/** The known name, as full as the one that was typed. */
function suggest(suffix: string): string | undefined {
  const dot = suffix.indexOf('.')
  const family = [...annotationFamilies.keys()].map(name => name.slice(0, -1))
  if (dot > 0) {
    const nearest = nearestName(suffix.slice(0, dot), family)
    if (nearest) {
      return `${nearest}${suffix.slice(dot)}`
    }
  }
  return wholeNames.get(suffix) ?? nearestName(suffix, annotationLevels.keys())
}

/** Names of which people write the beginning alone. */
const wholeNames: ReadonlyMap<string, string> = new Map([
  ['group', 'group.name'],
  ['group-name', 'group.name'],
  ['order', 'group.order'],
  ['certificate', 'certificate-arn'],
  ['certificates', 'certificate-arn'],
  ['redirect', 'ssl-redirect'],
  ['waf-acl', 'wafv2-acl-arn'],
  ['wafv2-acl', 'wafv2-acl-arn']
])

/** What becomes of the load balancer without the setting, where that is worth a word. */
const costs: ReadonlyMap<string, string> = new Map([
  ['scheme', 'the load balancer stays internal'],
  ['group.name', 'the Ingress gets a load balancer of its own'],
  ['group.order', 'the Ingress has the order 0 in its group'],
  ['target-type', 'the targets are of the default type, instance'],
  ['backend-protocol', 'targets are spoken to in plain HTTP'],
  ['healthcheck-path', 'the health check asks for /'],
  ['healthcheck-port', 'the health check asks the port that traffic goes to'],
  ['healthcheck-protocol', 'the health check speaks what the backend protocol says'],
  ['success-codes', 'the health check takes 200 alone'],
  ['listen-ports', 'the listeners are the default ones'],
  ['ssl-redirect', 'plain HTTP is not redirected'],
  ['certificate-arn', 'the certificate is looked for by the hosts'],
  ['inbound-cidrs', 'the load balancer is open to everybody'],
  ['security-groups', 'the controller makes a security group that is open to everybody'],
  ['wafv2-acl-arn', 'no web ACL guards the load balancer'],
  ['wafv2-acl-name', 'no web ACL guards the load balancer'],
  ['subnets', 'the subnets are found by their tags']
])

/** Labels that stand in the first place of a name for other load balancers. */
const otherFirstLabels = new Set(['nlb', 'elb', 'lb', 'aws'])

/** The prefix of an annotation that is a misspelling of the controller's, label by label. */
function misspeltPrefix(name: string): string | undefined {
  const slash = name.indexOf('/')
  const labels = name.slice(0, Math.max(slash, 0)).split('.')
  const known = annotationPrefix.slice(0, -1).split('.')
  const near =
    labels.length === known.length &&
    !otherFirstLabels.has(labels[0]!) &&
    labels.every((label, index) => label === known[index] || nearestName(label, [known[index]!]) !== undefined)
  return near ? name.slice(0, slash + 1) : undefined
}

/** An annotation that the controller does not read; undefined where it does, or it is somebody else's. */
function misspelt(name: string): MisspeltAnnotation | undefined {
  const prefix = name.startsWith(annotationPrefix)
    ? annotationPrefix
    : (mistakenPrefix.exec(name)?.[0] ?? misspeltPrefix(name))
  if (prefix === undefined) {
    return undefined
  }
  const suffix = name.slice(prefix.length)
  const corrected = annotationLevel(annotationPrefix + suffix) ? suffix : suggest(suffix)
  if (prefix === annotationPrefix && (corrected === suffix || legacyAnnotations.has(suffix))) {
    return undefined
  }
  return {
    name,
    meant: corrected && annotationPrefix + corrected,
    isWhole: corrected !== undefined && annotationLevels.has(corrected)
  }
}

/** An annotation that the controller does not know is ignored without a word. */
export const annotationName: Rule = {
  code: 'ANNOTATION_UNKNOWN',
  severity: 'warning',
  *find(context) {
    const { resources } = context
    yield* unknownServiceAnnotations(context)
    yield* nginxAnnotations(context)
    for (const object of [...resources.list('Ingress'), ...resources.list('Service')]) {
      const all = Object.keys(object.metadata.annotations ?? {}).flatMap(name => misspelt(name) ?? [])
      for (const one of all) {
        const { name, meant } = one
        const isSet = meant !== undefined && object.metadata.annotations?.[meant] !== undefined
        const lost = meant !== undefined && !isSet ? costs.get(meant.slice(annotationPrefix.length)) : undefined
        const cost = lost === undefined ? '' : `, so ${lost}`
        yield {
          object,
          path: annotationPath(name),
          message: `${name} of ${objectName(object)} is no annotation that the AWS Load Balancer Controller reads; it is ignored${cost}`,
          ...(meant && { expected: meant }),
          actual: name,
          ...correctName(one, object, all)
        }
      }
    }
  }
}
