import { isGateway, podKindsOf } from '../../istio/index.ts'
import { namespaceOf } from '../../model/index.ts'
import type { KubernetesObject, Service } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import type { Backend } from './backend.ts'

/** Pods as policies choose them. */
export interface Pods {
  namespace: string
  labels: Record<string, string>
}

/** The pods of a Service, by the labels of what makes them; where that is not among the objects, by the Service's selector. */
export function podsOf({ resources }: Pick<Context, 'resources'>, service: Service): Pods {
  const labels = podKindsOf(service, resources)[0]?.labels ?? service.spec?.selector ?? {}
  return { namespace: namespaceOf(service), labels }
}

/** The backends that are gateways of Istio's, each Service once. */
export function* gatewayBackends({ backends, resources }: Pick<Context, 'backends' | 'resources'>): Generator<Backend> {
  const seen = new Set<KubernetesObject>()
  for (const backend of backends) {
    if (!seen.has(backend.service) && isGateway(backend.service, resources)) {
      seen.add(backend.service)
      yield backend
    }
  }
}
