import { isGateway, podKindsOf } from '../../istio/index.ts'
import { findService, namespaceOf, specsOf } from '../../model/index.ts'
import type { KubernetesObject, Service } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import type { Backend } from './backend.ts'
import { frontDoors } from './front-door.ts'
import { ownGateways } from './own-gateways.ts'

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

/** A gateway of Istio's, and the Ingress, Service or Gateway whose load balancer leads to it. */
export interface ReachedGateway {
  service: Service
  from: KubernetesObject
}

/** The gateways that load balancers of any kind lead to, each Service once. */
export function* reachedGateways(context: Context): Generator<ReachedGateway> {
  const seen = new Set<KubernetesObject>()
  const found = [
    ...context.backends.map(({ service, ingress }) => ({ service, from: ingress })),
    ...frontDoors(context).map(({ service }) => ({ service, from: service })),
    ...ownGateways(context).flatMap(({ plan, gateway }) =>
      specsOf(plan.stack, 'targetGroupBinding').flatMap(({ template: { metadata, spec } }) => {
        const service = findService(context.resources, metadata.namespace, spec.serviceRef.name)
        return service ? [{ service, from: gateway }] : []
      })
    )
  ]
  for (const reached of found) {
    if (!seen.has(reached.service) && isGateway(reached.service, context.resources)) {
      seen.add(reached.service)
      yield reached
    }
  }
}
