import type { KubernetesObject } from '../resources/index.ts'

/** What the API server calls the objects of a kind. */
const plurals: Record<string, string> = {
  Ingress: 'ingresses',
  IngressClass: 'ingressclasses',
  IngressClassParams: 'ingressclassparams',
  TargetGroupBinding: 'targetgroupbindings',
  Service: 'services',
  Node: 'nodes',
  Namespace: 'namespaces',
  Pod: 'pods',
  Secret: 'secrets',
  EndpointSlice: 'endpointslices'
}

/** The name of a kind's collection; a kind's definition is called so too, with its group behind. */
function pluralOf(kind: string): string {
  const plural = plurals[kind]
  if (plural === undefined) {
    throw new Error(`nothing is known of the kind ${kind}`)
  }
  return plural
}

/** Where the objects of a kind are: `/apis/networking.k8s.io/v1/namespaces/shop/ingresses`; of all namespaces without one. */
export function collectionPath(apiVersion: string, kind: string, namespace?: string): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  return `${root}${namespace ? `/namespaces/${namespace}` : ''}/${pluralOf(kind)}`
}

export function objectPath({ apiVersion, kind, metadata }: KubernetesObject): string {
  return `${collectionPath(apiVersion, kind, metadata.namespace)}/${metadata.name}`
}
