import { checkManagedTags, type TagMap, withDefaultTags } from '../build/tags.ts'
import type { StackTask } from '../build/task.ts'
import type { Tags } from '../stack/stack.ts'
import type { GatewayTask } from './task.ts'

/** Tags of a configuration with the flags' defaults (LBC: tagHelperImpl.ProcessTags). @throws ModelError */
export function processTags(task: StackTask, tags: Record<string, string> = {}): Tags | undefined {
  const map: TagMap = new Map(Object.entries(tags))
  checkManagedTags(task, map)
  return withDefaultTags(task, map)
}

/** Tags of the load balancer, its listeners and its managed security group; target groups and rules have none of them. */
export function loadBalancerTags(task: GatewayTask): Tags | undefined {
  return processTags(task, task.configuration.spec.tags)
}
