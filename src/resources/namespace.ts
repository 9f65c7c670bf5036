import { ownEntry } from '../own-entry.ts'
import type { KubernetesObject } from './kubernetes.ts'
import type { Resources } from './resources.ts'

/** Kinds without a namespace: Kubernetes' own, by API group, as `kubectl api-resources --namespaced=false` lists them. */
const clusterKinds: Readonly<Record<string, readonly string[]>> = {
  '': ['Namespace', 'Node', 'PersistentVolume', 'ComponentStatus'],
  'admissionregistration.k8s.io': [
    'MutatingAdmissionPolicy',
    'MutatingAdmissionPolicyBinding',
    'MutatingWebhookConfiguration',
    'ValidatingAdmissionPolicy',
    'ValidatingAdmissionPolicyBinding',
    'ValidatingWebhookConfiguration'
  ],
  'apiextensions.k8s.io': ['CustomResourceDefinition'],
  'apiregistration.k8s.io': ['APIService'],
  'authentication.k8s.io': ['SelfSubjectReview', 'TokenReview'],
  'authorization.k8s.io': ['SelfSubjectAccessReview', 'SelfSubjectRulesReview', 'SubjectAccessReview'],
  'certificates.k8s.io': ['CertificateSigningRequest', 'ClusterTrustBundle'],
  'flowcontrol.apiserver.k8s.io': ['FlowSchema', 'PriorityLevelConfiguration'],
  'networking.k8s.io': ['IngressClass', 'IPAddress', 'ServiceCIDR'],
  'node.k8s.io': ['RuntimeClass'],
  policy: ['PodSecurityPolicy'],
  'rbac.authorization.k8s.io': ['ClusterRole', 'ClusterRoleBinding'],
  'resource.k8s.io': ['DeviceClass', 'DeviceTaintRule', 'ResourceSlice'],
  'scheduling.k8s.io': ['PriorityClass'],
  'storage.k8s.io': ['CSIDriver', 'CSINode', 'StorageClass', 'VolumeAttachment', 'VolumeAttributesClass'],
  'storagemigration.k8s.io': ['StorageVersionMigration'],
  // Of operators that stand beside an edge, by their CustomResourceDefinitions.
  'elbv2.k8s.aws': ['IngressClassParams'],
  'eks.amazonaws.com': ['IngressClassParams', 'NodeClass', 'CNINode'],
  'vpcresources.k8s.aws': ['CNINode'],
  'crd.k8s.amazonaws.com': ['ENIConfig'],
  'karpenter.sh': ['NodePool', 'NodeClaim'],
  'karpenter.k8s.aws': ['EC2NodeClass'],
  'gateway.networking.k8s.io': ['GatewayClass'],
  'cert-manager.io': ['ClusterIssuer'],
  'external-secrets.io': ['ClusterExternalSecret', 'ClusterSecretStore'],
  'kyverno.io': ['ClusterPolicy'],
  'projectcalico.org': ['GlobalNetworkPolicy'],
  'crd.projectcalico.org': ['GlobalNetworkPolicy'],
  'cilium.io': ['CiliumClusterwideNetworkPolicy']
}

/** Kinds that are read by a tool and not applied: their own fields say where what comes of them goes. */
const notApplied: Readonly<Record<string, readonly string[]>> = {
  'install.istio.io': ['IstioOperator'],
  'kustomize.config.k8s.io': ['Kustomization', 'Component']
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
}

interface Definition {
  group?: string
  scope?: string
  names?: { kind?: string }
}

/** The kinds that CustomResourceDefinitions among the objects say have no namespace, as `group kind`. */
function definedClusterKinds(resources: Resources): Set<string> {
  const definitions = resources.list('CustomResourceDefinition').map(({ spec }) => (spec ?? {}) as Definition)
  return new Set(
    definitions.flatMap(({ group, scope, names }) => (scope === 'Cluster' ? [`${group} ${names?.kind}`] : []))
  )
}

/**
 * Puts objects that name no namespace into one, as applying them would; and takes the namespace off those of kinds that have
 * none, as the API server does. Done once, where objects come in: everything behind it finds each object in its place.
 */
export function placeInNamespace(resources: Resources, namespace: string): Resources {
  const defined = definedClusterKinds(resources)
  function place(object: KubernetesObject): KubernetesObject {
    const { apiVersion, kind, metadata } = object
    const group = groupOf(apiVersion)
    if (ownEntry(clusterKinds, group)?.includes(kind) || defined.has(`${group} ${kind}`)) {
      if (metadata.namespace === undefined) {
        return object
      }
      const { namespace: _, ...rest } = metadata
      return { ...object, metadata: rest }
    }
    return metadata.namespace || ownEntry(notApplied, group)?.includes(kind)
      ? object
      : { ...object, metadata: { ...metadata, namespace } }
  }
  return resources.all().some(object => place(object) !== object) ? resources.map(place) : resources
}
