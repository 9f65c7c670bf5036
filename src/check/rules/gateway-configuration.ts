/**
 * What people expect of the configurations for Gateways, and does not happen.
 *
 * @module
 */
import { specEntries, specsOf } from '../../model/index.ts'
import {
  type LoadBalancerConfiguration,
  objectKey,
  objectName,
  type TargetGroupConfiguration,
  type TargetGroupProperties
} from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { findByName } from '../facts/named-object.ts'
import { hasListener, listenerOwners, type OwnGateway, ownGateways } from '../facts/own-gateways.ts'
import type { Problem, Rule } from '../rule.ts'

/** The LoadBalancerConfigurations that count for some Gateway, each once. */
function configurationsOf(context: Context): { own: OwnGateway; configuration: LoadBalancerConfiguration }[] {
  const found = new Map<string, { own: OwnGateway; configuration: LoadBalancerConfiguration }>()
  for (const own of ownGateways(context)) {
    for (const name of own.plan.configurations.filter(one => one.startsWith('LoadBalancerConfiguration '))) {
      const configuration = findByName(context.resources, name) as LoadBalancerConfiguration | undefined
      if (configuration && !found.has(name)) {
        found.set(name, { own, configuration })
      }
    }
  }
  return [...found.values()]
}

/** Certificates of a listener come from the configuration, or are found by hostname; Secrets are not read. */
export const certificateReferences: Rule = {
  code: 'GATEWAY_CERTIFICATE_REFS_IGNORED',
  severity: 'warning',
  *find(context) {
    for (const own of ownGateways(context)) {
      for (const { object } of listenerOwners(own, context.resources)) {
        for (const [index, { name, tls }] of (object.spec?.listeners ?? []).entries()) {
          if (tls?.certificateRefs?.length) {
            yield {
              object,
              path: ['spec', 'listeners', index, 'tls', 'certificateRefs'],
              message: `the certificateRefs of listener ${name} of ${objectName(object)} are ignored: the load balancer's certificates are those of the LoadBalancerConfiguration, else those of ACM that cover the hostnames`,
              hint: 'name the certificate in defaultCertificate of listenerConfigurations, and remove certificateRefs'
            }
          }
        }
      }
    }
  }
}

/** Prefix lists come beside the ranges, and those are everybody where none are given. */
export const prefixLists: Rule = {
  code: 'GATEWAY_PREFIX_LISTS_ADD',
  severity: 'warning',
  *find(context) {
    for (const { own, configuration } of configurationsOf(context)) {
      const lists = configuration.spec?.securityGroupPrefixes ?? []
      const isOpen = specsOf(own.plan.stack, 'securityGroup').some(({ ingress = [] }) =>
        ingress.some(({ ipRanges = [] }) => ipRanges.some(({ cidrIP }) => cidrIP === '0.0.0.0/0'))
      )
      if (lists.length > 0 && configuration.spec?.sourceRanges === undefined && isOpen) {
        yield {
          object: configuration,
          path: ['spec', 'securityGroupPrefixes'],
          message: `${objectName(configuration)} lists prefix lists and no sourceRanges: the lists add to 0.0.0.0/0, and the load balancer is open to everybody`,
          expected: 'sourceRanges beside them',
          actual: '0.0.0.0/0',
          hint: 'set sourceRanges: [] beside securityGroupPrefixes'
        }
      }
    }
  }
}

/** Tags of the load balancer reach its listeners and its security group, and no target group or rule. */
export const tagsStop: Rule = {
  code: 'GATEWAY_TAGS_NOT_PASSED_ON',
  severity: 'info',
  *find(context) {
    for (const { own, configuration } of configurationsOf(context)) {
      const keys = Object.keys(configuration.spec?.tags ?? {})
      const bare = specsOf(own.plan.stack, 'targetGroup').filter(({ tags = {} }) => keys.some(key => !(key in tags)))
      if (keys.length > 0 && bare.length > 0) {
        yield {
          object: configuration,
          path: ['spec', 'tags'],
          message: `the tags of ${objectName(configuration)} do not reach target groups: ${bare.map(({ name }) => name).join(', ')}; those of an Ingress did`,
          hint: 'set the same tags in defaultConfiguration of a TargetGroupConfiguration that defaultTargetGroupConfiguration names'
        }
      }
    }
  }
}

type RouteIdentifier = { kind?: string; namespace?: string; name?: string }

/** A version that a configuration asks for, with its place, and for which routes; for all without an identifier. */
interface AskedVersion {
  version: string
  path: Problem['path']
  routes?: RouteIdentifier
}

/** Whether a target group is one of these routes': its ID tells of which (LBC: buildTargetGroupResourceID). */
function isOfRoutes(id: string, { kind, namespace, name }: RouteIdentifier): boolean {
  const [, route = '', backend = ''] = id.split(':')
  return (
    (kind === undefined || backend.startsWith(`${kind}-`)) &&
    (namespace === undefined ||
      (name === undefined ? route.startsWith(`${namespace}-`) : route === `${namespace}-${name}`))
  )
}

/** The versions that a configuration asks for. */
function* versionsOf({ spec }: TargetGroupConfiguration): Generator<AskedVersion> {
  function ask(properties: TargetGroupProperties | undefined, path: Problem['path'], routes?: RouteIdentifier) {
    const version = properties?.protocolVersion
    return version !== undefined && version !== 'HTTP1'
      ? [{ version, path: [...path, 'protocolVersion'], ...(routes && { routes }) }]
      : []
  }
  yield* ask(spec?.defaultConfiguration, ['spec', 'defaultConfiguration'])
  for (const [index, { routeIdentifier = {}, targetGroupProps }] of (spec?.routeConfigurations ?? []).entries()) {
    yield* ask(targetGroupProps, ['spec', 'routeConfigurations', index, 'targetGroupProps'], routeIdentifier)
  }
}

/** Behind a plain HTTP listener every target group speaks HTTP/1.1, whatever is asked for. */
export const versionIgnored: Rule = {
  code: 'GATEWAY_PROTOCOL_VERSION_IGNORED',
  severity: 'error',
  *find(context) {
    const configurations = context.resources.list('TargetGroupConfiguration') as TargetGroupConfiguration[]
    for (const own of ownGateways(context)) {
      if (own.plan.controller !== 'gateway.k8s.aws/alb' || !hasListener(own, 'HTTP')) {
        continue
      }
      const old = Map.groupBy(
        specEntries(own.plan.stack, 'targetGroupBinding').flatMap(([id, { template }]) =>
          specEntries(own.plan.stack, 'targetGroup').some(
            ([other, spec]) => other === id && spec.protocolVersion === 'HTTP1'
          )
            ? [{ id, service: `${template.metadata.namespace}/${template.spec.serviceRef.name}` }]
            : []
        ),
        ({ service }) => service
      )
      for (const configuration of configurations) {
        const { targetReference } = configuration.spec ?? {}
        const service = `${objectKey(configuration).split('/')[0]}/${targetReference?.name}`
        const groups = (targetReference && old.get(service)) ?? []
        const asked = [...versionsOf(configuration)].find(({ routes = {} }) =>
          groups.some(({ id }) => isOfRoutes(id, routes))
        )
        if (asked) {
          yield {
            object: configuration,
            path: asked.path,
            message: `${objectName(configuration)} asks for ${asked.version}, and Gateway ${own.plan.id} gives Service ${service} a target group of HTTP1: behind an HTTP listener there is nothing else, and a route on both takes the version of the lower port`,
            expected: asked.version,
            actual: 'HTTP1',
            hint: 'attach the route to the HTTPS listener alone, by sectionName'
          }
        }
      }
    }
  }
}
