import { describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { Failure, type Finding } from '../../../src/failure.ts'
import { parseManifests } from '../../../src/resources/index.ts'
import { kubernetesShapes } from '../../../src/resources/kubernetes-shape.ts'
import { operatorShape } from '../../../src/resources/operator-shape.ts'
import { workloadShapes } from '../../../src/resources/workload-shape.ts'

function findingsOf(text: string): Finding[] {
  try {
    parseManifests([{ text, file: 'edge.yaml' }])
  } catch (error) {
    if (error instanceof Failure && error.exitCode === 2) {
      return error.findings
    }
    throw error
  }
  return []
}

function object(apiVersion: string, kind: string, body: string): string {
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a, namespace: ns}\n${body}`
}
function service(body: string) {
  return object('v1', 'Service', body)
}
function ingress(body: string) {
  return object('networking.k8s.io/v1', 'Ingress', body)
}
function params(body: string) {
  return object('elbv2.k8s.aws/v1beta1', 'IngressClassParams', body)
}

describe('what the API server could not decode is refused, with its place', () => {
  test.each([
    {
      text: service('spec: {ports: [{port: "80"}]}'),
      path: 'spec.ports.0.port',
      message: 'must be an integer, it is "80"'
    },
    {
      text: service('spec: {ports: [{port: 80.5}]}'),
      path: 'spec.ports.0.port',
      message: 'must be an integer, it is 80.5'
    },
    {
      text: service('spec: {ports: [{port: 3000000000}]}'),
      path: 'spec.ports.0.port',
      message: 'must be an integer up to 2147483647, it is 3000000000'
    },
    {
      text: service('spec: {ports: [{port: 80, targetPort: true}]}'),
      path: 'spec.ports.0.targetPort',
      message: 'must be an integer or a string, it is true'
    },
    { text: service('spec: {ports: {port: 80}}'), path: 'spec.ports', message: 'must be a list, it is a mapping' },
    { text: service('spec: {ports: [{name: a}]}'), path: 'spec.ports.0', message: 'has no port' },
    {
      text: service('spec: {selector: {istio: 1}}'),
      path: 'spec.selector.istio',
      message: 'must be a string, it is 1'
    },
    {
      text: ingress('spec: {rules: [{host: [a.com]}]}'),
      path: 'spec.rules.0.host',
      message: 'must be a string, it is a list'
    },
    { text: ingress('spec: nothing'), path: 'spec', message: 'must be a mapping, it is "nothing"' },
    {
      text: params('spec: {sslRedirectPort: 443}'),
      path: 'spec.sslRedirectPort',
      message: 'must be a string, it is 443'
    },
    {
      text: params('spec: {listeners: [{listenerAttributes: [{key: a, value: true}]}]}'),
      path: 'spec.listeners.0.listenerAttributes.0.value',
      message: 'must be a string, it is true'
    },
    {
      text: object('v1', 'Node', 'spec: {unschedulable: "yes"}'),
      path: 'spec.unschedulable',
      message: 'must be true or false, it is "yes"'
    },
    {
      text: service('spec: {loadBalancerClass: {}}'),
      path: 'spec.loadBalancerClass',
      message: 'must be a string, it is a mapping'
    },
    {
      text: params('spec: {loadBalancerAttributes: [{key: a}]}'),
      path: 'spec.loadBalancerAttributes.0',
      message: 'has no value'
    },
    {
      text: object('eks.amazonaws.com/v1', 'IngressClassParams', 'spec: {scheme: [internal]}'),
      path: 'spec.scheme',
      message: 'must be a string, it is a list'
    },
    {
      text: object('eks.amazonaws.com/v1', 'IngressClassParams', 'spec: {subnets: {tags: none}}'),
      path: 'spec.subnets.tags',
      message: 'must be a mapping or a list, it is "none"'
    },
    {
      text: object('gateway.k8s.aws/v1', 'LoadBalancerConfiguration', 'spec: {listenerConfigurations: [{}]}'),
      path: 'spec.listenerConfigurations.0',
      message: 'has no protocolPort'
    },
    {
      text: object('elbv2.k8s.aws/v1beta1', 'TargetGroupBinding', 'spec: {serviceRef: {name: a}}'),
      path: 'spec.serviceRef',
      message: 'has no port'
    },
    {
      text: object('autoscaling/v2', 'HorizontalPodAutoscaler', 'spec: {minReplicas: "2"}'),
      path: 'spec.minReplicas',
      message: 'must be an integer, it is "2"'
    }
  ])('$path $message', ({ text, path, message }) => {
    expect(findingsOf(text)).toEqual([
      expect.objectContaining({ severity: 'error', file: 'edge.yaml', line: 4, path, message: `${path} ${message}` })
    ])
  })

  test.each([
    ['name', 'anme', 'write name for anme'],
    ['name', 'header', 'add name'],
    ['value', 'vlaue', 'write value for vlaue']
  ])('a match of a header without %s but with %s', (missing, key, hint) => {
    const match = JSON.stringify({ name: 'a', value: 'b', [missing]: undefined, [key]: 'c' })
    const text = object(
      'gateway.networking.k8s.io/v1',
      'HTTPRoute',
      `spec: {rules: [{matches: [{headers: [${match}]}]}]}`
    )
    const path = 'spec.rules.0.matches.0.headers.0'
    expect(findingsOf(text)).toEqual([
      expect.objectContaining({
        code: 'MANIFEST_WRONG_TYPE',
        path,
        message: `${path} has no ${missing}`,
        hint,
        line: 4
      })
    ])
  })

  test('a Secret that is no base64, without showing it', () => {
    const [finding] = findingsOf(object('v1', 'Secret', 'data: {clientSecret: my secret!}'))
    expect(finding).toMatchObject({ path: 'data.clientSecret', message: 'data.clientSecret must be base64' })
    expect(JSON.stringify(finding)).not.toContain('my secret')
  })

  test('base64 over several lines is base64', () => {
    expect(findingsOf(object('v1', 'Secret', 'data:\n  a: |\n    aGVs\n    bG8=\n'))).toEqual([])
  })
})

describe('what an API server would only refuse to validate is read', () => {
  test.each([
    service('spec: {ports: [{port: 0, nodePort: 99999}]}'),
    ingress('spec: {rules: [{http: {paths: [{path: no-slash, pathType: Exact, backend: {}}]}}]}'),
    ingress('spec: {unknown: field}'),
    params('spec: {scheme: public}'),
    object('gateway.networking.k8s.io/v1', 'HTTPRoute', 'spec: {rules: [{backendRefs: [{port: 80}]}]}'),
    object('gateway.k8s.aws/v1', 'TargetGroupConfiguration', 'spec: {}')
  ])('%s', text => {
    expect(findingsOf(text)).toEqual([])
  })
})

test('all mistakes of all objects, in the order of the file, each with its object', () => {
  const text = Array.from({ length: 300 }, (_, index) =>
    object('networking.k8s.io/v1', 'Ingress', `spec:\n  tls: 1\n  rules: 2\n  ingressClassName: ${index}\n`).replace(
      'name: a',
      `name: i${index}`
    )
  ).join('---\n')
  const findings = findingsOf(text)
  expect(findings).toHaveLength(900)
  expect(findings.map(({ line }) => line)).toEqual(findings.map(({ line }) => line!).toSorted((a, b) => a - b))
  expect(findings.slice(0, 4).map(({ object: name, path }) => [name, path])).toEqual([
    ['Ingress ns/i0', 'spec.tls'],
    ['Ingress ns/i0', 'spec.rules'],
    ['Ingress ns/i0', 'spec.ingressClassName'],
    ['Ingress ns/i1', 'spec.tls']
  ])
})

test.each(Object.entries({ ...kubernetesShapes, ...workloadShapes, IstioOperator: operatorShape }))(
  'the shape of %s is a schema',
  (_kind, shape) => {
    const ajv = new Ajv2020({ strict: false })
    expect([ajv.validateSchema(shape), ajv.errors]).toEqual([true, null])
  }
)
