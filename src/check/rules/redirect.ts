import { annotationPrefix, objectName } from '../../resources/index.ts'
import { describePorts, listenOn, listenPortsOf, sslRedirectOf } from '../facts/listen-ports.ts'
import { annotationPath, type Rule } from '../rule.ts'

/**
 * ssl-redirect empties every HTTP listener of the group (LBC: buildListenerRules), so a member that listens on HTTP alone
 * loses all its routes.
 */
export const redirectRemovesRoutes: Rule = {
  code: 'SSL_REDIRECT_REMOVES_ROUTES',
  severity: 'error',
  explains: ['REDIRECT_LOOP'],
  *find(context) {
    const redirects = new Map(
      context.plan.groups.filter(({ stack }) => stack).map(group => [group, sslRedirectOf(context, group)])
    )
    for (const ingress of context.ingresses) {
      const redirect = redirects.get(context.groupOf(ingress)!)
      const ports = redirect && listenPortsOf(context, ingress)
      if (!ports?.length || ports.some(({ protocol }) => protocol === 'HTTPS')) {
        continue
      }
      const own = redirect!.ingress === ingress ? 'its own' : `that of ${objectName(redirect!.ingress)}`
      yield {
        object: ingress,
        path: annotationPath(`${annotationPrefix}listen-ports`),
        message: `every route of ${objectName(ingress)} is gone: it listens on ${describePorts(ports)} alone, and ssl-redirect (${own}) leaves no rules on the HTTP listeners of the group`,
        expected: `HTTPS:${redirect!.port} among its listen ports`,
        actual: describePorts(ports),
        hint: `add {"HTTPS":${redirect!.port}} to ${annotationPrefix}listen-ports of ${objectName(ingress)}`,
        ...listenOn(context, ingress, 'HTTPS', Number(redirect!.port))
      }
    }
  }
}
