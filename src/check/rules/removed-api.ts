import { objectName } from '../../resources/index.ts'
import type { Rule } from '../rule.ts'

/** Versions of kinds that the API server or Istio serves no more, and what to write instead (Kubernetes: deprecation guide; Istio: change notes). */
const removed: { apiVersion: RegExp; kind?: RegExp; since: string; instead: string }[] = [
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
    apiVersion: /^authentication\.istio\.io\/v1alpha1$/,
    since: 'Istio 1.6',
    instead: 'security.istio.io/v1, kind PeerAuthentication'
  },
  {
    apiVersion: /^rbac\.istio\.io\/v1alpha1$/,
    since: 'Istio 1.6',
    instead: 'security.istio.io/v1, kind AuthorizationPolicy'
  },
  { apiVersion: /^config\.istio\.io\/v1alpha2$/, since: 'Istio 1.8', instead: 'telemetry.istio.io/v1 or a WasmPlugin' }
]

/** An object of an API that is gone: applying it fails. */
export const removedAPI: Rule = {
  code: 'API_REMOVED',
  severity: 'error',
  *find({ resources }) {
    for (const object of resources.all()) {
      const api = removed.find(
        ({ apiVersion, kind }) => apiVersion.test(object.apiVersion) && (kind?.test(object.kind) ?? true)
      )
      if (!api) {
        continue
      }
      yield {
        object,
        path: ['apiVersion'],
        message: `${object.apiVersion} of ${objectName(object)} is gone since ${api.since}`,
        expected: api.instead,
        actual: object.apiVersion,
        hint: `write apiVersion: ${api.instead}`
      }
    }
  }
}
