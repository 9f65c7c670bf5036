import { describe, expect, test } from '@jest/globals'
import { parseObjects } from '../../../src/edge.ts'
import { buildPlan, defaultEnvironment, type Environment, stackPlansOf } from '../../../src/model/index.ts'
import { assumeMissing } from '../../../src/resources/index.ts'

const certificate = 'arn:aws:acm:eu-west-1:111122223333:certificate/0a1b2c3d-1111-4222-8333-444455556666'

const ingress = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: edge
  annotations:
    alb.ingress.kubernetes.io/certificate-arn: ${certificate}
    alb.ingress.kubernetes.io/target-type: ip
spec: { ingressClassName: alb, defaultBackend: { service: { name: web, port: { number: 80 } } } }
`

const service = `
apiVersion: v1
kind: Service
metadata:
  name: edge
  annotations:
    service.beta.kubernetes.io/aws-load-balancer-ssl-cert: ${certificate}
    service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip
spec: { type: LoadBalancer, loadBalancerClass: service.k8s.aws/nlb, ports: [{ port: 443, targetPort: 8443 }] }
`

const gateway = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge }
spec:
  gatewayClassName: alb
  infrastructure: { parametersRef: { group: gateway.k8s.aws, kind: LoadBalancerConfiguration, name: edge } }
  listeners: [{ name: https, port: 443, protocol: HTTPS }]
---
apiVersion: gateway.k8s.aws/v1beta1
kind: LoadBalancerConfiguration
metadata: { name: edge }
spec: { listenerConfigurations: [{ protocolPort: 'HTTPS:443', defaultCertificate: '${certificate}' }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: web }
spec: { parentRefs: [{ name: edge }], rules: [{ backendRefs: [{ name: web, port: 80 }] }] }
`

function assumptionsOf(text: string, environment: Environment): string[] {
  const { resources } = assumeMissing(parseObjects(text, 'edge.yaml'))
  const [stackPlan] = stackPlansOf(buildPlan(resources, environment))
  expect(stackPlan!.stack).toBeDefined()
  return stackPlan!.assumptions.filter(one => one.includes('region'))
}

describe.each([
  ['an Ingress', ingress],
  ['a Service', service],
  ['a Gateway', gateway]
])('the region of %s', (_, text) => {
  test('is that of its certificates, where nobody gave one', () => {
    expect(assumptionsOf(text, { ...defaultEnvironment, unlisted: ['region'] })).toEqual([
      expect.stringMatching(/^eu-west-1, of which its certificates/)
    ])
  })

  test('is the one that was given', () => {
    expect(assumptionsOf(text, { ...defaultEnvironment, region: 'eu-west-1' })).toEqual([])
  })
})
