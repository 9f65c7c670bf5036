import type { Certificate } from '../../elbv2/index.ts'
import type { KubernetesObject } from '../../resources/index.ts'
import { gatewayLabel } from './gateway-api.ts'
import { nodeImage } from './node-image.ts'

export const sampleName = 'istio-alb-sample'
const sampleNamespace = 'default'
const gatewaySecret = 'istio-alb-sample-tls'

/**
 * Answers every request with the request as it saw it. When it is told to end, it tells its clients first: a connection that
 * is closed while it is idle may have the next request on its way, which a load balancer answers with 502.
 */
const echo = `
import { createServer } from 'node:http'
let ending = false
const server = createServer((request, response) => {
  if (ending) response.setHeader('connection', 'close')
  request.resume()
  request.on('end', () => {
    const { method, url, headers } = request
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ service: process.env.SERVICE, method, path: url, headers }))
  })
})
server.listen(8080)
process.on('SIGTERM', () => {
  ending = true
  setTimeout(() => server.close(), 2000)
})
`

const metadata = { name: sampleName, namespace: sampleNamespace, labels: { app: sampleName } }

/** A small HTTP service, started before Istio so that its start costs no time of its own. */
export function sampleService(image = nodeImage): KubernetesObject[] {
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'echo.mjs': echo } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: metadata.labels, ports: [{ name: 'http', port: 80, targetPort: 8080 }] }
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: 1,
        selector: { matchLabels: metadata.labels },
        template: {
          metadata: { labels: metadata.labels },
          spec: {
            containers: [
              {
                name: 'echo',
                image,
                imagePullPolicy: 'IfNotPresent',
                command: ['node', '/script/echo.mjs'],
                env: [{ name: 'SERVICE', value: sampleName }],
                ports: [{ containerPort: 8080 }],
                readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
                volumeMounts: [{ name: 'script', mountPath: '/script' }]
              }
            ],
            volumes: [{ name: 'script', configMap: { name: sampleName } }],
            terminationGracePeriodSeconds: 5
          }
        }
      }
    }
  ]
}

export interface SampleRouteOptions {
  /** Of the gateway's pods and of the Secrets. */
  namespace: string
  /** Labels of the gateway's pods. */
  selector: Record<string, string>
  /** What the gateway shows to the load balancer, which does not verify it. */
  certificate: Certificate
  /** Secrets with a certificate that a Gateway of the Gateway API names and nobody made. */
  missingSecrets: string[]
  /** Classes of Gateways that nobody made. */
  missingClasses: KubernetesObject[]
}

/** The way from the gateway to the sample service, and the class of the chart's load balancer. */
export function sampleRoute({
  namespace,
  selector,
  certificate,
  missingSecrets,
  missingClasses
}: SampleRouteOptions): KubernetesObject[] {
  function base64(text: string): string {
    return Buffer.from(text).toString('base64')
  }
  function secret(name: string): KubernetesObject {
    return {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace },
      type: 'kubernetes.io/tls',
      data: { 'tls.crt': base64(certificate.certificate), 'tls.key': base64(certificate.key) }
    }
  }
  const ingressClass: KubernetesObject = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'alb' },
    spec: { controller: 'ingress.k8s.aws/alb' }
  }
  const gateway = selector[gatewayLabel]
  const classes = [ingressClass, ...missingClasses]
  return gateway === undefined
    ? [...classes, secret(gatewaySecret), ...istioRoute(namespace, selector)]
    : [...classes, ...missingSecrets.map(secret), ...gatewayAPIRoute(namespace, gateway)]
}

/** Through a gateway of Istio's own API, over HTTP and HTTPS. */
function istioRoute(namespace: string, selector: Record<string, string>): KubernetesObject[] {
  return [
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Gateway',
      metadata: { name: sampleName, namespace },
      spec: {
        selector,
        servers: [
          { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] },
          {
            // The load balancer sends no SNI: every host has to be taken here, and VirtualServices tell them apart.
            port: { number: 443, name: 'https', protocol: 'HTTPS' },
            tls: { mode: 'SIMPLE', credentialName: gatewaySecret },
            hosts: ['*']
          }
        ]
      }
    },
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: sampleName, namespace },
      spec: {
        hosts: ['*'],
        gateways: [sampleName],
        http: [
          {
            route: [
              { destination: { host: `${sampleName}.${sampleNamespace}.svc.cluster.local`, port: { number: 80 } } }
            ]
          }
        ]
      }
    }
  ]
}

/** Through each listener of a Gateway of the Gateway API; the sample service's namespace has to grant it. */
function gatewayAPIRoute(namespace: string, gateway: string): KubernetesObject[] {
  return [
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: sampleName, namespace },
      spec: {
        parentRefs: [{ name: gateway }],
        rules: [{ backendRefs: [{ name: sampleName, namespace: sampleNamespace, port: 80 }] }]
      }
    },
    {
      apiVersion: 'gateway.networking.k8s.io/v1beta1',
      kind: 'ReferenceGrant',
      metadata: { name: sampleName, namespace: sampleNamespace },
      spec: {
        from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace }],
        to: [{ group: '', kind: 'Service', name: sampleName }]
      }
    }
  ]
}
