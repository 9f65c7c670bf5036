import type { Change } from '../../failure.ts'
import { type KubernetesObject, objectName } from '../../resources/index.ts'
import { ingressV1Changes } from '../facts/ingress-v1.ts'
import type { Rule } from '../rule.ts'

/** Versions of kinds that the API server or Istio serves no more, and what to write instead (Kubernetes: deprecation guide; Istio: change notes). */
const removed: { apiVersion: RegExp; kind?: RegExp; since: string; instead: string; hint?: string }[] = [
  {
    apiVersion: /^(extensions|networking\.k8s\.io)\/v1beta1$/,
    kind: /^Ingress(Class)?$/,
    since: 'Kubernetes 1.22',
    instead: 'networking.k8s.io/v1'
  },
  { apiVersion: /^policy\/v1beta1$/, kind: /^PodDisruptionBudget$/, since: 'Kubernetes 1.25', instead: 'policy/v1' },
  {
    apiVersion: /^autoscaling\/v2beta[12]$/,
    kind: /^HorizontalPodAutoscaler$/,
    since: 'Kubernetes 1.26',
    instead: 'autoscaling/v2'
  },
  {
    apiVersion: /^(extensions\/v1beta1|apps\/v1beta[12])$/,
    kind: /^(Deployment|DaemonSet)$/,
    since: 'Kubernetes 1.16',
    instead: 'apps/v1'
  },
  {
    apiVersion: /^networking\.x-k8s\.io\/v1alpha1$/,
    kind: /^(GatewayClass|Gateway|HTTPRoute|TCPRoute|TLSRoute|UDPRoute|BackendPolicy)$/,
    since: 'Gateway API 0.5',
    instead: 'gateway.networking.k8s.io/v1, whose routes name their Gateway in parentRefs'
  },
  {
    apiVersion: /^authentication\.istio\.io\/v1alpha1$/,
    since: 'Istio 1.6',
    instead: 'security.istio.io/v1, kind PeerAuthentication',
    hint: 'write a PeerAuthentication (security.istio.io/v1) with mtls.mode in its place, and a RequestAuthentication for origins'
  },
  {
    apiVersion: /^rbac\.istio\.io\/v1alpha1$/,
    since: 'Istio 1.6',
    instead: 'security.istio.io/v1, kind AuthorizationPolicy',
    hint: 'write an AuthorizationPolicy (security.istio.io/v1) in its place: a ServiceRole is its to, a ServiceRoleBinding its from'
  },
  {
    apiVersion: /^config\.istio\.io\/v1alpha2$/,
    since: 'Istio 1.8',
    instead: 'telemetry.istio.io/v1, kind Telemetry',
    hint: "remove it, with Mixer's other objects: Envoy itself counts, logs and traces, which a Telemetry (telemetry.istio.io/v1) tunes, and an AuthorizationPolicy or a rate limit of Envoy's decides"
  }
]

/** What makes an object one of the new version; undefined where more than its version differs. */
function convert(object: KubernetesObject, instead: string): Change[] | undefined {
  if (object.kind === 'Ingress') {
    return ingressV1Changes(object)
  }
  const { selector } = (object.spec ?? {}) as { selector?: unknown }
  // Today's workloads need the selector that was made of the pods' labels, and v2beta1 spelt metrics otherwise.
  const isSame = object.apiVersion === 'autoscaling/v2beta1' ? false : instead !== 'apps/v1' || selector !== undefined
  return isSame && !instead.includes(' ') ? [{ path: ['apiVersion'], value: instead }] : undefined
}

/** An object of an API that is gone: applying it fails. */
export const removedAPI: Rule = {
  code: 'API_REMOVED',
  severity: 'error',
  // What is read of an old object by today's fields says nothing about it.
  explains: ['MODEL_NOT_BUILT'],
  *find({ resources }) {
    for (const object of resources.all()) {
      const api = removed.find(
        ({ apiVersion, kind }) => apiVersion.test(object.apiVersion) && (kind?.test(object.kind) ?? true)
      )
      if (!api) {
        continue
      }
      const changes = convert(object, api.instead)
      yield {
        object,
        path: ['apiVersion'],
        message: `${object.apiVersion} of ${objectName(object)} is gone since ${api.since}`,
        expected: api.instead,
        actual: object.apiVersion,
        hint:
          api.kind?.test('Ingress') && object.kind === 'Ingress'
            ? `write apiVersion: ${api.instead}, service: with name and port for serviceName and servicePort, and a pathType for every path`
            : (api.hint ?? `write apiVersion: ${api.instead}`),
        ...(changes && { changes })
      }
    }
  }
}
