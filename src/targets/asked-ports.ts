import { type Stack, specOf } from '../model/index.ts'
import type { Resources, Service } from '../resources/index.ts'
import { assumedOfPods } from './pod-port.ts'
import { servicesOfTargetGroups } from './targets.ts'

/** The Services whose pods are targets, each with the ports that health checks ask by number. */
export function podPortsAsked(stack: Stack, resources: Resources): Map<Service, Set<number>> {
  const asked = new Map<Service, Set<number>>()
  for (const { id, service, targetType } of servicesOfTargetGroups(stack, resources)) {
    if (targetType !== 'ip') {
      continue
    }
    const ports = asked.get(service) ?? new Set()
    asked.set(service, ports)
    const port = specOf(stack, 'targetGroup', id)?.healthCheckConfig.port
    if (typeof port === 'number') {
      ports.add(port)
    }
  }
  return asked
}

/** What is taken to be so of the pods behind a stack's target groups, a sentence each. */
export function assumedOfTargets(stack: Stack, resources: Resources): string[] {
  const asked = podPortsAsked(stack, resources)
  const services = new Set(servicesOfTargetGroups(stack, resources).map(({ service }) => service))
  return [...services].flatMap(service => assumedOfPods(service, resources, asked.get(service)))
}
