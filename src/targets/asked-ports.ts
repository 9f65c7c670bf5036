import { type Configuration, compileConfiguration } from '../elbv2/index.ts'
import { Failure } from '../failure.ts'
import type { Stack } from '../model/index.ts'
import type { Resources, Service } from '../resources/index.ts'
import { assumedOfPods } from './pod-port.ts'
import { servicesOfTargetGroups } from './targets.ts'

/** The configuration of a stack; undefined where AWS refuses it, which is told when a load balancer gets it. */
export function configurationOf(stack: Stack): Configuration | undefined {
  try {
    return compileConfiguration(stack)
  } catch (error) {
    if (error instanceof Failure) {
      return undefined
    }
    throw error
  }
}

/** The Services whose pods are targets, each with the ports that health checks ask by number. */
export function podPortsAsked(
  stack: Stack,
  resources: Resources,
  configuration = configurationOf(stack)
): Map<Service, Set<number>> {
  const groups = configuration?.targetGroups
  const asked = new Map<Service, Set<number>>()
  for (const { id, service, targetType } of servicesOfTargetGroups(stack, resources)) {
    if (targetType !== 'ip') {
      continue
    }
    const ports = asked.get(service) ?? new Set()
    asked.set(service, ports)
    const { port } = groups?.get(id)?.healthCheck ?? {}
    if (typeof port === 'number') {
      ports.add(port)
    }
  }
  return asked
}

/** What is taken to be so of the pods behind a stack's target groups, a sentence each. */
export function assumedOfTargets(stack: Stack, resources: Resources, configuration?: Configuration): string[] {
  const asked = podPortsAsked(stack, resources, configuration)
  const services = new Set(servicesOfTargetGroups(stack, resources).map(({ service }) => service))
  return [...services].flatMap(service => assumedOfPods(service, resources, asked.get(service)))
}
