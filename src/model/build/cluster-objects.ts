/**
 * Kubernetes objects as the controller's client finds them, with its words for what does not exist.
 *
 * @module
 */
import type { KubernetesObject, Namespace, Resources, Secret, Service } from '../../resources/index.ts'
import { ModelError } from '../model-error.ts'

/** An object's namespace; a manifest without one lands in `default`, as with kubectl. */
export function namespaceOf({ metadata }: KubernetesObject): string {
  return metadata.namespace ?? 'default'
}

/** `namespace/name`, as Go prints a NamespacedName. */
export function keyOf(object: KubernetesObject): string {
  return `${namespaceOf(object)}/${object.metadata.name}`
}

/** `Kind namespace/name`, for explanations and warnings. */
export function nameOf(object: KubernetesObject): string {
  return object.kind.startsWith('IngressClass')
    ? `${object.kind} ${object.metadata.name}`
    : `${object.kind} ${keyOf(object)}`
}

type Namespaced = { Service: Service; Secret: Secret }

function findNamespaced<Kind extends keyof Namespaced>(
  resources: Resources,
  kind: Kind,
  namespace: string,
  name: string
): Namespaced[Kind] | undefined {
  return (resources.find(kind, name, namespace) ??
    (namespace === 'default' ? resources.find(kind, name) : undefined)) as Namespaced[Kind] | undefined
}

export function findService(resources: Resources, namespace: string, name: string): Service | undefined {
  return findNamespaced(resources, 'Service', namespace, name)
}

export function findSecret(resources: Resources, namespace: string, name: string): Secret | undefined {
  return findNamespaced(resources, 'Secret', namespace, name)
}

/** Services are read through a cache, which names the kind. @throws ModelError */
export function getService(resources: Resources, namespace: string, name: string): Service {
  const service = findService(resources, namespace, name)
  if (!service) {
    throw new ModelError(`Service "${name}" not found`)
  }
  return service
}

/** Secrets are read past the cache, so the API server's plural shows. @throws ModelError */
export function getSecret(resources: Resources, namespace: string, name: string): Secret {
  const secret = findSecret(resources, namespace, name)
  if (!secret) {
    throw new ModelError(`secrets "${name}" not found`)
  }
  return secret
}

/** @throws ModelError */
export function getNamespace(resources: Resources, name: string): Namespace {
  const namespace = resources.find('Namespace', name)
  if (!namespace) {
    throw new ModelError(`Namespace "${name}" not found`)
  }
  return namespace
}
