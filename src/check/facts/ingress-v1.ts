import type { Change } from '../../failure.ts'
import type { KubernetesObject, Path } from '../../resources/index.ts'

type Mapping = Record<string, unknown>

function mapping(value: unknown): Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Mapping) : {}
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** A backend's `serviceName` and `servicePort` as the `service` of v1. */
function backendChanges(backend: Mapping, path: Path): Change[] {
  const { serviceName, servicePort } = backend
  if (serviceName === undefined && servicePort === undefined) {
    return []
  }
  const isNumber = typeof servicePort === 'number'
  const service = {
    name: serviceName,
    ...(servicePort !== undefined && { port: isNumber ? { number: servicePort } : { name: servicePort } })
  }
  return [
    { path: [...path, 'service'], value: service },
    ...(['serviceName', 'servicePort'] as const)
      .filter(key => backend[key] !== undefined)
      .map((key): Change => ({ path: [...path, key], remove: true }))
  ]
}

/**
 * What makes an Ingress of `networking.k8s.io/v1` of one of v1beta1, as the API server converted them (Kubernetes:
 * pkg/apis/networking/v1beta1/conversion.go). A path without a type had the type ImplementationSpecific.
 */
export function ingressV1Changes(ingress: KubernetesObject): Change[] {
  const { backend, rules } = mapping(ingress.spec)
  const paths = list(rules).flatMap((rule, ruleIndex) =>
    list(mapping(mapping(rule).http).paths).map((path, index) => ({
      path: mapping(path),
      at: ['spec', 'rules', ruleIndex, 'http', 'paths', index]
    }))
  )
  return [
    ...(ingress.apiVersion === 'networking.k8s.io/v1' ? [] : [{ path: ['apiVersion'], value: 'networking.k8s.io/v1' }]),
    ...backendChanges(mapping(backend), ['spec', 'backend']),
    ...(backend === undefined ? [] : [{ path: ['spec', 'backend'], rename: 'defaultBackend' }]),
    ...paths.flatMap(({ path, at }): Change[] => [
      ...backendChanges(mapping(path.backend), [...at, 'backend']),
      ...(path.pathType === undefined ? [{ path: [...at, 'pathType'], value: 'ImplementationSpecific' }] : [])
    ])
  ]
}
