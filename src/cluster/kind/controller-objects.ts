import {
  definedKinds,
  definitionName,
  gatewayAPIGroup,
  gatewayConfigurationGroup,
  type KubernetesObject
} from '../../resources/index.ts'
import type { PortRange } from '../bindings.ts'

export const controllerNamespace = 'istio-alb-system'
export const controllerName = 'istio-alb-controller'
/** Where it answers about itself, in its pod and on its Service. */
const operationsPort = 9090
const webhookPort = 9443

/** The node ports that listeners get where nothing else is said; each is mapped to the same port of the host. */
export const defaultPorts: PortRange = { first: 32_080, last: 32_099 }

export interface ControllerObjectsOptions {
  image: string
  /** Of listeners: in the pod, on the Service, on the nodes. Within 30000-32767. */
  ports: PortRange
  /** More arguments for `istio-alb controller`. */
  flags: readonly string[]
  /** Gives each new Service of type LoadBalancer without a class the controller's; default false. */
  serviceMutatorWebhook?: boolean
}

const labels = { 'app.kubernetes.io/name': controllerName }
const metadata = { name: controllerName, namespace: controllerNamespace, labels }
const clusterMetadata = { name: controllerName, labels }

interface Rule {
  apiGroups: string[]
  resources: string[]
  verbs: string[]
  resourceNames?: string[]
}

const watched = ['get', 'list', 'watch']

/** What is told what became of it at a Gateway. */
const toldOfGateways = ['listenersets', 'httproutes', 'grpcroutes', 'tcproutes', 'udproutes', 'tlsroutes']

/** What the controller does to the cluster, and no more. Secrets of `auth-idp-oidc` are granted one by one. */
const clusterRules: Rule[] = [
  { apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: [...watched, 'patch'] },
  { apiGroups: ['networking.k8s.io'], resources: ['ingresses/status'], verbs: ['patch'] },
  { apiGroups: ['networking.k8s.io'], resources: ['ingressclasses'], verbs: watched },
  { apiGroups: [''], resources: ['nodes', 'namespaces', 'pods'], verbs: watched },
  { apiGroups: [''], resources: ['services'], verbs: [...watched, 'patch'] },
  { apiGroups: [''], resources: ['services/status'], verbs: ['patch'] },
  { apiGroups: [''], resources: ['pods/status'], verbs: ['patch'] },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: watched },
  { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
  { apiGroups: ['elbv2.k8s.aws'], resources: ['ingressclassparams'], verbs: watched },
  {
    apiGroups: ['elbv2.k8s.aws'],
    resources: ['targetgroupbindings'],
    verbs: [...watched, 'create', 'patch', 'delete']
  },
  { apiGroups: ['elbv2.k8s.aws'], resources: ['targetgroupbindings/status'], verbs: ['patch'] },
  {
    apiGroups: [gatewayAPIGroup],
    resources: ['gatewayclasses', 'gateways'],
    verbs: [...watched, 'patch']
  },
  { apiGroups: [gatewayAPIGroup], resources: [...toldOfGateways, 'referencegrants'], verbs: watched },
  {
    apiGroups: [gatewayAPIGroup],
    resources: ['gatewayclasses', 'gateways', ...toldOfGateways].map(resource => `${resource}/status`),
    verbs: ['patch']
  },
  {
    apiGroups: [gatewayConfigurationGroup],
    resources: ['loadbalancerconfigurations', 'targetgroupconfigurations', 'listenerruleconfigurations'],
    verbs: [...watched, 'patch']
  },
  { apiGroups: [gatewayConfigurationGroup], resources: ['listenerruleconfigurations/status'], verbs: ['patch'] },
  {
    apiGroups: ['apiextensions.k8s.io'],
    resources: ['customresourcedefinitions'],
    resourceNames: definedKinds.map(definitionName),
    verbs: watched
  },
  {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
    resourceNames: [controllerName],
    verbs: ['get', 'patch']
  }
]

/** In its own namespace: the Lease, and the certificate of its webhooks. */
const ownRules: Rule[] = [
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
  {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    resourceNames: [controllerName],
    verbs: ['get', 'update']
  },
  { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
  { apiGroups: [''], resources: ['secrets'], resourceNames: [`${controllerName}-webhook`], verbs: ['get'] }
]

function bind(kind: 'Role' | 'ClusterRole'): object {
  return {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: controllerName },
    subjects: [{ kind: 'ServiceAccount', name: controllerName, namespace: controllerNamespace }]
  }
}

function deploymentSpec({ image, ports, flags }: ControllerObjectsOptions): object {
  return {
    replicas: 1,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        serviceAccountName: controllerName,
        securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            name: 'controller',
            image,
            imagePullPolicy: 'IfNotPresent',
            args: [
              'controller',
              ...['--output', 'json'],
              ...['--bind', '0.0.0.0', '--ports', `${ports.first}-${ports.last}`],
              ...['--operations-port', String(operationsPort)],
              ...['--webhook', `${controllerNamespace}/${controllerName}`, '--webhook-port', String(webhookPort)],
              ...['--leader-election', `${controllerNamespace}/${controllerName}`],
              // It is a pod itself.
              '--pods-reachable',
              ...flags
            ],
            ports: [
              { name: 'operations', containerPort: operationsPort },
              { name: 'webhook', containerPort: webhookPort }
            ],
            // As patient as those of the AWS Load Balancer Controller's chart.
            livenessProbe: { httpGet: { path: '/healthz', port: 'operations' }, timeoutSeconds: 10 },
            readinessProbe: { httpGet: { path: '/readyz', port: 'operations' }, periodSeconds: 1, timeoutSeconds: 10 },
            resources: { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '512Mi' } },
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ['ALL'] }
            },
            volumeMounts: [{ name: 'run', mountPath: '/tmp' }]
          }
        ],
        volumes: [{ name: 'run', emptyDir: {} }],
        terminationGracePeriodSeconds: 30
      }
    }
  }
}

