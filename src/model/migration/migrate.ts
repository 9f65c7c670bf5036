import {
  type Gateway,
  gatewayAPIGroup,
  gatewayConfigurationGroup,
  type HTTPRoute,
  type KubernetesObject,
  type ParentReference,
  type Resources
} from '../../resources/index.ts'
import { canonical } from '../diff/values.ts'
import type { GroupPlan } from '../stack/plan.ts'
import { specsOf } from '../stack/specs.ts'
import type { Stack } from '../stack/stack.ts'
import { boundTargetGroups, loadBalancerConfiguration, targetGroupProperties } from './configurations.ts'
import { type MigratedRule, migrateRules, routesOf, type UnsaidRule } from './routes.ts'

/** A Gateway that takes the place of an IngressGroup. */
export interface Migration {
  /** `namespace/name` of the Gateway. */
  gateway: string
  /** The Gateway, its routes and its configurations. */
  objects: KubernetesObject[]
  /** Rules that no route can say: they are not among the objects. */
  unsaid: UnsaidRule[]
}

/** What external-dns reads, of routes as well as of Ingresses. */
export const externalDNSPrefix = 'external-dns.alpha.kubernetes.io/'

const apiVersion = `${gatewayAPIGroup}/v1`
const configurationVersion = `${gatewayConfigurationGroup}/v1`

function nameParts(key: string): { namespace: string; name: string } {
  const [namespace, name] = key.split('/') as [string, string]
  return { namespace, name }
}

function listenerName(protocol: string, port: number): string {
  return `${protocol.toLowerCase()}-${port}`
}

/** What of an Ingress its routes carry on: labels, and what external-dns reads. */
function carriedMetadata(
  ingress: KubernetesObject | undefined
): Pick<KubernetesObject['metadata'], 'labels' | 'annotations'> {
  const { labels, annotations = {} } = ingress?.metadata ?? {}
  const read = Object.entries(annotations).filter(([name]) => name.startsWith(externalDNSPrefix))
  return { ...(labels && { labels }), ...(read.length > 0 && { annotations: Object.fromEntries(read) }) }
}

interface Route {
  object: HTTPRoute
  configurations: KubernetesObject[]
  targetGroups: string[]
}

/** A route of rules that belong together, with their configurations, which count in its namespace. */
function routeOf(
  rules: readonly MigratedRule[],
  place: KubernetesObject['metadata'] & { namespace: string },
  parentRefs: ParentReference[]
): Route {
  const configurations: KubernetesObject[] = []
  const named = rules.map(({ rule, configuration }, index) => {
    if (!configuration) {
      return rule
    }
    const name = rules.length === 1 ? place.name : `${place.name}-${index + 1}`
    configurations.push({
      apiVersion: configurationVersion,
      kind: 'ListenerRuleConfiguration',
      metadata: { name, namespace: place.namespace },
      spec: configuration
    } as KubernetesObject)
    const extensionRef = { group: gatewayConfigurationGroup, kind: 'ListenerRuleConfiguration', name }
    return { ...rule, filters: [{ type: 'ExtensionRef', extensionRef }, ...(rule.filters ?? [])] }
  })
  const { hostnames } = rules[0]!
  return {
    object: {
      apiVersion,
      kind: 'HTTPRoute',
      metadata: place,
      spec: { parentRefs, ...(hostnames.length > 0 && { hostnames }), rules: named }
    },
    configurations,
    targetGroups: rules.flatMap(({ targetGroups }) => targetGroups)
  }
}

/** One configuration a Service; what routes have differently stands beside what the first has. */
function targetGroupConfigurations(stack: Stack, routes: readonly Route[]): KubernetesObject[] {
  const groups = boundTargetGroups(stack)
  const used = routes.flatMap(({ object, targetGroups }) =>
    [...new Set(targetGroups)].flatMap(id => {
      const bound = groups.get(id)
      if (!bound) {
        return []
      }
      const { metadata, spec } = bound.binding.template
      return [
        {
          route: object.metadata,
          service: `${metadata.namespace}/${spec.serviceRef.name}`,
          properties: targetGroupProperties(bound.spec, bound.binding)
        }
      ]
    })
  )
  return [...Map.groupBy(used, ({ service }) => service)].map(([service, uses]): KubernetesObject => {
    const { namespace, name } = nameParts(service)
    const { properties } = uses[0]!
    const others = uses.filter(use => canonical(use.properties) !== canonical(properties))
    return {
      apiVersion: configurationVersion,
      kind: 'TargetGroupConfiguration',
      metadata: { name, namespace },
      spec: {
        targetReference: { kind: 'Service', name },
        defaultConfiguration: properties,
        ...(others.length > 0 && {
          routeConfigurations: others.map(({ route, properties: targetGroupProps }) => ({
            routeIdentifier: { kind: 'HTTPRoute', namespace: route.namespace, name: route.name },
            targetGroupProps
          }))
        })
      }
    } as KubernetesObject
  })
}

/**
 * The objects that make of a Gateway the load balancer that a group of Ingresses makes: every value of the plan is written
 * down, so that other defaults change nothing. What no object can say is left to {@link compareMove}, which finds it in the plans.
 *
 * @param className GatewayClass of `gateway.k8s.aws/alb`.
 */
export function migrateGroup(plan: GroupPlan, stack: Stack, resources: Resources, className: string): Migration {
  const first = nameParts(plan.members[0] ?? plan.id)
  const place = plan.id.includes('/') ? nameParts(plan.id) : { namespace: first.namespace, name: plan.id }
  const listeners = specsOf(stack, 'listener')
  const { rules, unsaid } = migrateRules(plan, stack, resources)
  const counts = new Map<string, number>()
  const routes = routesOf(rules).map(own => {
    const { ingress, ports } = own[0]!
    const { namespace, name } = nameParts(ingress)
    const count = (counts.get(ingress) ?? 0) + 1
    counts.set(ingress, count)
    const parent = { ...(namespace !== place.namespace && { namespace: place.namespace }), name: place.name }
    const sections = listeners.filter(({ port }) => ports.includes(port))
    const parentRefs =
      sections.length === listeners.length
        ? [parent]
        : sections.map(({ protocol, port }) => ({ ...parent, sectionName: listenerName(protocol, port) }))
    const carried = carriedMetadata(resources.find('Ingress', name, namespace))
    return routeOf(own, { namespace, name: count === 1 ? name : `${name}-${count}`, ...carried }, parentRefs)
  })
  const isAlone = routes.every(({ object }) => object.metadata.namespace === place.namespace)
  const gateway: Gateway = {
    apiVersion,
    kind: 'Gateway',
    metadata: { name: place.name, namespace: place.namespace },
    spec: {
      gatewayClassName: className,
      infrastructure: {
        parametersRef: { group: gatewayConfigurationGroup, kind: 'LoadBalancerConfiguration', name: place.name }
      },
      listeners: listeners.map(({ protocol, port }) => ({
        name: listenerName(protocol, port),
        protocol,
        port,
        allowedRoutes: { namespaces: { from: isAlone ? 'Same' : 'All' } }
      }))
    }
  }
  const configuration = {
    apiVersion: configurationVersion,
    kind: 'LoadBalancerConfiguration',
    metadata: { name: place.name, namespace: place.namespace },
    spec: loadBalancerConfiguration(plan, stack)
  } as KubernetesObject
  return {
    gateway: `${place.namespace}/${place.name}`,
    objects: [
      gateway,
      configuration,
      ...targetGroupConfigurations(stack, routes),
      ...routes.flatMap(({ object, configurations }) => [object, ...configurations])
    ],
    unsaid
  }
}
