import type { Resources, Service, ServicePort } from '../resources/index.ts'
import { firstMaker, type WorkloadObject } from './topology.ts'

/** The pods that Gateways are for. */
export interface Workload {
  namespace: string
  /** Of the Service. */
  name: string
  labels: Record<string, string>
  /** Ports of their Service. */
  ports: readonly ServicePort[]
  /** What makes them, where it is among the objects. */
  maker?: WorkloadObject
}

/** The labels of the pods: those of what makes them where it is known, else what their Service selects. */
export function workloadOf(service: Service, resources: Resources): Workload {
  const { namespace = 'default', name, labels = {} } = service.metadata
  const { selector, ports = [] } = service.spec ?? {}
  const maker = selector && firstMaker(selector, resources, one => one.metadata.namespace === namespace)
  return {
    namespace,
    name,
    ports,
    labels: { ...labels, ...selector, ...maker?.spec?.template?.metadata?.labels },
    ...(maker && { maker })
  }
}
