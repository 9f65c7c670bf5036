/**
 * Rules of routes that an Application Load Balancer cannot carry out, or carries out otherwise than they read.
 *
 * @module
 */
import type { HTTPRoute, ListenerRuleConfiguration } from '../../resources/index.ts'
import { objectName } from '../../resources/index.ts'
import { hasListener, ownGateways, routesOf } from '../facts/own-gateways.ts'
import type { Rule } from '../rule.ts'
import { ingressesOpenOnHTTP } from './plain-authentication.ts'

const filtersOf: Record<string, readonly string[]> = {
  HTTPRoute: ['RequestRedirect', 'URLRewrite', 'ExtensionRef'],
  GRPCRoute: ['ExtensionRef']
}

/** A filter that the controller does not know: it builds nothing for the whole Gateway. */
export const filterUnsupported: Rule = {
  code: 'ROUTE_FILTER_UNSUPPORTED',
  severity: 'error',
  *find(context) {
    for (const own of ownGateways(context)) {
      // It says so of the first one; what stands behind a redirect, or beside a fixed response, it does not see.
      if (!own.plan.error?.startsWith('Unsupported filter type: ')) {
        continue
      }
      for (const route of routesOf(own, context.resources)) {
        const known = filtersOf[route.kind] ?? []
        for (const [index, { filters = [] }] of ((route as HTTPRoute).spec?.rules ?? []).entries()) {
          const redirect = filters.findIndex(({ type }) => type === 'RequestRedirect')
          const seen = redirect < 0 ? filters : filters.slice(0, redirect)
          for (const [place, { type = '' }] of seen.entries()) {
            if (!known.includes(type)) {
              yield {
                object: route,
                path: ['spec', 'rules', index, 'filters', place],
                message: `${objectName(route)} has a filter ${type}, which an Application Load Balancer has not: the controller builds nothing for Gateway ${own.plan.id}, its other routes stay as they were too`,
                expected: known.join(', '),
                actual: type,
                hint:
                  route.kind === 'HTTPRoute' && type.endsWith('HeaderModifier')
                    ? "remove the filter: Istio's VirtualService sets headers, the load balancer some by loadBalancerAttributes"
                    : 'remove the filter, and let Istio do it'
              }
            }
          }
        }
      }
    }
  }
}

const authentications = ['authenticate-oidc', 'authenticate-cognito', 'jwt-validation']

/** Authentication that a rule has on HTTPS only, on a route that is on HTTP too. */
export const authenticationSkipped: Rule = {
  code: 'AUTHENTICATION_SKIPPED_ON_HTTP',
  severity: 'error',
  *find(context) {
    yield* ingressesOpenOnHTTP(context)
    const configurations = context.resources.list('ListenerRuleConfiguration') as ListenerRuleConfiguration[]
    for (const own of ownGateways(context)) {
      if (!hasListener(own, 'HTTP')) {
        continue
      }
      const plain = new Set(
        [...own.plan.ruleSources].flatMap(([id, source]) =>
          own.plan.stack?.resources['AWS::ElasticLoadBalancingV2::Listener']?.[id.split(':')[0]!]?.spec.protocol ===
          'HTTP'
            ? [`${source.object} ${source.path.split('.').slice(0, 3).join('.')}`]
            : []
        )
      )
      for (const route of routesOf(own, context.resources)) {
        for (const [index, { filters = [] }] of ((route as HTTPRoute).spec?.rules ?? []).entries()) {
          const place = filters.findIndex(({ extensionRef }) =>
            configurations.some(
              ({ metadata, spec }) =>
                metadata.name === extensionRef?.name &&
                metadata.namespace === route.metadata.namespace &&
                spec?.actions?.some(({ type }) => authentications.includes(type))
            )
          )
          if (place >= 0 && plain.has(`${objectName(route)} spec.rules.${index}`)) {
            yield {
              object: route,
              path: ['spec', 'rules', index, 'filters', place],
              message: `rule ${index} of ${objectName(route)} authenticates on HTTPS alone: Gateway ${own.plan.id} also has it on an HTTP listener, where requests pass without`,
              hint: 'attach the route to the HTTPS listener by sectionName, and a route that redirects to the HTTP one'
            }
          }
        }
      }
    }
  }
}
