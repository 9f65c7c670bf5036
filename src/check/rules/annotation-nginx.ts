import { annotationName, objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { annotationPath, type Problem } from '../rule.ts'

const nginxPrefix = 'nginx.ingress.kubernetes.io/'

function setting(suffix: string, value: string): string {
  return `set ${annotationName(suffix)}: ${value}`
}

/** What does the same on an Application Load Balancer, by the name of ingress-nginx without its prefix. */
const counterparts: ReadonlyMap<string, string> = new Map([
  ['rewrite-target', `set ${annotationName('transforms.SERVICE')} with a url-rewrite`],
  ['use-regex', setting('use-regex-path-match', '"true"')],
  ['ssl-redirect', setting('ssl-redirect', '"443"')],
  ['force-ssl-redirect', setting('ssl-redirect', '"443"')],
  ['permanent-redirect', `set ${annotationName('actions.NAME')} with a redirect, and send to it`],
  ['backend-protocol', setting('backend-protocol', 'HTTP or HTTPS')],
  ['whitelist-source-range', `set ${annotationName('inbound-cidrs')}`],
  ['allowlist-source-range', `set ${annotationName('inbound-cidrs')}`],
  ['proxy-read-timeout', setting('load-balancer-attributes', 'idle_timeout.timeout_seconds=N')],
  ['proxy-send-timeout', setting('load-balancer-attributes', 'idle_timeout.timeout_seconds=N')],
  ['affinity', setting('target-group-attributes', 'stickiness.enabled=true,stickiness.type=lb_cookie')],
  ['canary-weight', `set ${annotationName('actions.NAME')} that forwards to two Services by weights, and send to it`],
  ['auth-url', `set ${annotationName('auth-type')}`]
])

/**
 * Annotations of ingress-nginx that are left on an Ingress which an Application Load Balancer serves, and that an annotation of its own
 * would do (ANNOTATION_UNKNOWN): told once an Ingress. Charts may set them for several controllers, so they are no mistake by themselves.
 */
export function* nginxAnnotations({ ingresses }: Context): Generator<Problem> {
  for (const object of ingresses) {
    const names = Object.keys(object.metadata.annotations ?? {}).filter(
      name => name.startsWith(nginxPrefix) && counterparts.has(name.slice(nginxPrefix.length))
    )
    const [first] = names
    if (first !== undefined) {
      yield {
        object,
        path: annotationPath(first),
        severity: 'info',
        message: `${names.join(', ')} of ${objectName(object)} ${names.length > 1 ? 'are' : 'is'} for ingress-nginx; the AWS Load Balancer Controller does not read ${names.length > 1 ? 'them' : 'it'}`,
        actual: first,
        hint: `where it is meant here: ${counterparts.get(first.slice(nginxPrefix.length))}`
      }
    }
  }
}
