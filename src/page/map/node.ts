import type { Column, MapNode } from '../contract.ts'

/** How the places of a map are called; events and traces lead to the same names. */
export const nodeID = {
  loadBalancer: (name: string) => `load-balancer ${name}`,
  listener: (loadBalancer: string, port: number) => `listener ${loadBalancer} ${port}`,
  rule: (loadBalancer: string, port: number, priority: number | 'default') =>
    `rule ${loadBalancer} ${port} ${priority}`,
  targetGroup: (name: string) => `target-group ${name}`,
  /** @param target `id:port` */
  target: (targetGroup: string, target: string) => `target ${targetGroup} ${target}`,
  /** @param service `Service namespace/name` */
  port: (service: string, port: number) => `port ${service} ${port}`,
  /** @param gateway `Gateway namespace/name` */
  gateway: (gateway: string, port: number) => `gateway ${gateway} ${port}`,
  route: (name: string) => `route ${name}`,
  /** @param service `host:port` */
  service: (service: string) => `service ${service}`
}

/** A place without anything said of it yet. */
export function nodeAt(
  column: Column,
  id: string,
  { title, text = '', ...more }: Partial<MapNode> & { title: string }
): MapNode {
  return { id, column, title, text, facts: [], values: [], findings: [], ...more }
}
