import type { Resources, Service } from '../../resources/index.ts'
import { keyOf } from '../build/cluster-objects.ts'
import { assumedRegion } from '../build/region.ts'
import type { Environment } from '../environment/environment.ts'
import { compareStrings } from '../go/format.ts'
import { parseBool } from '../go/strconv.ts'
import { ControllerPanic, ModelError } from '../model-error.ts'
import type { Explanation, ServicePlan } from '../stack/plan.ts'
import { readStringMap } from './annotations.ts'
import { buildClassicLoadBalancer } from './cloud-provider/classic.ts'
import { buildNetworkLoadBalancer } from './cloud-provider/network.ts'
import { buildListeners } from './listeners.ts'
import { buildLoadBalancer } from './load-balancer.ts'
import { cloudProviderFinalizer, ownerOf, type ServiceOwner, serviceFinalizer } from './owner.ts'
import { createServiceTask, type ServiceTask } from './task.ts'

function hasFinalizer({ metadata }: Service, finalizer: string): boolean {
  return metadata.finalizers?.includes(finalizer) ?? false
}

function isBeingDeleted({ metadata }: Service): boolean {
  return metadata.deletionTimestamp !== undefined
}

/** A Service that the controller made a load balancer of and that is no longer its own: it is taken away, if it may be. */
function checkProtection(service: Service): void {
  const value = readStringMap('aws-load-balancer-attributes', service)?.value.get('deletion_protection.enabled')
  if (value !== undefined && parseBool(value)) {
    throw new ModelError(`deletion_protection is enabled, cannot delete the service: ${service.metadata.name}`)
  }
}

type Maker = (task: ServiceTask) => void

/** LBC: defaultModelBuildTask.run. @throws ModelError */
function buildOfController(task: ServiceTask): void {
  buildLoadBalancer(task)
  buildListeners(task)
}

/** What takes away a load balancer that was the controller's. @throws ModelError */
function takeAway({ service }: ServiceTask): void {
  checkProtection(service)
}

/** Whether the cloud provider takes away what it made of a Service (cloud-provider: needsCleanup). */
function needsCleanup(service: Service): boolean {
  const isUnwanted = isBeingDeleted(service) || service.spec?.type !== 'LoadBalancer'
  return isUnwanted && hasFinalizer(service, cloudProviderFinalizer)
}

/** Where the values of a stack come from: it is built once more, taking notes. */
function explainService(resources: Resources, environment: Environment, service: Service, make: Maker): Explanation[] {
  const explanations: Explanation[] = []
  make({ ...createServiceTask(resources, environment, service), explanations })
  return explanations
}

/** Builds one Service's stack, all of it or nothing. */
function planService(
  resources: Resources,
  environment: Environment,
  service: Service,
  by: ServicePlan['by'],
  make: Maker
): ServicePlan {
  const task = createServiceTask(resources, environment, service)
  const finalizer = by === 'controller' ? serviceFinalizer : cloudProviderFinalizer
  const plan = { kind: 'Service', id: keyOf(service), by, finalizer, warnings: task.warnings } as const
  try {
    make(task)
    let explanations: Explanation[] | undefined
    const stack = { id: plan.id, resources: task.stack, ...(by === 'cloud provider' && { by }) } as const
    return {
      ...plan,
      stack,
      assumptions: [...task.assumptions, ...assumedRegion(stack, environment)],
      // Most plans are never asked, and the notes weigh more than the stack.
      get explanations() {
        explanations ??= explainService(resources, environment, service, make)
        return explanations
      }
    }
  } catch (error) {
    if (!(error instanceof ModelError)) {
      throw error
    }
    const errorHasEvent = !(error instanceof ControllerPanic)
    return { ...plan, error: error.message, errorHasEvent, assumptions: [...task.assumptions], explanations: [] }
  }
}

const makers: Partial<Record<ServiceOwner, [by: ServicePlan['by'], make: Maker]>> = {
  controller: ['controller', buildOfController],
  'cloud provider, network': ['cloud provider', buildNetworkLoadBalancer],
  'cloud provider, classic': ['cloud provider', buildClassicLoadBalancer]
}

/** The load balancers of Services, ordered by ID. */
export function planServices(resources: Resources, environment: Environment): ServicePlan[] {
  return resources
    .list('Service')
    .flatMap(service => {
      const [by, make] = (isBeingDeleted(service) ? undefined : makers[ownerOf(service, environment)]) ?? []
      if (by && make) {
        return [planService(resources, environment, service, by, make)]
      }
      if (hasFinalizer(service, serviceFinalizer)) {
        return [planService(resources, environment, service, 'controller', takeAway)]
      }
      return needsCleanup(service) ? [planService(resources, environment, service, 'cloud provider', () => {})] : []
    })
    .sort((left, right) => compareStrings(left.id, right.id))
}
