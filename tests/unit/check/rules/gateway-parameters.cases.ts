import { expect } from '@jest/globals'
import type { Edge } from '../edge.ts'
import type { RuleCase } from './rules.cases.ts'

const namespace = 'edge'
const code = 'GATEWAY_PARAMETERS_REFUSED'

/** A Gateway that Istio makes pods and a Service of, with parameters. */
function gatewayWith(data: Record<string, string>, parametersRef: object | null = {}, configMap: object = {}) {
  return ({ more }: Edge) => {
    more.push(
      {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'Gateway',
        // Its Service is one that no load balancer is made of.
        metadata: {
          name: 'public',
          namespace,
          annotations: { 'networking.istio.io/service-type': 'ClusterIP' }
        },
        spec: {
          gatewayClassName: 'istio',
          ...(parametersRef && {
            infrastructure: { parametersRef: { group: '', kind: 'ConfigMap', name: 'fixed', ...parametersRef } }
          }),
          listeners: [{ name: 'http', protocol: 'HTTP', port: 80 }]
        }
      },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'fixed', namespace, ...configMap }, data }
    )
  }
}

function refused(name: string, data: Record<string, string>, finds: NonNullable<RuleCase['finds']>): RuleCase {
  return { code, name, change: gatewayWith(data), finds: { object: 'ConfigMap edge/fixed', ...finds } }
}

function containing(text: string): never {
  return expect.stringContaining(text) as never
}

/** What istiod lays over the objects that it makes of a Gateway. */
export const gatewayParameterCases: RuleCase[] = [
  refused(
    'a misspelt key',
    { horizontalPodAutoscalar: '{}' },
    {
      path: containing('data.horizontalPodAutoscalar'),
      expected: 'horizontalPodAutoscaler',
      message: containing('Gateway edge/public')
    }
  ),
  refused('a key of another chart', { hpa: '{}' }, { actual: 'hpa', message: containing('unsupported overlay "hpa"') }),
  refused('no YAML', { deployment: 'spec: [' }, { message: containing('deployment is not YAML') }),
  refused('a list', { serviceAccount: '- a' }, { message: containing('serviceAccount holds a list') }),
  refused('a text', { podDisruptionBudget: 'none' }, { message: containing('podDisruptionBudget holds no mapping') }),
  refused(
    'another shape',
    { horizontalPodAutoscaler: 'spec: { minReplicas: two }' },
    { message: containing('spec.minReplicas must be an integer'), actual: '"two"' }
  ),
  refused('ports without numbers', { service: 'spec: { ports: [{ name: http }] }' }, { expected: 'port' }),
  refused(
    'another name',
    { service: 'metadata: { name: mine }' },
    { message: containing("illegal metadata change: name is istiod's to set"), hint: 'remove metadata.name' }
  ),
  {
    code,
    name: 'parameters of another kind',
    change: gatewayWith({}, { group: 'gateway.k8s.aws', kind: 'LoadBalancerConfiguration' }),
    finds: { object: 'Gateway edge/public', message: containing('gateway.k8s.aws/LoadBalancerConfiguration') }
  },
  {
    code,
    name: 'the defaults of the class',
    change: gatewayWith({ service: '[]' }, null, {
      namespace: 'istio-system',
      labels: { 'gateway.istio.io/defaults-for-class': 'istio' }
    }),
    finds: { object: 'ConfigMap istio-system/fixed' }
  },
  {
    code,
    name: 'a part of each object',
    change: gatewayWith({
      deployment: 'spec: { template: { metadata: { annotations: { a: b } } } }',
      service: 'metadata: { name: public-istio }\nspec: { type: NodePort, ports: [{ port: 80, nodePort: 30080 }] }',
      serviceAccount: 'metadata: { annotations: { a: b } }',
      horizontalPodAutoscaler: 'spec: { minReplicas: 2, maxReplicas: 4 }',
      podDisruptionBudget: ''
    })
  },
  {
    code,
    name: 'a ConfigMap that is not there, beside one of a near name',
    change: gatewayWith({}, { name: 'fixd' }),
    finds: { object: 'Gateway edge/public', severity: 'error', expected: 'fixed', hint: 'did you mean fixed?' }
  },
  {
    code,
    name: 'a ConfigMap that may be in other files',
    change: gatewayWith({}, { name: 'options' }),
    finds: { severity: 'info', actual: 'options', hint: 'name the file with the ConfigMap too' }
  },
  {
    code: 'BACKEND_SERVICE_NOT_THERE',
    name: 'the Service that istiod does not make for its parameters, which is told as such',
    change: edge => {
      gatewayWith({ hpa: '{}' })(edge)
      edge.ingress.metadata.namespace = namespace
      edge.ingress.spec.rules[0].http.paths[0].backend.service = { name: 'public-istio', port: { number: 80 } }
    }
  },
  {
    code,
    name: "a ConfigMap that is nobody's parameters",
    change: gatewayWith({ hpa: '{' }, null)
  }
]