/** A webhook of the controller; the certificate authority is filled in by the controller, which makes it. */
function webhook(name: string, path: string, rule: object, more: object): object {
  return {
    name,
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    timeoutSeconds: 5,
    clientConfig: { service: { name: `${controllerName}-webhook`, namespace: controllerNamespace, path, port: 443 } },
    rules: [rule],
    ...more
  }
}

const written = { operations: ['CREATE', 'UPDATE'], scope: '*' }

/** Of the controller's own Services nobody asks it: they are there before it answers. */
function serviceMutator(): object {
  return webhook(
    'mservice.elbv2.k8s.aws',
    '/mutate-v1-service',
    { operations: ['CREATE'], scope: '*', apiGroups: [''], apiVersions: ['v1'], resources: ['services'] },
    {
      failurePolicy: 'Fail',
      objectSelector: {
        matchExpressions: [{ key: 'app.kubernetes.io/name', operator: 'NotIn', values: [controllerName] }]
      }
    }
  )
}

/** The admission webhooks with the names, paths and failure policies of the AWS Load Balancer Controller's. */
function webhookObjects({ serviceMutatorWebhook }: ControllerObjectsOptions): KubernetesObject[] {
  return [
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: clusterMetadata,
      webhooks: [
        webhook(
          'vingress.elbv2.k8s.aws',
          '/validate-networking-v1-ingress',
          { ...written, apiGroups: ['networking.k8s.io'], apiVersions: ['v1'], resources: ['ingresses'] },
          { failurePolicy: 'Fail' }
        ),
        webhook(
          'vingressclassparams.elbv2.k8s.aws',
          '/validate-elbv2-k8s-aws-v1beta1-ingressclassparams',
          { ...written, apiGroups: ['elbv2.k8s.aws'], apiVersions: ['v1beta1'], resources: ['ingressclassparams'] },
          { failurePolicy: 'Fail' }
        ),
        webhook(
          'vtargetgroupbinding.elbv2.k8s.aws',
          '/validate-elbv2-k8s-aws-v1beta1-targetgroupbinding',
          { ...written, apiGroups: ['elbv2.k8s.aws'], apiVersions: ['v1beta1'], resources: ['targetgroupbindings'] },
          { failurePolicy: 'Fail' }
        )
      ]
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: clusterMetadata,
      webhooks: [
        webhook(
          'mpod.elbv2.k8s.aws',
          '/mutate-v1-pod',
          { operations: ['CREATE'], scope: '*', apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] },
          {
            failurePolicy: 'Ignore',
            namespaceSelector: { matchLabels: { 'elbv2.k8s.aws/pod-readiness-gate-inject': 'enabled' } }
          }
        ),
        webhook(
          'mtargetgroupbinding.elbv2.k8s.aws',
          '/mutate-elbv2-k8s-aws-v1beta1-targetgroupbinding',
          { ...written, apiGroups: ['elbv2.k8s.aws'], apiVersions: ['v1beta1'], resources: ['targetgroupbindings'] },
          { failurePolicy: 'Fail' }
        ),
        ...(serviceMutatorWebhook ? [serviceMutator()] : [])
      ]
    }
  ]
}

/** Everything that runs the mocked controller in a cluster, under pod security "restricted". */
export function controllerObjects(options: ControllerObjectsOptions): KubernetesObject[] {
  const { ports } = options
  const listeners = Array.from({ length: ports.last - ports.first + 1 }, (_, index) => ports.first + index)
  const rbac = 'rbac.authorization.k8s.io/v1'
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: controllerNamespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } }
    },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: rbac, kind: 'ClusterRole', metadata: clusterMetadata, rules: clusterRules },
    { apiVersion: rbac, kind: 'ClusterRoleBinding', metadata: clusterMetadata, ...bind('ClusterRole') },
    { apiVersion: rbac, kind: 'Role', metadata, rules: ownRules },
    { apiVersion: rbac, kind: 'RoleBinding', metadata, ...bind('Role') },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'alb' },
      spec: { controller: 'ingress.k8s.aws/alb' }
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: {
        type: 'NodePort',
        selector: labels,
        ports: listeners.map(port => ({ name: `listener-${port}`, port, targetPort: port, nodePort: port }))
      }
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { ...metadata, name: `${controllerName}-operations` },
      spec: { selector: labels, ports: [{ name: 'operations', port: operationsPort, targetPort: 'operations' }] }
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { ...metadata, name: `${controllerName}-webhook` },
      // Also those that stand by answer: who waits for its own finalizer to be admitted would wait for itself.
      spec: {
        publishNotReadyAddresses: true,
        selector: labels,
        ports: [{ name: 'webhook', port: 443, targetPort: 'webhook' }]
      }
    },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: deploymentSpec(options) },
    ...webhookObjects(options)
  ]
}
