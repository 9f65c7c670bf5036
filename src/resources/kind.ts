import type { Kinds, KubernetesObject } from './kubernetes.ts'

/** The API group of each kind that is read; the same kind of another group, such as Knative's Service, is another kind. */
const groups: Record<keyof Kinds, string> = {
  Ingress: 'networking.k8s.io',
  IngressClass: 'networking.k8s.io',
  IngressClassParams: 'elbv2.k8s.aws',
  Service: '',
  Secret: '',
  Namespace: '',
  Node: '',
  EndpointSlice: 'discovery.k8s.io',
  Pod: '',
  TargetGroupBinding: 'elbv2.k8s.aws'
}

/** The kind, with its API group where that is not the one of a kind that is read: `Service.serving.knative.dev`. */
export function kindOf({ apiVersion, kind }: Pick<KubernetesObject, 'apiVersion' | 'kind'>): string {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
  return Object.hasOwn(groups, kind) && groups[kind as keyof Kinds] !== group ? `${kind}.${group}` : kind
}
