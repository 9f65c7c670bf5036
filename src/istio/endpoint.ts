import { objectName, type Resources, type Service } from '../resources/index.ts'
import { podKindsOf } from './injection.ts'
import { selects, workloadsOf } from './topology.ts'

/** Whether a Service has pods to send to, as far as the objects tell. */
export type Endpoints = { kind: 'some' } | { kind: 'none'; reason: string } | { kind: 'assumed'; assumption: string }

function describeLabels(labels: Record<string, string> = {}): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
}

/** Whether the EndpointSlices of a Service hold a ready address; undefined without any. */
function slicesOf({ metadata }: Service, resources: Resources): boolean | undefined {
  const slices = resources
    .list('EndpointSlice')
    .filter(
      slice =>
        slice.metadata.labels?.['kubernetes.io/service-name'] === metadata.name &&
        (slice.metadata.namespace ?? 'default') === (metadata.namespace ?? 'default')
    )
  return slices.length === 0
    ? undefined
    : slices.some(({ endpoints }) =>
        endpoints?.some(({ addresses, conditions }) => addresses.length > 0 && conditions?.ready !== false)
      )
}

/**
 * The pods behind a Service, or behind a subset of it.
 *
 * @param complete whether the objects are all that there is.
 */
export function endpointsOf(
  service: Service,
  subset: Record<string, string> | undefined,
  resources: Resources,
  complete: boolean
): Endpoints {
  const name = objectName(service)
  const labels = { ...service.spec?.selector, ...subset }
  const kinds = podKindsOf(service, resources).filter(({ replicas }) => replicas > 0)
  const ofSubset = kinds.filter(one => selects(subset, one.labels))
  const slices = slicesOf(service, resources)
  if (slices === false) {
    return { kind: 'none', reason: `${name} has no ready endpoints` }
  }
  if (ofSubset.length > 0 || (slices && !subset)) {
    return { kind: 'some' }
  }
  const scaledDown = podKindsOf(service, resources).length > 0 && kinds.length === 0
  if (scaledDown) {
    return { kind: 'none', reason: `what makes the pods of ${name} makes none: 0 replicas` }
  }
  if (kinds.length > 0) {
    return { kind: 'none', reason: `no pod of ${name} has the labels ${describeLabels(subset)} of the subset` }
  }
  const knowsPods = resources.list('Pod').length > 0 || workloadsOf(resources).length > 0
  return complete && knowsPods && service.spec?.selector
    ? { kind: 'none', reason: `no pod has the labels ${describeLabels(labels)} that ${name} selects` }
    : {
        kind: 'assumed',
        assumption: `a ready pod behind ${name}${Object.keys(labels).length > 0 ? ` with the labels ${describeLabels(labels)}` : ''}`
      }
}
