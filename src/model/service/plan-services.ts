import type { Resources, Service } from '../../resources/index.ts'
import { keyOf } from '../build/cluster-objects.ts'
import type { Environment } from '../environment/environment.ts'
import { compareStrings } from '../go/format.ts'
import { parseBool } from '../go/strconv.ts'
import { ModelError } from '../model-error.ts'
import type { Explanation, ServicePlan } from '../stack/plan.ts'
import { readStringMap } from './annotations.ts'
import { buildListeners } from './listeners.ts'
import { buildLoadBalancer } from './load-balancer.ts'
import { ownerOf, serviceFinalizer } from './owner.ts'
import { createServiceTask, type ServiceTask } from './task.ts'

function hasFinalizer({ metadata }: Service): boolean {
  return metadata.finalizers?.includes(serviceFinalizer) ?? false
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

/** LBC: defaultModelBuildTask.run. @throws ModelError */
function buildResources(task: ServiceTask, isLeaving: boolean): void {
  if (isLeaving) {
    checkProtection(task.service)
    return
  }
  buildLoadBalancer(task)
  buildListeners(task)
}

/** Where the values of a stack come from: it is built once more, taking notes. */
function explainService(resources: Resources, environment: Environment, service: Service): Explanation[] {
  const explanations: Explanation[] = []
  buildResources({ ...createServiceTask(resources, environment, service), explanations }, false)
  return explanations
}

/** Builds one Service's stack, all of it or nothing. */
function planService(
  resources: Resources,
  environment: Environment,
  service: Service,
  isLeaving: boolean
): ServicePlan {
  const task = createServiceTask(resources, environment, service)
  const plan = {
    kind: 'Service',
    id: keyOf(service),
    by: 'controller',
    finalizer: serviceFinalizer,
    warnings: task.warnings
  } as const
  try {
    buildResources(task, isLeaving)
    let explanations: Explanation[] | undefined
    return {
      ...plan,
      stack: { id: plan.id, resources: task.stack },
      assumptions: [...task.assumptions],
      // Most plans are never asked, and the notes weigh more than the stack.
      get explanations() {
        explanations ??= isLeaving ? [] : explainService(resources, environment, service)
        return explanations
      }
    }
  } catch (error) {
    if (!(error instanceof ModelError)) {
      throw error
    }
    return { ...plan, error: error.message, errorHasEvent: true, assumptions: [...task.assumptions], explanations: [] }
  }
}

/** The load balancers of Services, ordered by ID. */
export function planServices(resources: Resources, environment: Environment): ServicePlan[] {
  return resources
    .list('Service')
    .flatMap(service => {
      const isOwn = ownerOf(service, environment) === 'controller' && !isBeingDeleted(service)
      return isOwn || hasFinalizer(service) ? [planService(resources, environment, service, !isOwn)] : []
    })
    .sort((left, right) => compareStrings(left.id, right.id))
}
