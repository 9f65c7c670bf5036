import type { Ingress, Resources } from '../../resources/index.ts'
import { readStringMap } from '../annotation/parser.ts'
import { keyOf } from '../build/cluster-objects.ts'
import { assumedRegion } from '../build/region.ts'
import type { Environment } from '../environment/environment.ts'
import { parseBool } from '../go/strconv.ts'
import { ControllerPanic, ModelError } from '../model-error.ts'
import { formatGroupID, groupFinalizer } from '../stack/names.ts'
import type { Explanation, GroupPlan, Plan } from '../stack/plan.ts'
import type { FrontendTargetGroup } from '../stack/stack.ts'
import { buildAddOns } from './add-ons.ts'
import { buildFrontendNLB } from './frontend-nlb.ts'
import { autoModeTargetType } from './group/auto-mode.ts'
import { type IngressGroup, loadGroups } from './group/ingress-group.ts'
import { buildListenPorts } from './listen-ports.ts'
import { buildListener } from './listeners.ts'
import { buildLoadBalancer } from './load-balancer.ts'
import { buildRules } from './rules.ts'
import { chooseRedirectPort } from './ssl-redirect.ts'
import { type BuildTask, createTask } from './task.ts'

/** LBC: getDeletionProtectionViaAnnotation. */
function isProtected(ingress: Ingress): boolean {
  const value = readStringMap('load-balancer-attributes', ingress)?.value.get('deletion_protection.enabled')
  return value !== undefined && parseBool(value)
}

function buildResources(task: BuildTask): Record<string, FrontendTargetGroup> {
  const { members, inactiveMembers } = task.group
  for (const ingress of inactiveMembers) {
    if (ingress.metadata.deletionTimestamp !== undefined && isProtected(ingress)) {
      throw new ModelError(`deletion_protection is enabled, cannot delete the ingress: ${ingress.metadata.name}`)
    }
  }
  if (members.length === 0) {
    return {}
  }
  const { merged, byMember } = buildListenPorts(task)
  buildLoadBalancer(task, merged)
  const redirectPort = chooseRedirectPort(task, merged)
  if (redirectPort !== undefined) {
    task.sslRedirectPort = redirectPort
  }
  for (const listenPort of merged) {
    buildListener(task, listenPort)
    buildRules(task, listenPort)
  }
  buildAddOns(task)
  return buildFrontendNLB(task, byMember)
}

/** Where the values of a group's stack come from: it is built once more, taking notes. */
function explainGroup(resources: Resources, environment: Environment, group: IngressGroup): Explanation[] {
  const explanations: Explanation[] = []
  buildResources({ ...createTask(resources, environment, group), explanations })
  return explanations
}

/** The settings of EKS Auto Mode's controller, which has no flags. */
function asAutoMode(environment: Environment): Environment {
  return { ...environment, controller: { ...environment.controller, defaultTargetType: autoModeTargetType } }
}

/** Builds one group's stack, all of it or nothing (LBC: defaultModelBuildTask.run). */
function planGroup(resources: Resources, given: Environment, group: IngressGroup): GroupPlan {
  const environment = group.autoMode ? asAutoMode(given) : given
  const task = createTask(resources, environment, group)
  const plan = {
    kind: 'Ingress' as const,
    id: formatGroupID(group.id),
    members: group.members.map(({ key }) => key),
    inactiveMembers: group.inactiveMembers.map(keyOf),
    finalizer: groupFinalizer(group.id),
    ...(group.autoMode && { autoMode: group.autoMode })
  }
  const withoutStack = {
    ...plan,
    explanations: [],
    droppedRules: [],
    ruleSources: new Map(),
    warnings: task.warnings,
    assumptions: [...task.assumptions]
  }
  if (group.loadError !== undefined) {
    return { ...withoutStack, error: group.loadError, errorHasEvent: false }
  }
  try {
    const TargetGroups = buildResources(task)
    task.stack.FrontendNLBTargetGroup = { FrontendNLBTargetGroup: { TargetGroups } }
    let explanations: Explanation[] | undefined
    const stack = { id: plan.id, resources: task.stack }
    return {
      ...plan,
      stack,
      droppedRules: task.droppedRules,
      ruleSources: task.ruleSources,
      warnings: task.warnings,
      assumptions: [...task.assumptions, ...assumedRegion(stack, environment)],
      // Most plans are never asked, and the notes weigh more than the stack.
      get explanations() {
        explanations ??= explainGroup(resources, environment, group)
        return explanations
      }
    }
  } catch (error) {
    if (!(error instanceof ModelError)) {
      throw error
    }
    return { ...withoutStack, error: error.message, errorHasEvent: !(error instanceof ControllerPanic) }
  }
}

/**
 * What the AWS Load Balancer Controller would make of the Ingresses: their groups, and for each group the stack that it would
 * deploy or the error that keeps it from it, in its own words.
 */
export function planIngresses(resources: Resources, environment: Environment): Pick<Plan, 'groups' | 'unloadable'> {
  const { groups, unloadable } = loadGroups(resources, environment)
  return { groups: groups.map(group => planGroup(resources, environment, group)), unloadable }
}
