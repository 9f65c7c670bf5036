import { expect } from '@jest/globals'
import { stringify } from 'yaml'
import type { Finding } from '../../../../src/failure.ts'
import { annotate, createDeployment, createIngress, createOperator, type Edge, type Loose, path } from '../edge.ts'
import { apiServerCases } from './api-server.cases.ts'
import { gatewayParameterCases } from './gateway-parameters.cases.ts'
import { gatewayPodCases } from './gateway-pods.cases.ts'
import { gatewayRouteCases } from './gateway-routes.cases.ts'
import { gatewayRoutingCases } from './gateway-routing.cases.ts'
import { gatewayCases } from './gateways.cases.ts'
import { madeGatewayCases } from './made-gateways.cases.ts'
import { serviceCases } from './service.cases.ts'

/** One thing done to a well-made edge: what the rule says of it, or that it says nothing. */
export interface RuleCase {
  code: string
  name: string
  change(edge: Edge): void
  /** Rewrites the text of the objects, for what no object can hold. */
  rewrite?(text: string): string
  /** Part of the one finding of this code; absent for a near miss. */
  finds?: Partial<Finding>
}

const certificateARN = 'arn:aws:acm:eu-west-1:111122223333:certificate/0a1b2c3d-1111-4222-8333-444455556666'
const prefix = 'alb.ingress.kubernetes.io/'

/** The mesh's configuration, as istiod reads it. */
function mesh(name: string, gatewayTopology: Loose) {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'istio-system' },
    data: { mesh: stringify({ defaultConfig: { gatewayTopology } }) }
  }
}

const plainPort = { name: 'http2', port: 80, targetPort: 8080, nodePort: 31565 }

/** The gateway redirects, and gets plain HTTP. */
function redirectByGateway(edge: Edge): void {
  annotate(edge.ingress, { 'backend-protocol': undefined, 'healthcheck-protocol': undefined })
  edge.ingress.spec.rules[0].http.paths[0].backend.service.port.number = 80
  edge.gateway.spec.servers = [
    { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'], tls: { httpsRedirect: true } }
  ]
}

/** A Gateway of the Gateway API, of Istio's class. */
function apiGateway(name: string) {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name, namespace: 'istio-system', annotations: { 'networking.istio.io/service-type': 'ClusterIP' } },
    spec: { gatewayClassName: 'istio', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] }
  }
}

/** Cases of one rule. */
function of(code: string, ...cases: Omit<RuleCase, 'code'>[]): RuleCase[] {
  return cases.map(one => ({ code, ...one }))
}

function secret(name: string, namespace: string) {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: { name, namespace }
  }
}

function ingressClass(name: string, controller = 'ingress.k8s.aws/alb') {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name },
    spec: { controller }
  }
}

function serverOf(edge: Edge) {
  return edge.gateway.spec.servers[0]
}

const ports = {
  status: { name: 'status-port', port: 15021, targetPort: 15021, nodePort: 30621 },
  https: { name: 'https', port: 443, targetPort: 8443, nodePort: 31804 }
}

/** Puts an IstioOperator in the place of the Service. */
function installByOperator(edge: Edge, k8s: Record<string, unknown> = {}, spec: Record<string, unknown> = {}): void {
  edge.more.push(createOperator({ service: { type: 'NodePort', ports: [ports.status, ports.https] }, ...k8s }, spec))
  edge.service = undefined
}

const oidc = {
  'auth-type': 'oidc',
  'auth-idp-oidc': JSON.stringify({
    issuer: 'https://id.example.com',
    authorizationEndpoint: 'https://id.example.com/authorize',
    tokenEndpoint: 'https://id.example.com/token',
    userInfoEndpoint: 'https://id.example.com/user',
    secretName: 'client'
  })
}

/** A path that leads to a target group of somebody else's. */
function forwardTo({ ingress }: Edge, TargetGroupArn: string): void {
  annotate(ingress, { 'actions.old': JSON.stringify({ Type: 'forward', TargetGroupArn }) })
  ingress.spec.rules[0].http.paths.push(path('/old', 'old', 'use-annotation'))
}

const cognito = {
  'auth-type': 'cognito',
  'auth-idp-cognito': JSON.stringify({
    userPoolARN: 'arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_a1b2c3d4e',
    userPoolClientID: 'client',
    userPoolDomain: 'shop'
  })
}

const healthCheck: RuleCase[] = [
  ...of(
    'HEALTH_CHECK_PORT_NOT_A_NODE_PORT',
    {
      name: "the container's port where a name belongs",
      change: ({ ingress }) => annotate(ingress, { 'healthcheck-port': '15021' }),
      finds: { severity: 'error', expected: 'status-port, or 30621', actual: '15021' }
    },
    {
      name: 'the node port of another Service',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'healthcheck-port': '30999' })
        more.push({
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'other', namespace: 'shop' },
          spec: { type: 'NodePort', ports: [{ name: 'web', port: 80, nodePort: 30999 }] }
        })
      },
      finds: { message: expect.stringContaining('the node port of web of another, Service shop/other') as never }
    },
    {
      name: 'a number that drifted',
      change: ({ service }) => {
        annotate(service, { 'healthcheck-port': '30622' })
      },
      finds: { object: 'Service istio-system/gateway', actual: '30622' }
    },
    {
      name: 'a number where the API server draws',
      change: ({ ingress, service }) => {
        annotate(ingress, { 'healthcheck-port': '30621' })
        delete service.spec.ports[0].nodePort
      },
      finds: { expected: 'status-port' }
    },
    {
      name: 'the port of readiness, which the Service lacks',
      change: ({ ingress, service }) => {
        annotate(ingress, { 'healthcheck-port': '15021' })
        service.spec.ports = service.spec.ports.slice(1)
      },
      finds: { expected: 'status-port', hint: expect.stringContaining('add { name: status-port') as never }
    },
    { name: 'the name', change: () => {} },
    { name: 'the right number', change: ({ ingress }) => annotate(ingress, { 'healthcheck-port': '30621' }) },
    { name: 'traffic-port', change: ({ ingress }) => annotate(ingress, { 'healthcheck-port': 'traffic-port' }) },
    {
      name: 'the port of pods with ip targets',
      change: ({ ingress }) => annotate(ingress, { 'healthcheck-port': '15021', 'target-type': 'ip' })
    },
    {
      name: "the Service's right port over the Ingress's wrong one",
      change: ({ ingress, service }) => {
        annotate(ingress, { 'healthcheck-port': '15021' })
        annotate(service, { 'healthcheck-port': 'status-port' })
      }
    }
  ),
  ...of(
    'HEALTH_CHECK_PORT_NOT_A_POD_PORT',
    {
      name: 'a node port with ip targets',
      change: ({ ingress }) => annotate(ingress, { 'healthcheck-port': '30621', 'target-type': 'ip' }),
      finds: { expected: 'status-port, or 15021', actual: '30621' }
    },
    {
      name: 'a number of that range with ip targets',
      change: ({ ingress }) => annotate(ingress, { 'healthcheck-port': '30777', 'target-type': 'ip' }),
      finds: { message: expect.stringContaining('where nothing listens in the pods') as never }
    },
    {
      name: 'the same with instance targets',
      change: ({ ingress }) => annotate(ingress, { 'healthcheck-port': '30621' })
    },
    {
      name: 'a port that nothing in a gateway opens',
      change: ({ ingress }) => annotate(ingress, { 'healthcheck-port': '9090', 'target-type': 'ip' }),
      finds: { message: expect.stringContaining('15021, 8080, 8443, 15020, 15090') as never }
    },
    {
      name: "the port of Istio's agent, which no Service names",
      change: ({ ingress }) =>
        annotate(ingress, {
          'healthcheck-port': '15020',
          'healthcheck-path': '/healthz/ready',
          'healthcheck-protocol': 'HTTP',
          'target-type': 'ip'
        })
    },
    {
      name: 'a port of a container beside the proxy, which no Service names',
      change: ({ ingress, service, more }) => {
        annotate(ingress, { 'healthcheck-port': '9090', 'target-type': 'ip' })
        const containers = [{ name: 'exporter', ports: [{ containerPort: 9090 }] }]
        const template = { metadata: { labels: service.spec.selector }, spec: { containers } }
        more.push({
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'gateway', namespace: service.metadata.namespace },
          spec: { template }
        } as never)
      }
    }
  ),
  ...of(
    'HEALTH_CHECK_PORT_TYPED_TWICE',
    {
      name: 'the right number, typed again',
      change: ({ service }) => annotate(service, { 'healthcheck-port': '30621' }),
      finds: { severity: 'warning', expected: 'status-port', actual: '30621' }
    },
    { name: 'the name', change: ({ service }) => annotate(service, { 'healthcheck-port': 'status-port' }) },
    { name: 'a wrong number', change: ({ service }) => annotate(service, { 'healthcheck-port': '30622' }) }
  ),
  ...of(
    'HEALTH_CHECK_TLS_TO_STATUS_PORT',
    {
      name: 'the protocol follows backend-protocol',
      change: ({ ingress }) => annotate(ingress, { 'healthcheck-protocol': undefined }),
      finds: { severity: 'error', path: expect.stringContaining('backend-protocol') as never }
    },
    {
      name: 'HTTPS asked for',
      change: ({ ingress }) => annotate(ingress, { 'healthcheck-protocol': 'HTTPS' }),
      finds: { severity: 'error', path: expect.stringContaining('healthcheck-protocol') as never }
    },
    {
      name: 'what mending the backend would break',
      change: ({ ingress }) => annotate(ingress, { 'healthcheck-protocol': undefined, 'backend-protocol': undefined }),
      finds: { severity: 'warning', actual: 'not set' }
    },
    {
      name: 'a plain backend',
      change: ({ ingress }) => {
        annotate(ingress, { 'healthcheck-protocol': undefined, 'backend-protocol': undefined })
        ingress.spec.rules[0].http.paths[0].backend.service.port.number = 80
      }
    },
    {
      name: 'an HTTPS check of the TLS port',
      change: ({ ingress }) => annotate(ingress, { 'healthcheck-protocol': undefined, 'healthcheck-port': 'https' })
    }
  ),
  ...of(
    'HEALTH_CHECK_PATH_NOT_SERVED',
    {
      name: 'readiness on the traffic port',
      change: ({ ingress }) => annotate(ingress, { 'healthcheck-port': undefined }),
      finds: { expected: 'status-port', actual: 'traffic-port, the default' }
    },
    {
      name: 'the default path on the status port',
      change: ({ ingress }) => annotate(ingress, { 'healthcheck-path': undefined }),
      finds: { expected: '/healthz/ready', actual: '/, the default' }
    },
    {
      name: 'another path of the traffic port',
      change: ({ ingress }) => annotate(ingress, { 'healthcheck-port': 'http2', 'healthcheck-path': '/shop/healthy' })
    },
    {
      name: 'a 404 that is a success',
      change: ({ ingress }) => annotate(ingress, { 'healthcheck-path': '/', 'success-codes': '200-404' })
    }
  ),
  ...of(
    'HEALTH_CHECK_TIMEOUT_NOT_BELOW_INTERVAL',
    {
      name: 'an interval as short as the default time-out',
      change: ({ ingress }) => annotate(ingress, { 'healthcheck-interval-seconds': '5' }),
      finds: { path: expect.stringContaining('interval-seconds') as never, actual: '5' }
    },
    {
      name: 'just below',
      change: ({ ingress }) =>
        annotate(ingress, { 'healthcheck-interval-seconds': '5', 'healthcheck-timeout-seconds': '4' })
    },
    { name: 'no number at all', change: ({ ingress }) => annotate(ingress, { 'healthcheck-timeout-seconds': '15s' }) }
  ),
  ...of(
    'GRPC_WITH_HTTP_HEALTH_CHECK',
    {
      name: 'a path of plain HTTP',
      change: ({ ingress }) => annotate(ingress, { 'backend-protocol-version': 'GRPC' }),
      finds: { actual: '/healthz/ready', expected: '/AWS.ALB/healthcheck, the default' }
    },
    {
      name: 'codes of plain HTTP',
      change: ({ ingress }) =>
        annotate(ingress, {
          'backend-protocol-version': 'GRPC',
          'healthcheck-path': undefined,
          'success-codes': '200'
        }),
      finds: { actual: '200' }
    },
    { name: 'HTTP2', change: ({ ingress }) => annotate(ingress, { 'backend-protocol-version': 'HTTP2' }) },
    {
      name: 'a gRPC method',
      change: ({ ingress }) =>
        annotate(ingress, {
          'backend-protocol-version': 'GRPC',
          'healthcheck-path': '/grpc.health.v1.Health/Check',
          'success-codes': '0-12'
        })
    }
  ),
  ...of(
    'STATUS_PORT_MISSING',
    {
      name: 'a list of ports without it, and the number of another in the health check',
      change: ({ service, ingress }) => {
        service.spec.ports.shift()
        annotate(ingress, { 'healthcheck-port': '31804' })
      },
      finds: { hint: expect.stringContaining('add { name: status-port, port: 15021, targetPort: 15021 }') as never }
    },
    {
      name: 'a list of ports without it',
      change: ({ service, ingress }) => {
        service.spec.ports.shift()
        annotate(ingress, { 'healthcheck-port': undefined })
      },
      finds: { severity: 'error', actual: 'http2, https' }
    },
    {
      name: "an operator's list without it",
      change: edge => installByOperator(edge, { service: { type: 'NodePort', ports: [ports.https] } }),
      finds: { path: 'spec.ports' }
    },
    {
      name: 'under another name',
      change: ({ service }) => {
        service.spec.ports[0].name = 'status'
      }
    },
    {
      name: 'a check of the traffic port that somebody chose',
      change: ({ service, ingress }) => {
        service.spec.ports.shift()
        annotate(ingress, { 'healthcheck-port': undefined, 'healthcheck-path': '/shop/healthy' })
      }
    },
    {
      name: "the pods' own port with ip targets",
      change: ({ service, ingress }) => {
        service.spec.ports.shift()
        annotate(ingress, { 'healthcheck-port': '15021', 'target-type': 'ip' })
      }
    },
    {
      name: 'a Service that is no gateway',
      change: ({ service, ingress }) => {
        service.spec.ports.shift()
        service.spec.selector = { app: 'shop' }
        annotate(ingress, { 'healthcheck-port': undefined })
      }
    }
  )
]

const backend: RuleCase[] = [
  ...of(
    'PLAIN_HTTP_TO_TLS_PORT',
    {
      name: 'no backend-protocol',
      change: ({ ingress }) => annotate(ingress, { 'backend-protocol': undefined }),
      finds: { severity: 'error', expected: 'HTTPS', actual: 'HTTP, the default' }
    },
    {
      name: 'without a Gateway, by name and number',
      change: edge => {
        annotate(edge.ingress, { 'backend-protocol': 'HTTP' })
        edge.gateway = undefined
      },
      finds: { actual: 'HTTP' }
    },
    {
      name: 'by appProtocol',
      change: ({ ingress, service }) => {
        annotate(ingress, { 'backend-protocol': undefined })
        service.spec.ports[2].appProtocol = 'https'
      },
      finds: {}
    },
    {
      name: 'by the name of a port of an application, with less certainty',
      change: ({ ingress, service }) => {
        annotate(ingress, { 'backend-protocol': undefined, 'healthcheck-port': undefined })
        service.spec = { type: 'NodePort', ports: [{ name: 'https', port: 443, targetPort: 8443, nodePort: 31804 }] }
      },
      finds: { severity: 'warning' }
    },
    {
      name: 'a Gateway that speaks plain HTTP there',
      change: edge => {
        annotate(edge.ingress, { 'backend-protocol': undefined })
        Object.assign(serverOf(edge), { port: { number: 443, name: 'http', protocol: 'HTTP' }, tls: undefined })
      }
    },
    {
      name: 'a Service that ends TLS at the load balancer',
      change: ({ ingress, service }) => {
        annotate(ingress, { 'backend-protocol': undefined, 'healthcheck-port': undefined })
        service.spec = { type: 'NodePort', ports: [{ name: 'web', port: 443, targetPort: 8080, nodePort: 31804 }] }
      }
    }
  ),
  ...of(
    'TLS_TO_PLAIN_HTTP_PORT',
    {
      name: "HTTPS to the gateway's plain port",
      change: ({ ingress }) => {
        ingress.spec.rules[0].http.paths[0].backend.service.port.number = 80
      },
      finds: { expected: 'HTTP', actual: 'HTTPS' }
    },
    {
      name: 'a Gateway that ends TLS there',
      change: edge => {
        edge.ingress.spec.rules[0].http.paths[0].backend.service.port.number = 80
        serverOf(edge).port.number = 80
      }
    }
  ),
  ...of(
    'SERVICE_WITHOUT_NODE_PORT',
    {
      name: 'no address of its own, with instance targets',
      change: ({ service }) => {
        Object.assign(service.spec, { type: 'ClusterIP', clusterIP: 'None' })
        for (const port of service.spec.ports) {
          delete port.nodePort
        }
      },
      finds: {
        hint: 'send to a Service of type NodePort, or set alb.ingress.kubernetes.io/target-type: ip on the Ingress'
      }
    },
    {
      name: 'ClusterIP with instance targets',
      change: ({ service }) => {
        service.spec.type = 'ClusterIP'
        for (const port of service.spec.ports) {
          delete port.nodePort
        }
      },
      finds: { expected: 'NodePort', actual: 'ClusterIP', object: 'Service istio-system/gateway' }
    },
    {
      name: 'node ports that the API server draws',
      change: ({ service }) => {
        delete service.spec.ports[2].nodePort
      }
    },
    {
      name: 'ClusterIP with ip targets',
      change: ({ ingress, service }) => {
        annotate(ingress, { 'target-type': 'ip' })
        service.spec.type = 'ClusterIP'
        for (const port of service.spec.ports) {
          delete port.nodePort
        }
      }
    },
    {
      name: 'LoadBalancer',
      change: ({ service }) => {
        service.spec.type = 'LoadBalancer'
      }
    }
  ),
  ...of(
    'BACKEND_SERVICE_NOT_THERE',
    {
      name: 'in another namespace',
      change: ({ ingress }) => {
        ingress.metadata.namespace = 'shop'
      },
      finds: { severity: 'error', expected: 'an Ingress in namespace istio-system' }
    },
    {
      name: 'misspelled',
      change: ({ ingress }) => {
        ingress.spec.rules[0].http.paths[0].backend.service.name = 'gatway'
      },
      finds: { severity: 'warning', hint: 'did you mean gateway?' }
    },
    {
      name: 'not among the objects at all',
      change: edge => {
        edge.service = undefined
      }
    },
    {
      name: 'one of several with numbers',
      change: ({ ingress, service }) => {
        service.metadata.name = 'gateway-1'
        ingress.spec.rules[0].http.paths[0].backend.service.name = 'gateway-2'
      }
    }
  ),
  ...of(
    'PROTOCOL_VERSION_NEEDS_HTTPS_LISTENER',
    {
      name: 'HTTP2 from plain listeners alone',
      change: ({ ingress }) =>
        annotate(ingress, {
          'backend-protocol-version': 'HTTP2',
          'ssl-redirect': undefined,
          'listen-ports': '[{"HTTP":80}]',
          'certificate-arn': undefined
        }),
      finds: { actual: 'HTTP:80' }
    },
    {
      name: 'HTTP2 from a plain listener',
      change: ({ ingress }) => annotate(ingress, { 'backend-protocol-version': 'HTTP2', 'ssl-redirect': undefined }),
      finds: { actual: 'HTTP:80' }
    },
    {
      name: 'a plain listener that only redirects',
      change: ({ ingress }) => annotate(ingress, { 'backend-protocol-version': 'HTTP2' })
    },
    {
      name: 'HTTP1',
      change: ({ ingress }) => annotate(ingress, { 'backend-protocol-version': 'HTTP1', 'ssl-redirect': undefined })
    }
  ),
  ...of(
    'TRAFFIC_POLICY_LOCAL',
    {
      name: 'with ip targets',
      change: ({ ingress, service }) => {
        annotate(ingress, { 'target-type': 'ip' })
        service.spec.externalTrafficPolicy = 'Local'
      },
      finds: { severity: 'info' }
    },
    {
      name: 'with one replica',
      change: ({ service, more }) => {
        service.spec.externalTrafficPolicy = 'Local'
        more.push(createDeployment({}, { replicas: 1 }))
      },
      finds: { severity: 'warning', expected: 'two replicas or more, or Cluster' }
    },
    {
      name: 'with nodes that have no pod',
      change: ({ service, more }) => {
        service.spec.externalTrafficPolicy = 'Local'
        more.push(...['a', 'b'].map(name => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } })), {
          apiVersion: 'discovery.k8s.io/v1',
          kind: 'EndpointSlice',
          metadata: {
            name: 'gateway-1',
            namespace: 'istio-system',
            labels: { 'kubernetes.io/service-name': 'gateway' }
          },
          endpoints: [{ addresses: ['10.0.0.1'], nodeName: 'a', conditions: { ready: true } }]
        })
      },
      finds: { severity: 'info', message: expect.stringContaining('1 of 2 nodes') as never }
    },
    {
      name: 'with several replicas',
      change: ({ service, more }) => {
        service.spec.externalTrafficPolicy = 'Local'
        more.push(createDeployment({}, { replicas: 3 }))
      }
    },
    {
      name: 'Cluster with one replica',
      change: ({ service, more }) => {
        service.spec.externalTrafficPolicy = 'Cluster'
        more.push(createDeployment({}, { replicas: 1 }))
      }
    }
  )
]

const annotations: RuleCase[] = [
  ...of(
    'SSL_REDIRECT_IS_NO_ACTION',
    {
      name: 'a bare port',
      change: ({ ingress }) => annotate(ingress, { 'ssl-redirect': undefined, 'actions.ssl-redirect': '443' }),
      finds: { severity: 'error', expected: `${prefix}ssl-redirect: '443'` }
    },
    {
      name: 'a bare port beside the annotation that redirects',
      change: ({ ingress }) => annotate(ingress, { 'actions.ssl-redirect': '443' }),
      finds: {
        severity: 'warning',
        message: expect.stringContaining('no backend refers to it: it is not read') as never,
        hint: `remove it: ${prefix}ssl-redirect is set too`
      }
    },
    { name: 'the annotation itself', change: () => {} },
    {
      name: 'an action of that name',
      change: ({ ingress }) => {
        annotate(ingress, {
          'actions.ssl-redirect':
            '{"type":"redirect","redirectConfig":{"protocol":"HTTPS","port":"443","statusCode":"HTTP_301"}}'
        })
        ingress.spec.rules[0].http.paths.unshift(path('/', 'ssl-redirect', 'use-annotation'))
      }
    }
  ),
  ...of(
    'ACTION_UNUSED',
    {
      name: 'an action without a backend',
      change: ({ ingress }) =>
        annotate(ingress, { 'actions.teapot': '{"type":"fixed-response","fixedResponseConfig":{"statusCode":"418"}}' }),
      finds: { expected: 'a backend with service.name teapot and port.name use-annotation' }
    },
    {
      name: 'an action of an Ingress of before 1.22, whose backends have other fields',
      change: ({ ingress }) => {
        ingress.apiVersion = 'networking.k8s.io/v1beta1'
        ingress.spec.rules = [
          { http: { paths: [{ backend: { serviceName: 'gone', servicePort: 'use-annotation' } }] } }
        ]
        annotate(ingress, { 'actions.gone': '{"type":"fixed-response","fixedResponseConfig":{"statusCode":"410"}}' })
      }
    },
    {
      name: 'conditions of no Service',
      change: ({ ingress }) => annotate(ingress, { 'conditions.gatway': '[]' }),
      finds: { expected: 'a backend with service.name gatway' }
    },
    {
      name: 'conditions of the Service',
      change: ({ ingress }) =>
        annotate(ingress, {
          'conditions.gateway': '[{"field":"source-ip","sourceIPConfig":{"values":["10.0.0.0/8"]}}]'
        })
    },
    {
      name: 'an action that a default backend refers to',
      change: ({ ingress }) => {
        annotate(ingress, { 'actions.gone': '{"type":"fixed-response","fixedResponseConfig":{"statusCode":"410"}}' })
        ingress.spec.defaultBackend = { service: { name: 'gone', port: { name: 'use-annotation' } } }
      }
    }
  ),
  ...of(
    'ACTION_MISSING',
    {
      name: 'a backend without its action',
      change: ({ ingress }) => ingress.spec.rules[0].http.paths.push(path('/old', 'gone', 'use-annotation')),
      finds: { expected: `${prefix}actions.gone`, path: 'spec.rules.0.http.paths.1.backend.service.name' }
    },
    {
      name: 'a backend with its action',
      change: ({ ingress }) => {
        annotate(ingress, { 'actions.gone': '{"type":"fixed-response","fixedResponseConfig":{"statusCode":"410"}}' })
        ingress.spec.rules[0].http.paths.push(path('/old', 'gone', 'use-annotation'))
      }
    }
  ),
  ...of(
    'ANNOTATION_UNKNOWN',
    {
      name: 'of ingress-nginx, told once, with what does the same',
      change: ({ ingress }) => {
        Object.assign(ingress.metadata.annotations, {
          'nginx.ingress.kubernetes.io/proxy-body-size': '8m',
          'nginx.ingress.kubernetes.io/rewrite-target': '/'
        })
      },
      finds: {
        severity: 'info',
        actual: 'nginx.ingress.kubernetes.io/rewrite-target',
        hint: expect.stringContaining(`${prefix}transforms.SERVICE`) as never
      }
    },
    {
      name: 'of ingress-nginx on an Ingress of that controller',
      change: ({ ingress, more }) => {
        const annotations = { 'nginx.ingress.kubernetes.io/rewrite-target': '/' }
        const metadata = { name: 'nginx', namespace: 'istio-system', annotations }
        more.push({ ...ingress, metadata, spec: { ...ingress.spec, ingressClassName: 'nginx' } })
      }
    },
    {
      name: 'misspelled',
      change: ({ ingress }) => annotate(ingress, { 'healtcheck-port': 'status-port', 'healthcheck-port': undefined }),
      finds: { hint: `did you mean ${prefix}healthcheck-port?` }
    },
    {
      name: 'misspelled beside the right name',
      change: ({ ingress }) => annotate(ingress, { 'healtcheck-port': 'status-port' }),
      finds: { hint: `remove it: ${prefix}healthcheck-port is set too` }
    },
    {
      name: 'on the Service',
      change: ({ service }) => annotate(service, { 'healthcheck-interval': '15' }),
      finds: { object: 'Service istio-system/gateway' }
    },
    {
      name: 'a family',
      change: ({ ingress }) => annotate(ingress, { 'action.gone': '{}' }),
      finds: { expected: `${prefix}actions.gone` }
    },
    {
      name: 'a mistaken prefix',
      change: ({ ingress }) => {
        ingress.metadata.annotations['alb.ingress.k8s.aws/scheme'] = 'internal'
      },
      finds: { expected: `${prefix}scheme` }
    },
    {
      name: 'one of a family',
      change: ({ ingress }) =>
        annotate(ingress, { 'listener-attributes.HTTPS-443': 'routing.http.response.server.enabled=false' })
    },
    {
      name: "somebody else's",
      change: ({ ingress }) => {
        ingress.metadata.annotations['example.com/healtcheck-port'] = '1'
      }
    }
  ),
  ...of(
    'ANNOTATION_MISPLACED',
    {
      name: "an Ingress's on the Service",
      change: ({ service }) => annotate(service, { scheme: 'internal' }),
      finds: { expected: 'on an Ingress', hint: expect.stringMatching(/^move it to the Ingress/) as never }
    },
    {
      name: "an Ingress's on the Service, without an Ingress",
      change: edge => {
        edge.ingress = undefined
        annotate(edge.service, { scheme: 'internal' })
      },
      finds: { hint: expect.stringMatching(/^write an Ingress/) as never }
    },
    {
      name: "a Service's on the Ingress",
      change: ({ ingress }) => {
        ingress.metadata.annotations['service.beta.kubernetes.io/aws-load-balancer-type'] = 'nlb'
      },
      finds: { expected: 'on a Service' }
    },
    {
      name: 'on a Gateway',
      change: ({ gateway }) => {
        gateway.metadata.annotations = { [`${prefix}healthcheck-port`]: 'status-port' }
      },
      finds: { object: 'Gateway istio-system/public' }
    },
    {
      name: 'on a Gateway whose annotations Istio copies to its Service',
      change: ({ gateway, more }) => {
        more.push({
          apiVersion: 'gateway.networking.k8s.io/v1',
          kind: 'Gateway',
          metadata: { ...gateway.metadata, name: 'api', annotations: { [`${prefix}healthcheck-port`]: 'status-port' } }
        })
      }
    },
    {
      name: "a target group's on the Service",
      change: ({ service }) => annotate(service, { 'healthcheck-path': '/healthz/ready' })
    },
    {
      name: "a Service's on a Service",
      change: ({ service }) => {
        service.metadata.annotations['service.beta.kubernetes.io/aws-load-balancer-type'] = 'nlb'
      }
    }
  ),
  ...of(
    'ANNOTATION_LEGACY',
    {
      name: 'of WAF Classic',
      change: ({ ingress }) => annotate(ingress, { 'web-acl-id': 'a1b2' }),
      finds: { hint: `use ${prefix}wafv2-acl-arn` }
    },
    {
      name: "of the first controller's",
      change: ({ ingress }) => annotate(ingress, { 'security-group-inbound-cidrs': '10.0.0.0/8' }),
      finds: { hint: `use ${prefix}inbound-cidrs` }
    },
    { name: "today's", change: ({ ingress }) => annotate(ingress, { 'inbound-cidrs': '10.0.0.0/8' }) }
  ),
  ...of(
    'ANNOTATION_VALUE_REFUSED',
    {
      name: 'an attribute with a capital letter in its value',
      change: ({ ingress }) => annotate(ingress, { 'load-balancer-attributes': 'routing.http2.enabled=True' }),
      finds: { expected: 'true or false for routing.http2.enabled', hint: 'set routing.http2.enabled=true' }
    },
    {
      name: 'an attribute beyond its bounds',
      change: ({ ingress }) => annotate(ingress, { 'load-balancer-attributes': 'idle_timeout.timeout_seconds=4001' }),
      finds: { hint: 'set a whole number from 1 to 4000 for idle_timeout.timeout_seconds' }
    },
    ...(
      [
        ['load-balancer-name', 'internal-edge', 'internal-edge'],
        ['load-balancer-name', 'edge_1', 'edge_1'],
        ['healthcheck-interval-seconds', '301', '301'],
        ['healthcheck-timeout-seconds', '1', '1'],
        ['unhealthy-threshold-count', '11', '11'],
        ['healthcheck-path', 'healthz/ready', 'healthz/ready'],
        ['success-codes', '200-600', '200-600'],
        ['load-balancer-attributes', 'idle_timeout.timeout_second=60', 'idle_timeout.timeout_second'],
        ['load-balancer-attributes', 'idle_timeout.timeout_seconds=5000', 'idle_timeout.timeout_seconds=5000'],
        ['target-group-attributes', 'stickiness.type=source_ip', 'stickiness.type=source_ip'],
        [
          'listener-attributes.HTTPS-443',
          'routing.http.response.servers.enabled=true',
          'routing.http.response.servers.enabled'
        ],
        ['ssl-policy', 'TLS13-1-2-2021-06', 'TLS13-1-2-2021-06'],
        ['certificate-arn', 'arn:aws:acm:eu-west-1:1111:certificate/a', 'arn:aws:acm:eu-west-1:1111:certificate/a'],
        [
          'wafv2-acl-arn',
          'arn:aws:wafv2:us-east-1:111122223333:global/webacl/a/b',
          'arn:aws:wafv2:us-east-1:111122223333:global/webacl/a/b'
        ],
        ['auth-on-unauthenticated-request', 'Deny', 'Deny'],
        ['tags', 'aws:team=edge', 'aws:team'],
        ['actions.x', '{"type":"redirect","redirectConfig":{"port":"443","statusCode":"301"}}', '301'],
        ['actions.x', '{"type":"fixed-response","fixedResponseConfig":{"statusCode":"302"}}', '302'],
        [
          'actions.x',
          '{"type":"fixed-response","fixedResponseConfig":{"statusCode":"200","contentType":"text/xml"}}',
          'text/xml'
        ]
      ] as const
    ).map(([suffix, value, actual]) => ({
      name: `${suffix}: ${value}`,
      change: ({ ingress }: Edge) => annotate(ingress, { [suffix]: value }),
      finds: { severity: 'error' as const, actual }
    })),
    ...(
      [
        ['load-balancer-name', 'my-internal-edge'],
        ['healthcheck-interval-seconds', '300'],
        ['success-codes', '200,204,300-399'],
        ['load-balancer-attributes', 'idle_timeout.timeout_seconds=4000,routing.http2.enabled=false'],
        ['target-group-attributes', 'stickiness.enabled=true,stickiness.lb_cookie.duration_seconds=60'],
        ['ssl-policy', 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06'],
        ['wafv2-acl-arn', 'none'],
        ['tags', 'team=edge,purpose=awsome'],
        ['healthcheck-interval-seconds', '15s'],
        ['certificate-arn', 'arn:aws-us-gov:iam::111122223333:server-certificate/edge']
      ] as const
    ).map(([suffix, value]) => ({
      name: `${suffix}: ${value}`,
      change: ({ ingress }: Edge) => annotate(ingress, { [suffix]: value })
    }))
  ),
  ...of(
    'SERVICE_ANNOTATION_OVERRIDES',
    {
      name: 'another value on the Service',
      change: ({ service }) => annotate(service, { 'healthcheck-path': '/' }),
      finds: { actual: '/', expected: '/healthz/ready', object: 'Service istio-system/gateway' }
    },
    { name: 'the same value', change: ({ service }) => annotate(service, { 'healthcheck-path': '/healthz/ready' }) },
    {
      name: "the Ingress's, which is for another of its Services",
      change: ({ ingress, service, more }) => {
        annotate(service, { 'healthcheck-path': '/' })
        const other = structuredClone(service)
        other.metadata = { ...other.metadata, name: 'other', annotations: {} }
        more.push(other)
        ingress.spec.rules[0].http.paths.push(path('/other', 'other', 443))
      }
    },
    { name: 'on the Service alone', change: ({ service }) => annotate(service, { 'success-codes': '200' }) },
    {
      name: 'tags, which are joined',
      change: ({ ingress, service }) => {
        annotate(ingress, { tags: 'team=edge' })
        annotate(service, { tags: 'tier=front' })
      }
    }
  ),
  ...of(
    'AUTO_MODE_IGNORES_ANNOTATION',
    {
      name: "a group's name",
      change: ({ ingress, more }) => {
        annotate(ingress, { 'group.name': 'edge' })
        more.push(ingressClass('alb', 'eks.amazonaws.com/alb'))
      },
      finds: { path: `metadata.annotations.${prefix}group.name`, actual: 'edge' }
    },
    {
      name: 'a login by OpenID Connect',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'auth-type': 'oidc' })
        more.push(ingressClass('alb', 'eks.amazonaws.com/alb'))
      },
      finds: { actual: 'oidc' }
    },
    {
      name: 'attributes of a listener',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'listener-attributes.HTTPS-443': 'routing.http.response.server.enabled=false' })
        more.push(ingressClass('alb', 'eks.amazonaws.com/alb'))
      },
      finds: { path: `metadata.annotations.${prefix}listener-attributes.HTTPS-443` }
    },
    {
      name: 'a login by Cognito',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'auth-type': 'cognito' })
        more.push(ingressClass('alb', 'eks.amazonaws.com/alb'))
      }
    },
    {
      name: 'the same group of the AWS Load Balancer Controller',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'group.name': 'edge' })
        more.push(ingressClass('alb'))
      }
    }
  ),
  ...of(
    'INGRESS_CLASS_ANNOTATION',
    {
      name: 'the annotation',
      change: ({ ingress }) => {
        ingress.metadata.annotations['kubernetes.io/ingress.class'] = 'alb'
        delete ingress.spec.ingressClassName
      },
      finds: { severity: 'info', expected: 'spec.ingressClassName: alb' }
    },
    {
      name: "another controller's",
      change: ({ ingress }) => {
        ingress.metadata.annotations['kubernetes.io/ingress.class'] = 'nginx'
      }
    }
  ),
  ...of(
    'INGRESS_NOT_TAKEN',
    {
      name: 'read from a cluster, without finalizer and status',
      change: ({ ingress }) => {
        ingress.metadata.uid = '0d6f'
      },
      finds: { expected: 'the finalizer ingress.k8s.aws/resources' }
    },
    {
      name: 'with the finalizer',
      change: ({ ingress }) => {
        Object.assign(ingress.metadata, { uid: '0d6f', finalizers: ['ingress.k8s.aws/resources'] })
      }
    },
    { name: 'a file', change: () => undefined }
  ),
  ...of(
    'LOAD_BALANCER_NAME_TAKEN',
    {
      name: 'by another group',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'load-balancer-name': 'public' })
        const other = createIngress('other', { 'load-balancer-name': 'public', 'group.name': 'other' }, [
          { http: { paths: [path('/', 'gateway', 443)] } }
        ])
        more.push(other)
      },
      finds: { severity: 'error', actual: 'public' }
    },
    {
      name: 'in one group',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'load-balancer-name': 'public', 'group.name': 'shared' })
        const other = createIngress('other', { 'load-balancer-name': 'public', 'group.name': 'shared' }, [
          { http: { paths: [path('/', 'gateway', 443)] } }
        ])
        more.push(other)
      }
    },
    {
      name: 'in two groups with a name each',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'load-balancer-name': 'public' })
        const other = createIngress('other', { 'load-balancer-name': 'private', 'group.name': 'other' }, [
          { http: { paths: [path('/', 'gateway', 443)] } }
        ])
        more.push(other)
      }
    }
  ),
  ...of(
    'INBOUND_CIDRS_IGNORED',
    {
      name: 'beside security groups',
      change: ({ ingress }) => annotate(ingress, { 'inbound-cidrs': '10.0.0.0/8', 'security-groups': 'sg-1' }),
      finds: { actual: '10.0.0.0/8' }
    },
    { name: 'alone', change: ({ ingress }) => annotate(ingress, { 'inbound-cidrs': '10.0.0.0/8' }) },
    { name: 'security groups alone', change: ({ ingress }) => annotate(ingress, { 'security-groups': 'sg-1' }) }
  )
]

const routing: RuleCase[] = [
  ...of(
    'LISTENER_WITHOUT_CERTIFICATE',
    {
      name: 'HTTPS without ARN and host',
      change: ({ ingress }) => annotate(ingress, { 'certificate-arn': undefined }),
      finds: { severity: 'error', message: expect.stringContaining('HTTPS:443') as never }
    },
    {
      name: 'a host to find one by',
      change: ({ ingress }) => {
        annotate(ingress, { 'certificate-arn': undefined })
        ingress.spec.rules[0].host = 'shop.example.com'
      }
    }
  ),
  ...of(
    'SSL_REDIRECT_REMOVES_ROUTES',
    {
      name: 'a member on HTTP alone',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'group.name': 'edge' })
        more.push(
          createIngress('plain', { 'group.name': 'edge', 'group.order': '-1', 'listen-ports': '[{"HTTP":80}]' }, [
            { http: { paths: [path('/plain', 'gateway', 443)] } }
          ])
        )
      },
      finds: { object: 'Ingress istio-system/plain', actual: 'HTTP:80', expected: 'HTTPS:443 among its listen ports' }
    },
    {
      name: 'a member on both',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'group.name': 'edge' })
        more.push(
          createIngress(
            'both',
            {
              'group.name': 'edge',
              'listen-ports': '[{"HTTP":80},{"HTTPS":443}]',
              'certificate-arn': certificateARN
            },
            [{ http: { paths: [path('/both', 'gateway', 443)] } }]
          )
        )
      }
    },
    {
      name: 'another group',
      change: ({ more }) => {
        more.push(
          createIngress('plain', { 'listen-ports': '[{"HTTP":80}]' }, [
            { http: { paths: [path('/', 'gateway', 443)] } }
          ])
        )
      }
    }
  ),
  ...of(
    'RULE_TAKEN_BY_REDIRECT',
    {
      name: 'a redirect before everything, and no other listener',
      change: ({ ingress }) => {
        annotate(ingress, {
          'listen-ports': '[{"HTTP":80}]',
          'ssl-redirect': undefined,
          'actions.away': '{"type":"redirect","redirectConfig":{"host":"example.com","statusCode":"HTTP_302"}}'
        })
        ingress.spec.rules[0].http.paths.unshift(path('/', 'away', 'use-annotation'))
      },
      finds: {
        path: 'spec.rules.0.http.paths.1',
        actual: 'listener 80 alone',
        hint: 'narrow the hosts and paths of the redirect'
      }
    },
    {
      name: 'a redirect to HTTPS on plain HTTP alone',
      change: ({ ingress }) => {
        annotate(ingress, {
          'listen-ports': '[{"HTTP":80}]',
          'ssl-redirect': undefined,
          'actions.away':
            '{"type":"redirect","redirectConfig":{"protocol":"HTTPS","port":"443","statusCode":"HTTP_301"}}'
        })
        ingress.spec.rules[0].http.paths.unshift(path('/', 'away', 'use-annotation'))
      },
      finds: { actual: 'listener 80 alone', hint: expect.stringContaining('add {"HTTPS":443}') as never }
    },
    {
      name: 'a redirect that changes the query, on both listeners',
      change: ({ ingress }) => {
        annotate(ingress, {
          'ssl-redirect': undefined,
          'actions.away':
            '{"type":"redirect","redirectConfig":{"protocol":"HTTPS","port":"443","query":"a=b","statusCode":"HTTP_301"}}'
        })
        ingress.spec.rules[0].http.paths.unshift(path('/', 'away', 'use-annotation'))
      },
      finds: { actual: 'listeners 80 and 443', hint: expect.stringContaining('ssl-redirect: "443"') as never }
    },
    {
      name: 'the old way to redirect to HTTPS',
      change: ({ ingress }) => {
        annotate(ingress, {
          'ssl-redirect': undefined,
          'actions.away':
            '{"type":"redirect","redirectConfig":{"protocol":"HTTPS","port":"443","statusCode":"HTTP_301"}}'
        })
        ingress.spec.rules[0].http.paths.unshift(path('/', 'away', 'use-annotation'))
      }
    }
  ),
  ...of(
    'RULE_SHADOWED',
    {
      name: 'a catch-all in an earlier rule',
      change: ({ ingress }) => {
        ingress.spec.rules.push({ host: 'shop.example.com', http: { paths: [path('/', 'gateway', 443)] } })
      },
      finds: {
        path: 'spec.rules.1.http.paths.0',
        actual: '2',
        hint: expect.stringContaining('move spec.rules.1 before spec.rules.0') as never
      }
    },
    {
      name: 'a prefix that the controller sorts before a pattern',
      change: ({ ingress }) => {
        ingress.spec.rules[0].http.paths.unshift({
          ...path('/foo*/bar', 'gateway', 443),
          pathType: 'ImplementationSpecific'
        })
      },
      finds: {
        path: 'spec.rules.0.http.paths.0',
        hint: expect.stringContaining('an entry of its own in spec.rules, before spec.rules.0') as never
      }
    },
    {
      name: 'the same path twice',
      change: ({ ingress }) => {
        ingress.spec.rules[0].http.paths.push(path('/', 'gateway', 443))
      },
      finds: { hint: expect.stringContaining('remove one of the two') as never }
    },
    {
      name: 'a redirect to HTTPS behind what it is for',
      change: ({ ingress }) => {
        const action = { type: 'redirect', redirectConfig: { protocol: 'HTTPS', port: '443', statusCode: 'HTTP_301' } }
        annotate(ingress, { 'ssl-redirect': undefined, 'actions.to-https': JSON.stringify(action) })
        ingress.spec.rules[0].http.paths.push(path('/', 'to-https', 'use-annotation'))
      },
      finds: { hint: expect.stringContaining('ssl-redirect: "443"') as never }
    },
    {
      name: 'behind an action that is not there, which another rule tells',
      change: ({ ingress }) => {
        ingress.spec.rules[0].http.paths.unshift(path('/', 'to-https', 'use-annotation'))
      }
    },
    {
      name: 'a wildcard host, in another case',
      change: ({ ingress }) => {
        ingress.spec.rules = ['*.example.com', 'Shop.Example.com'].map(host => ({
          host,
          http: { paths: [path('/', 'gateway', 443)] }
        }))
      },
      finds: { path: 'spec.rules.1.http.paths.0' }
    },
    {
      name: 'a member of the group that comes first',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'group.name': 'edge' })
        more.push(
          createIngress(
            'zoo',
            {
              'group.name': 'edge',
              'listen-ports': '[{"HTTPS":443}]',
              'certificate-arn': certificateARN
            },
            [{ http: { paths: [path('/zoo', 'gateway', 443)] } }]
          )
        )
      },
      finds: {
        object: 'Ingress istio-system/zoo',
        message: expect.stringContaining('of Ingress istio-system/edge') as never
      }
    },
    {
      name: 'the specific one first',
      change: ({ ingress }) => {
        ingress.spec.rules.unshift({ host: 'shop.example.com', http: { paths: [path('/', 'gateway', 443)] } })
      }
    },
    {
      name: 'paths of one rule, which are sorted',
      change: ({ ingress }) => {
        ingress.spec.rules[0].http.paths.push(
          path('/orders', 'gateway', 443),
          path('/orders/new', 'gateway', 443, 'Exact')
        )
      }
    },
    {
      name: 'a path in another case',
      change: ({ ingress }) => {
        ingress.spec.rules = ['/orders', '/Orders'].map(text => ({ http: { paths: [path(text, 'gateway', 443)] } }))
      }
    },
    {
      name: 'an earlier rule with a condition more',
      change: ({ ingress, service, more }) => {
        more.push({
          ...service,
          metadata: { ...service.metadata, name: 'inside' },
          spec: {
            ...service.spec,
            ports: [
              { name: 'https', port: 443, nodePort: 32000 },
              { name: 'status-port', port: 15021, nodePort: 32001 }
            ]
          }
        })
        annotate(ingress, { 'conditions.inside': '[{"field":"source-ip","sourceIPConfig":{"values":["10.0.0.0/8"]}}]' })
        ingress.spec.rules = ['inside', 'gateway'].map(name => ({ http: { paths: [path('/', name, 443)] } }))
      }
    }
  ),
  ...of(
    'RULE_CONDITION_REFUSED',
    {
      name: 'a host without a dot',
      change: ({ ingress }) => {
        ingress.spec.rules[0].host = 'shop'
      },
      finds: { actual: 'shop', path: 'spec.rules.0.host' }
    },
    {
      name: 'a path with a space',
      change: ({ ingress }) => {
        ingress.spec.rules[0].http.paths[0].path = '/a b'
      },
      finds: { actual: '/a b' }
    },
    {
      name: 'a wildcard host',
      change: ({ ingress }) => {
        ingress.spec.rules[0].host = '*.example.com'
      }
    }
  ),
  ...of(
    'LIMIT_EXCEEDED',
    {
      name: 'condition values of a rule',
      change: ({ ingress }) =>
        annotate(ingress, {
          'conditions.gateway': JSON.stringify([
            { field: 'source-ip', sourceIPConfig: { values: [1, 2, 3, 4, 5].map(part => `10.${part}.0.0/16`) } }
          ])
        }),
      finds: { severity: 'error', expected: 'at most 5', actual: '6' }
    },
    {
      name: 'wildcards of a rule',
      change: ({ ingress }) => {
        ingress.spec.rules[0].http.paths[0] = path('/*/*/*/*/*/*/*', 'gateway', 443, 'ImplementationSpecific')
      },
      finds: { expected: 'at most 6', actual: '7' }
    },
    {
      name: 'rules of a load balancer',
      change: ({ ingress }) => {
        ingress.spec.rules = Array.from({ length: 101 }, (_, index) => ({
          host: `shop-${index}.example.com`,
          http: { paths: [path('/', 'gateway', 443)] }
        }))
      },
      finds: { severity: 'warning', expected: 'at most 100', actual: '101' }
    },
    {
      name: 'target groups of a forward',
      change: ({ ingress }) => {
        annotate(ingress, {
          'actions.many': JSON.stringify({
            type: 'forward',
            forwardConfig: {
              targetGroups: [1, 2, 3, 4, 5, 6].map(part => ({
                targetGroupARN: `arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/t${part}/0123456789abcdef`,
                weight: 1
              }))
            }
          })
        })
        ingress.spec.rules[0].http.paths = [path('/', 'many', 'use-annotation')]
      },
      finds: { expected: 'at most 5', actual: '6' }
    },
    {
      name: 'just as many as AWS allows',
      change: ({ ingress }) => {
        annotate(ingress, {
          'conditions.gateway': JSON.stringify([
            { field: 'source-ip', sourceIPConfig: { values: [1, 2, 3, 4].map(part => `10.${part}.0.0/16`) } }
          ])
        })
        ingress.spec.rules[0].http.paths[0] = path('/*/*/*/*/*/*', 'gateway', 443, 'ImplementationSpecific')
      }
    }
  )
]

const istio: RuleCase[] = [
  ...of(
    'GATEWAY_HOSTS_NEED_SNI',
    {
      name: 'a host of its own',
      change: edge => {
        serverOf(edge).hosts = ['shop.example.com']
      },
      finds: { severity: 'error', path: 'spec.servers.0.hosts', actual: 'shop.example.com', expected: '*' }
    },
    {
      name: 'a wildcard domain',
      change: edge => {
        serverOf(edge).hosts = ['*.example.com']
      },
      finds: { hint: "set hosts: ['*'] here and keep the names in the VirtualServices" }
    },
    {
      name: 'two servers of one Gateway, of which one can take every host',
      change: edge => {
        edge.gateway.spec.servers.push({
          ...serverOf(edge),
          port: { ...serverOf(edge).port, name: 'pay' },
          hosts: ['pay.example.com']
        })
        serverOf(edge).hosts = ['shop.example.com']
      },
      finds: {
        path: 'spec.servers.0.hosts',
        message: expect.stringContaining('as server pay for pay.example.com does') as never,
        hint: "set hosts: ['*'] here and keep the names in the VirtualServices"
      }
    },
    {
      name: 'a server that ends TLS after one that passes it on',
      change: edge => {
        edge.gateway.spec.servers.push({
          ...serverOf(edge),
          port: { ...serverOf(edge).port, name: 'pay' },
          hosts: ['pay.example.com']
        })
        Object.assign(serverOf(edge), { hosts: ['shop.example.com'], tls: { mode: 'PASSTHROUGH' } })
      },
      finds: { path: 'spec.servers.1.hosts' }
    },
    {
      name: 'TLS that is passed on, which an Application Load Balancer has none of',
      change: edge => {
        Object.assign(serverOf(edge), { hosts: ['shop.example.com'], tls: { mode: 'PASSTHROUGH' } })
      },
      finds: { hint: expect.stringContaining('Network Load Balancer') as never }
    },
    {
      name: 'every host of a namespace',
      change: edge => {
        serverOf(edge).hosts = ['istio-system/*']
      }
    },
    {
      name: 'a second server for the rest',
      change: edge => {
        edge.gateway.spec.servers.push({ ...serverOf(edge), port: { ...serverOf(edge).port, name: 'rest' } })
        serverOf(edge).hosts = ['shop.example.com']
      }
    },
    {
      name: 'a Gateway of other pods',
      change: edge => {
        serverOf(edge).hosts = ['shop.example.com']
        edge.gateway.spec.selector = { istio: 'egressgateway' }
      }
    },
    {
      name: 'a plain server',
      change: edge => {
        edge.ingress.spec.rules[0].http.paths[0].backend.service.port.number = 80
        annotate(edge.ingress, { 'backend-protocol': undefined })
        Object.assign(serverOf(edge), {
          port: { number: 80, name: 'http', protocol: 'HTTP' },
          hosts: ['shop.example.com'],
          tls: undefined
        })
      }
    }
  ),
  ...of(
    'GATEWAY_CREDENTIAL_MISSING',
    {
      name: 'no credential',
      change: edge => {
        delete serverOf(edge).tls.credentialName
      },
      finds: { expected: 'tls.credentialName', actual: 'none' }
    },
    {
      name: 'a Secret in another namespace',
      change: ({ more }) => {
        more.push(secret('edge-certificate', 'shop'))
      },
      finds: { expected: 'istio-system/edge-certificate', actual: 'shop/edge-certificate' }
    },
    {
      name: 'no word on TLS, for which Istio refuses the Gateway',
      change: edge => {
        delete serverOf(edge).tls
      }
    },
    {
      name: 'the Secret where the pods are',
      change: ({ more }) => {
        more.push(secret('edge-certificate', 'istio-system'))
      }
    },
    {
      name: 'a Secret that others make',
      change: ({ more }) => {
        more.push(secret('another', 'shop'))
      }
    },
    {
      name: 'TLS passed through',
      change: edge => {
        serverOf(edge).tls = { mode: 'PASSTHROUGH' }
      }
    }
  ),
  ...of(
    'GATEWAY_WANTS_CLIENT_CERTIFICATE',
    {
      name: "the mesh's mutual TLS, without a certificate of its own",
      change: edge => {
        serverOf(edge).tls = { mode: 'ISTIO_MUTUAL' }
      },
      finds: { actual: 'ISTIO_MUTUAL' }
    },
    {
      name: 'mutual TLS',
      change: edge => {
        serverOf(edge).tls.mode = 'MUTUAL'
      },
      finds: { actual: 'MUTUAL', expected: 'SIMPLE' }
    },
    {
      name: 'optional mutual TLS',
      change: edge => {
        serverOf(edge).tls.mode = 'OPTIONAL_MUTUAL'
      }
    }
  ),
  ...of(
    'GATEWAY_REDIRECT_LOOP',
    {
      name: 'a redirect without trusted proxies',
      change: edge => {
        redirectByGateway(edge)
        edge.more.push(createDeployment({ terminationDrainDuration: '60s' }), mesh('istio', {}))
      },
      finds: { severity: 'error', expected: 'numTrustedProxies: 1', actual: 'numTrustedProxies: 0' }
    },
    {
      name: 'of an operator with none',
      change: edge => {
        redirectByGateway(edge)
        installByOperator(
          edge,
          { service: { type: 'NodePort', ports: [ports.status, plainPort] } },
          { meshConfig: { defaultConfig: { gatewayTopology: { numTrustedProxies: 0 } } } }
        )
      },
      finds: { severity: 'error', actual: 'numTrustedProxies: 0' }
    },
    {
      name: 'an installation that is not among the objects',
      change: redirectByGateway,
      finds: {
        severity: 'warning',
        actual: 'not known',
        message: expect.stringContaining('what makes the pods of Service istio-system/gateway and the mesh') as never
      }
    },
    {
      name: 'a mesh that is not among the objects',
      change: edge => {
        redirectByGateway(edge)
        edge.more.push(createDeployment({}))
      },
      finds: { severity: 'warning', actual: 'not known' }
    },
    {
      name: 'of another revision of istiod',
      change: edge => {
        redirectByGateway(edge)
        const deployment = createDeployment({})
        deployment.spec.template.metadata.labels['istio.io/rev'] = '1-31'
        edge.more.push(deployment, mesh('istio', { numTrustedProxies: 1 }))
      },
      finds: { severity: 'warning' }
    },
    {
      name: "of the pods' revision of istiod",
      change: edge => {
        redirectByGateway(edge)
        const deployment = createDeployment({})
        deployment.spec.template.metadata.labels['istio.io/rev'] = '1-31'
        edge.more.push(deployment, mesh('istio', {}), mesh('istio-1-31', { numTrustedProxies: 1 }))
      }
    },
    {
      name: 'of the only istiod, which is a revision',
      change: edge => {
        redirectByGateway(edge)
        edge.more.push(createDeployment({}), mesh('istio-1-31', { numTrustedProxies: 1 }))
      }
    },
    {
      name: "of an operator's pods with one",
      change: edge => {
        redirectByGateway(edge)
        installByOperator(edge, {
          service: { type: 'NodePort', ports: [ports.status, plainPort] },
          podAnnotations: { 'proxy.istio.io/config': '{"gatewayTopology":{"numTrustedProxies":1}}' }
        })
      }
    },
    {
      name: 'of the mesh with two',
      change: edge => {
        redirectByGateway(edge)
        edge.more.push(createDeployment({}), mesh('istio', { numTrustedProxies: 2 }))
      }
    },
    {
      name: 'of a server that ends TLS itself',
      change: edge => {
        serverOf(edge).tls.httpsRedirect = true
        edge.more.push(createDeployment({}), mesh('istio', {}))
      }
    },
    {
      name: 'of a load balancer without HTTPS',
      change: edge => {
        redirectByGateway(edge)
        annotate(edge.ingress, {
          'listen-ports': '[{"HTTP":80}]',
          'certificate-arn': undefined,
          'ssl-redirect': undefined
        })
        edge.more.push(createDeployment({}), mesh('istio', {}))
      }
    }
  ),
  ...of(
    'GATEWAY_WANTS_PROXY_PROTOCOL',
    {
      name: 'on the pods',
      change: ({ more }) => {
        more.push(createDeployment({ gatewayTopology: { proxyProtocol: {} } }))
      },
      finds: { object: 'Deployment istio-system/gateway' }
    },
    {
      name: 'of the mesh',
      change: edge =>
        installByOperator(edge, {}, { meshConfig: { defaultConfig: { gatewayTopology: { proxyProtocol: {} } } } }),
      finds: { path: 'spec.meshConfig.defaultConfig.gatewayTopology.proxyProtocol' }
    },
    {
      name: 'trusted proxies alone',
      change: ({ more }) => {
        more.push(createDeployment({ gatewayTopology: { numTrustedProxies: 1 } }))
      }
    }
  ),
  ...of(
    'DRAIN_SHORTER_THAN_HEALTH_CHECK',
    {
      name: 'a drain that was set too short',
      change: ({ more }) => {
        more.push(createDeployment({ terminationDrainDuration: '20s' }))
      },
      finds: { severity: 'warning', expected: 'at least 35s', actual: '20s' }
    },
    {
      name: 'a slow check beside the default',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'healthcheck-interval-seconds': '30' })
        more.push(createDeployment({}))
      },
      finds: { actual: '5s', path: expect.stringContaining('healthcheck-interval-seconds') as never }
    },
    {
      name: 'long enough',
      change: ({ more }) => {
        more.push(createDeployment({ terminationDrainDuration: '0m30s' }))
      }
    },
    {
      name: 'nobody chose',
      change: ({ more }) => {
        more.push(createDeployment({}))
      },
      finds: { severity: 'info', object: 'Deployment istio-system/gateway', actual: '5s' }
    },
    {
      name: 'a proxy that sleeps before it drains',
      change: ({ more }) => {
        const deployment = createDeployment({})
        const lifecycle = { preStop: { exec: { command: ['/bin/sh', '-c', 'sleep 30'] } } }
        deployment.spec.template.spec = { containers: [{ name: 'istio-proxy', image: 'auto', lifecycle }] }
        more.push(deployment)
      }
    },
    {
      name: 'pods that end with their last connection',
      change: ({ more }) => {
        more.push(createDeployment({ proxyMetadata: { EXIT_ON_ZERO_ACTIVE_CONNECTIONS: 'true' } }))
      }
    },
    {
      name: "an application's pods, which are no gateway",
      change: ({ ingress, service, gateway, more }) => {
        annotate(ingress, { 'healthcheck-interval-seconds': '30', 'healthcheck-port': 'traffic-port' })
        service.metadata.labels = {}
        service.spec.selector = { app: 'web' }
        service.spec.ports = [{ name: 'web', port: 443, targetPort: 8080, nodePort: 31804 }]
        gateway.spec.selector = { istio: 'elsewhere' }
        const workload = createDeployment({})
        workload.spec.template.metadata.labels = { app: 'web' }
        more.push(workload)
      }
    },
    {
      name: 'pods that are targets themselves',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'target-type': 'ip' })
        more.push(createDeployment({ terminationDrainDuration: '10s' }))
      }
    }
  ),
  ...of(
    'DRAIN_SHORTER_THAN_DEREGISTRATION',
    {
      name: 'pods that are targets themselves, with a short drain',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'target-type': 'ip', 'target-group-attributes': 'deregistration_delay.timeout_seconds=60' })
        more.push(createDeployment({ terminationDrainDuration: '10s' }))
      },
      finds: { severity: 'info', actual: '10s', message: expect.stringContaining('have 60 s to end') as never }
    },
    {
      name: 'the default',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'target-type': 'ip' })
        more.push(createDeployment({}))
      },
      finds: { actual: '5s', object: 'Deployment istio-system/gateway' }
    },
    {
      name: 'a long drain',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'target-type': 'ip' })
        more.push(createDeployment({ terminationDrainDuration: '30s' }))
      }
    },
    {
      name: 'nodes as targets',
      change: ({ more }) => {
        more.push(createDeployment({}))
      }
    }
  ),
  ...of(
    'HUB_ABANDONED',
    {
      name: "Google's",
      change: edge => installByOperator(edge, {}, { hub: 'gcr.io/istio-release' }),
      finds: { path: 'spec.hub', expected: 'docker.io/istio' }
    },
    {
      name: 'in values',
      change: edge => installByOperator(edge, {}, { values: { global: { hub: 'registry.istio.io/release' } } }),
      finds: { path: 'spec.values.global.hub' }
    },
    {
      name: 'of one component',
      change: edge => {
        installByOperator(edge)
        edge.more[0].spec.components.pilot = { hub: 'gcr.io/istio-release' }
      },
      finds: { path: 'spec.components.pilot.hub' }
    },
    {
      name: 'of a container',
      change: ({ more }) => {
        more.push(createDeployment({}))
        more[0].spec.template.spec = { containers: [{ name: 'proxy', image: 'gcr.io/istio-release/proxyv2:1.30.3' }] }
      },
      finds: { path: 'spec.template.spec.containers.0.image', expected: 'docker.io/istio/proxyv2:1.30.3' }
    },
    {
      name: "an image of one of Istio's samples",
      change: ({ more }) => {
        more.push(createDeployment({}))
        const image = 'registry.istio.io/release/examples-bookinfo-details-v1:1.20.3'
        more[0].spec.template.spec = { containers: [{ name: 'details', image }] }
      }
    },
    {
      name: 'an image of somebody else',
      change: ({ more }) => {
        more.push(createDeployment({}))
        more[0].spec.template.spec = { containers: [{ name: 'proxy', image: 'auto' }] }
      }
    },
    {
      name: 'a mirror',
      change: edge => installByOperator(edge, {}, { hub: 'mirror.example.com/gcr.io/istio-release' })
    }
  ),
  ...of(
    'ISTIO_OPERATOR_IS_A_FILE',
    { name: 'among what is applied', change: edge => installByOperator(edge), finds: { path: 'kind' } },
    {
      name: 'in a ConfigMap',
      change: ({ more }) => {
        more.push({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'operator', namespace: 'istio-system' },
          data: { 'istio-operator.yaml': JSON.stringify(createOperator({})) }
        })
      }
    },
    {
      name: 'of a cluster that has the kind',
      change: edge => {
        installByOperator(edge)
        edge.more.push({
          apiVersion: 'apiextensions.k8s.io/v1',
          kind: 'CustomResourceDefinition',
          metadata: { name: 'istiooperators.install.istio.io' }
        })
      }
    }
  ),
  ...of(
    'ISTIO_OPERATOR_REFUSED',
    {
      name: 'a key of long ago',
      change: edge => installByOperator(edge, {}, { addonComponents: {} }),
      finds: { actual: 'addonComponents', message: expect.stringContaining('unknown field "addonComponents"') as never }
    },
    {
      name: 'misspelled below k8s',
      change: edge => installByOperator(edge, { serviceAnnotation: {} }),
      finds: { hint: 'did you mean serviceAnnotations?' }
    },
    {
      name: 'an annotation that is a mapping',
      change: edge => installByOperator(edge, { serviceAnnotations: { team: { of: 'edge' } } }),
      finds: { expected: 'a string', actual: '{"of":"edge"}', hint: 'write a string' }
    },
    {
      name: 'a gateway that values do not know',
      change: edge => installByOperator(edge, {}, { values: { gateways: { 'istio-ingressgatewayx': {} } } }),
      finds: { expected: 'istio-ingressgateway' }
    },
    {
      name: 'a node port in quotes',
      change: edge =>
        installByOperator(edge, {
          service: { type: 'NodePort', ports: [ports.status, { ...ports.https, nodePort: '31804' }] }
        }),
      finds: { actual: '"31804"', expected: 'an integer' }
    },
    {
      name: 'a privileged target port',
      change: edge =>
        installByOperator(edge, {
          service: { type: 'NodePort', ports: [ports.status, { ...ports.https, targetPort: 443 }] }
        }),
      finds: { message: expect.stringContaining('which requires root') as never }
    },
    {
      name: 'an annotation that is a number',
      change: edge =>
        installByOperator(edge, { serviceAnnotations: { [`${prefix}healthcheck-interval-seconds`]: 15 } }),
      finds: { expected: "'15'", actual: '15' }
    },
    {
      name: 'what istioctl takes',
      change: edge =>
        installByOperator(edge, {
          replicaCount: 2,
          overlays: [{ kind: 'Deployment', name: 'gateway', patches: [{ path: 'spec', value: {} }] }]
        })
    },
    {
      name: 'a privileged target port for root',
      change: edge =>
        installByOperator(
          edge,
          { service: { type: 'NodePort', ports: [ports.status, { ...ports.https, targetPort: 443 }] } },
          { values: { gateways: { 'istio-ingressgateway': { runAsRoot: true } } } }
        )
    }
  ),
  ...of(
    'NODE_PORT_TWICE',
    {
      name: 'that a health check asks for',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'healthcheck-port': '30621' })
        more.push({
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'other', namespace: 'istio-system' },
          spec: { type: 'NodePort', ports: [{ name: 'web', port: 80, nodePort: 30621 }] }
        })
      },
      finds: { object: 'Service istio-system/other' }
    },
    {
      name: 'of two Services',
      change: ({ more }) => {
        more.push({
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'other', namespace: 'shop' },
          spec: { type: 'NodePort', ports: [{ name: 'web', port: 80, nodePort: 31804 }] }
        })
      },
      finds: { severity: 'error', actual: '31804', object: 'Service shop/other' }
    },
    {
      name: 'of another protocol',
      change: ({ more }) => {
        more.push({
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'other', namespace: 'shop' },
          spec: { type: 'NodePort', ports: [{ name: 'quic', protocol: 'UDP', port: 443, nodePort: 31804 }] }
        })
      }
    },
    {
      name: 'left behind on a ClusterIP',
      change: ({ more }) => {
        more.push({
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'other', namespace: 'shop' },
          spec: { type: 'ClusterIP', ports: [{ name: 'web', port: 80, nodePort: 31804 }] }
        })
      }
    }
  ),
  ...of(
    'API_REMOVED',
    {
      name: 'an Ingress of before 1.22',
      change: ({ ingress }) => {
        ingress.apiVersion = 'networking.k8s.io/v1beta1'
      },
      finds: { expected: 'networking.k8s.io/v1', path: 'apiVersion' }
    },
    {
      name: "a policy of Istio's past",
      change: ({ more }) => {
        more.push({ apiVersion: 'authentication.istio.io/v1alpha1', kind: 'Policy', metadata: { name: 'default' } })
      },
      finds: { object: 'Policy default', hint: expect.stringContaining('write a PeerAuthentication') as never }
    },
    {
      name: "a rule of Mixer's",
      change: ({ more }) => {
        more.push({ apiVersion: 'config.istio.io/v1alpha2', kind: 'rule', metadata: { name: 'logs' } })
      },
      finds: { expected: 'telemetry.istio.io/v1, kind Telemetry', hint: expect.stringContaining('remove it') as never }
    },
    {
      name: "a route of the Gateway API's first group",
      change: ({ more }) => {
        more.push({ apiVersion: 'networking.x-k8s.io/v1alpha1', kind: 'HTTPRoute', metadata: { name: 'old' } })
      },
      finds: { hint: expect.stringContaining('gateway.networking.k8s.io/v1') as never }
    },
    {
      name: 'a Gateway of v1beta1, which is served',
      change: ({ gateway }) => {
        gateway.apiVersion = 'networking.istio.io/v1beta1'
      }
    }
  ),
  ...of(
    'AUTHENTICATION_NOT_ASKED',
    {
      name: 'an identity provider without auth-type',
      change: ({ ingress }) => annotate(ingress, { ...cognito, 'auth-type': undefined }),
      finds: { expected: 'cognito', hint: 'set alb.ingress.kubernetes.io/auth-type: cognito' }
    },
    { name: 'auth-type', change: ({ ingress }) => annotate(ingress, cognito) },
    { name: 'auth-type none', change: ({ ingress }) => annotate(ingress, { ...cognito, 'auth-type': 'none' }) },
    {
      name: 'auth-type on the Service',
      change: ({ ingress, service }) => {
        annotate(ingress, { ...cognito, 'auth-type': undefined })
        annotate(service, { 'auth-type': 'cognito' })
      }
    }
  ),
  ...of(
    'INGRESS_WITHOUT_PATHS',
    {
      name: 'a host alone',
      change: ({ ingress }) => {
        ingress.spec.rules = [{ host: 'shop.example.com' }]
      },
      finds: { path: 'spec.rules', message: expect.stringContaining('404') as never }
    },
    {
      name: 'a host alone beside a default backend',
      change: ({ ingress }) => {
        const { backend } = ingress.spec.rules[0].http.paths[0]
        ingress.spec = { ...ingress.spec, rules: [{ host: 'shop.example.com' }], defaultBackend: backend }
      }
    },
    {
      name: 'a host alone in a group that others may have members of',
      change: ({ ingress }) => {
        annotate(ingress, { 'group.name': 'edge' })
        ingress.spec.rules = [{ host: 'shop.example.com' }]
      }
    }
  ),
  ...of(
    'ANNOTATION_VALUE_REFUSED',
    {
      name: 'a target group by what is no ARN',
      change: edge => forwardTo(edge, 'arn-of-the-target-group'),
      finds: { actual: 'arn-of-the-target-group', hint: 'set the ARN of a target group' }
    },
    {
      name: 'a target group by its ARN',
      change: edge =>
        forwardTo(edge, 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/old/0123456789abcdef')
    },
    {
      name: 'connection logs without a bucket',
      change: ({ ingress }) => annotate(ingress, { 'load-balancer-attributes': 'connection_logs.s3.enabled=true' }),
      finds: { hint: 'set the name of a bucket as connection_logs.s3.bucket' }
    },
    {
      name: 'connection logs with a bucket',
      change: ({ ingress }) =>
        annotate(ingress, {
          'load-balancer-attributes': 'connection_logs.s3.enabled=true,connection_logs.s3.bucket=logs-of-the-edge'
        })
    }
  ),
  ...of(
    'INGRESS_NOT_LOADED',
    {
      name: 'a group of a name that nothing is left of',
      change: ({ ingress }) => annotate(ingress, { 'group.name': '___' }),
      finds: { hint: expect.stringContaining('mend the name') as never }
    },
    {
      name: 'a class that is not among those that are',
      change: ({ ingress, more }) => {
        ingress.spec.ingressClassName = 'abl'
        more.push(ingressClass('alb'))
      },
      finds: { expected: 'alb', actual: 'abl' }
    },
    {
      name: 'a name that no group can have',
      change: ({ ingress }) => annotate(ingress, { 'group.name': 'Edge_1' }),
      finds: { path: expect.stringContaining('group.name') as never }
    },
    {
      name: 'classes that are not among the objects',
      change: ({ ingress }) => {
        ingress.spec.ingressClassName = 'edge'
      }
    },
    {
      name: "another controller's Ingress",
      change: ({ more }) => {
        const ingress = createIngress('other', {}, [])
        ingress.spec.ingressClassName = 'nginx'
        more.push(ingress, ingressClass('alb'))
      }
    }
  ),
  ...of(
    'AUTHENTICATION_SKIPPED_ON_HTTP',
    {
      name: 'an Ingress with rules on both listeners',
      change: ({ ingress }) => annotate(ingress, { 'ssl-redirect': undefined, ...oidc }),
      finds: { path: `metadata.annotations.${prefix}auth-type`, hint: `set ${prefix}ssl-redirect: "443"` }
    },
    {
      name: 'an Ingress with an HTTP listener alone',
      change: ({ ingress }) =>
        annotate(ingress, {
          'ssl-redirect': undefined,
          'certificate-arn': undefined,
          'listen-ports': '[{"HTTP":80}]',
          ...oidc
        }),
      finds: { hint: expect.stringContaining('have an HTTPS listener') as never }
    },
    {
      name: 'an Ingress whose HTTP listener redirects',
      change: ({ ingress }) => annotate(ingress, { 'ssl-redirect': '443', ...oidc })
    },
    { name: 'no authentication', change: ({ ingress }) => annotate(ingress, { 'ssl-redirect': undefined }) }
  ),
  ...of(
    'MODEL_NOT_BUILT',
    {
      name: "the controller's own words",
      change: ({ ingress }) => annotate(ingress, { scheme: 'internet_facing' }),
      finds: {
        severity: 'error',
        message: expect.stringContaining('unknown scheme: internet_facing') as never,
        path: `metadata.annotations.${prefix}scheme`
      }
    },
    {
      name: 'a port that the Service lacks',
      change: ({ ingress }) => {
        ingress.spec.rules[0].http.paths[0].backend.service.port = { number: 8443 }
      },
      finds: {
        path: 'spec.rules.0.http.paths.0.backend.service.port',
        hint: 'name a port that Service istio-system/gateway has: status-port (15021), http2 (80), https (443)'
      }
    },
    {
      name: 'a name of a port that is misspelt',
      change: ({ ingress }) => {
        ingress.spec.rules[0].http.paths[0].backend.service.port = { name: 'htps' }
      },
      finds: { path: 'spec.rules.0.http.paths.0.backend.service.port', hint: 'did you mean https?' }
    },
    {
      name: 'half the name of the port to check',
      change: ({ ingress }) => annotate(ingress, { 'healthcheck-port': 'status' }),
      finds: { path: `metadata.annotations.${prefix}healthcheck-port`, hint: 'did you mean status-port?' }
    },
    {
      name: 'a member that blocks the others',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'group.name': 'edge' })
        more.push(
          createIngress(
            'broken',
            { 'group.name': 'edge', 'listen-ports': '[{"HTTPS":443}]', 'certificate-arn': certificateARN },
            [{ http: { paths: [path('/broken', 'gateway', 8080)] } }]
          )
        )
      },
      finds: {
        object: 'Ingress istio-system/broken',
        message: expect.stringContaining('the whole group stays as it is, istio-system/edge too') as never
      }
    },
    {
      name: 'a wildcard in a path of type Prefix',
      change: ({ ingress }) => {
        ingress.spec.rules = [{ http: { paths: [path('/*', 'gateway', 80)] } }]
      },
      finds: {
        path: 'spec.rules.0.http.paths.0.path',
        hint: expect.stringContaining('ImplementationSpecific') as never
      }
    },
    {
      name: 'a wildcard in a path of type ImplementationSpecific',
      change: ({ ingress }) => {
        ingress.spec.rules = [{ http: { paths: [path('/*', 'gateway', 80, 'ImplementationSpecific')] } }]
      }
    },
    ...(
      [
        ['a comma too many', '[{"HTTP": 80}, {"HTTPS": 443},]'],
        ['single quotes', "[{'HTTP': 80}, {'HTTPS': 443}]"],
        ['no list', '{"HTTP": 80, "HTTPS": 443}'],
        ['small letters', '[{"http": 80}, {"https": 443}]'],
        ['ports in quotes', '[{"HTTP": "80"}, {"HTTPS": "443"}]']
      ] as const
    ).map(([name, text]) => ({
      name: `listen-ports with ${name}`,
      change: ({ ingress }: Edge) => annotate(ingress, { 'listen-ports': text }),
      finds: {
        path: `metadata.annotations.${prefix}listen-ports`,
        hint: `set '[{"HTTP":80},{"HTTPS":443}]'`
      }
    })),
    {
      name: 'listen-ports that mean nothing',
      change: ({ ingress }) => annotate(ingress, { 'listen-ports': 'https' }),
      finds: { hint: expect.stringContaining('write a list in JSON') as never }
    },
    {
      name: 'a number where an action has a text',
      change: ({ ingress }) => {
        ingress.spec.rules[0].http.paths.push(path('/old', 'away', 'use-annotation'))
        annotate(ingress, {
          'actions.away': '{"type":"redirect","redirectConfig":{"port":443,"path":"/new","statusCode":"HTTP_301"}}'
        })
      },
      finds: {
        path: `metadata.annotations.${prefix}actions.away`,
        hint: 'put quotes around the value of redirectConfig.port: it is a text'
      }
    },
    {
      name: 'yes where Go says true',
      change: ({ ingress }) =>
        annotate(ingress, { 'manage-backend-security-group-rules': 'yes', 'security-groups': 'sg-1' }),
      finds: { hint: 'set "true"' }
    },
    {
      name: 'a redirect to true',
      change: ({ ingress }) => annotate(ingress, { 'ssl-redirect': 'true' }),
      finds: { hint: 'set the number of the HTTPS port to redirect to: "443"' }
    },
    {
      name: 'seconds with their unit',
      change: ({ ingress }) => annotate(ingress, { 'healthcheck-interval-seconds': '15s' }),
      finds: { hint: 'set "15", without the unit' }
    },
    {
      name: 'an address where a range is asked for',
      change: ({ ingress }) => annotate(ingress, { 'inbound-cidrs': '10.0.0.0/8, 203.0.113.7' }),
      finds: {
        path: `metadata.annotations.${prefix}inbound-cidrs`,
        hint: 'set 203.0.113.7/32 for that address alone, or the range that is meant'
      }
    },
    {
      name: 'a short value with a space before it',
      change: ({ ingress }) => annotate(ingress, { 'target-type': ' instance' }),
      finds: {
        path: `metadata.annotations.${prefix}target-type`,
        hint: 'take out the spaces around it: set instance'
      }
    },
    {
      name: 'a scheme with a line break at its end',
      change: ({ ingress }) => annotate(ingress, { scheme: 'internet-facing\n' }),
      finds: { hint: 'take out the line break at its end, which a | leaves: set internet-facing' }
    },
    {
      name: 'a type of targets that is none',
      change: ({ ingress }) => annotate(ingress, { 'target-type': 'pod' }),
      finds: { path: `metadata.annotations.${prefix}target-type`, hint: 'set instance or ip' }
    },
    {
      name: "a Service's IPv6 behind a load balancer of IPv4",
      change: ({ service }) => {
        Object.assign(service.spec, { ipFamilies: ['IPv6'] })
        service.metadata.annotations[`${prefix}target-type`] = 'ip'
      },
      finds: { hint: expect.stringContaining('let the load balancer be dualstack') as never }
    },
    {
      name: 'a redirect to a listener that is not there',
      change: ({ ingress }) => annotate(ingress, { 'ssl-redirect': '8443' }),
      finds: { hint: expect.stringContaining('add {"HTTPS": 8443}') as never }
    },
    {
      name: 'the place of what cannot be parsed',
      change: ({ ingress }) => annotate(ingress, { 'listen-ports': '80' }),
      finds: { path: `metadata.annotations.${prefix}listen-ports` }
    },
    {
      name: 'the place of a port that is none',
      change: ({ ingress }) => annotate(ingress, { 'listen-ports': '[{"HTTPS":443},{"HTTP":0}]' }),
      finds: { path: `metadata.annotations.${prefix}listen-ports` }
    },
    {
      name: 'an Ingress of before 1.22, of which its version is told',
      change: ({ ingress }) => {
        ingress.apiVersion = 'networking.k8s.io/v1beta1'
        ingress.spec.rules = [
          { http: { paths: [{ path: '/*', backend: { serviceName: 'gateway', servicePort: 80 } }] } }
        ]
      }
    },
    { name: 'nothing to say', change: () => {} }
  )
]

function virtualService(hosts: string[], spec: Loose = {}, name = 'shop') {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace: 'istio-system' },
    spec: {
      hosts,
      gateways: ['public'],
      http: [{ route: [{ destination: { host: 'shop.shop.svc.cluster.local', port: { number: 80 } } }] }],
      ...spec
    }
  }
}

/** A VirtualService of shop.example.com with one route, for a prefix. */
function routesOf(prefix: string, destination: Loose = { host: 'shop.shop.svc.cluster.local', port: { number: 80 } }) {
  return virtualService(['shop.example.com'], { http: [{ match: [{ uri: { prefix } }], route: [{ destination }] }] })
}

/** Plain HTTP from the load balancer to the gateway's plain server. */
function endTLSAtTheLoadBalancer({ ingress, gateway }: Edge): void {
  annotate(ingress, { 'backend-protocol': 'HTTP' })
  ingress.spec.rules = [{ http: { paths: [path('/', 'gateway', 80)] } }]
  gateway.spec.servers = [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }]
}

const application = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'shop', namespace: 'istio-system' },
  spec: { type: 'NodePort', selector: { app: 'shop' }, ports: [{ name: 'http', port: 80, nodePort: 30080 }] }
}

/** Sends gRPC to an application. */
function sendCalls({ ingress, more }: Edge): void {
  annotate(ingress, { 'backend-protocol-version': 'GRPC', 'backend-protocol': 'HTTP', 'healthcheck-path': '/' })
  annotate(ingress, { 'success-codes': '0-99', 'healthcheck-port': 'traffic-port' })
  more.push(application)
  ingress.spec.rules = [{ http: { paths: [path('/', 'shop', 80)] } }]
}

const predictions: RuleCase[] = [
  ...of(
    'HEALTH_CHECK_FAILS',
    {
      name: 'TLS to an application that speaks plain HTTP',
      change: edge => {
        edge.service.spec.selector = { app: 'shop' }
        edge.service.spec.ports = [{ name: 'web', port: 443, targetPort: 8080, nodePort: 31804, appProtocol: 'http' }]
        edge.gateway = undefined
        annotate(edge.ingress, {
          'backend-protocol': undefined,
          'healthcheck-port': undefined,
          'healthcheck-path': undefined,
          'healthcheck-protocol': 'HTTPS'
        })
      },
      finds: { expected: '200' }
    },
    {
      name: 'the default check of a gateway that has routes for hosts alone',
      change: edge => {
        endTLSAtTheLoadBalancer(edge)
        for (const name of ['healthcheck-port', 'healthcheck-path', 'healthcheck-protocol']) {
          delete edge.ingress.metadata.annotations[prefix + name]
        }
        edge.more.push(virtualService(['shop.example.com']))
      },
      finds: { actual: 'Target.ResponseCodeMismatch', expected: '200' }
    },
    {
      name: 'the same check where a route takes every host',
      change: edge => {
        endTLSAtTheLoadBalancer(edge)
        for (const name of ['healthcheck-port', 'healthcheck-path', 'healthcheck-protocol']) {
          delete edge.ingress.metadata.annotations[prefix + name]
        }
        edge.more.push(virtualService(['*']))
      }
    }
  ),
  ...of(
    'HEALTH_CHECK_ASKS_ROUTES',
    {
      name: 'the default check of a gateway whose routes are not among the objects',
      change: edge => {
        for (const name of ['healthcheck-port', 'healthcheck-path', 'healthcheck-protocol']) {
          delete edge.ingress.metadata.annotations[prefix + name]
        }
        edge.gateway = undefined
      },
      finds: { expected: 'healthcheck-port: status-port and healthcheck-path: /healthz/ready' }
    },
    {
      name: 'the status port',
      change: edge => {
        edge.gateway = undefined
      }
    }
  ),
  ...of(
    'TARGET_GIVES_NO_ANSWER',
    {
      name: 'a server that passes TLS on, and no route for it',
      change: edge => {
        serverOf(edge).tls = { mode: 'PASSTHROUGH' }
      },
      finds: { message: expect.stringContaining('no tls or tcp route of a VirtualService') as never }
    },
    {
      name: 'no server for the port, which a rule of its own tells',
      change: edge => {
        endTLSAtTheLoadBalancer(edge)
        edge.gateway.spec.servers[0].port.number = 8888
      }
    },
    { name: "a server for the Service's port", change: endTLSAtTheLoadBalancer }
  ),
  ...of(
    'TARGET_GROUP_EMPTY',
    {
      name: 'a name in DNS with ip targets',
      change: edge => {
        annotate(edge.ingress, { 'target-type': 'ip', 'healthcheck-port': undefined })
        edge.service = {
          ...edge.service,
          spec: {
            type: 'ExternalName',
            externalName: 'gateway.mesh.svc.cluster.local',
            ports: [{ name: 'https', port: 443 }]
          }
        }
      },
      finds: { hint: expect.stringContaining('put an Ingress into namespace mesh that sends to gateway') as never }
    },
    {
      name: 'every node is kept out',
      change: ({ more }) => {
        more.push({
          apiVersion: 'v1',
          kind: 'Node',
          metadata: { name: 'one', labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': '' } },
          spec: { providerID: 'aws:///us-west-2a/i-0123456789abcdef0' },
          status: {
            addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
            conditions: [{ type: 'Ready', status: 'True' }]
          }
        })
      },
      finds: { severity: 'error' }
    },
    {
      name: 'a target group by its ARN, whose targets the account knows alone',
      change: ({ ingress }) => {
        annotate(ingress, {
          'actions.legacy': JSON.stringify({
            type: 'forward',
            targetGroupARN: 'arn:aws:elasticloadbalancing:us-west-2:123456789011:targetgroup/legacy/0123456789abcdef'
          })
        })
        ingress.spec.rules[0].http.paths.push(path('/legacy', 'legacy', 'use-annotation'))
      }
    },
    {
      name: 'a node that may be used',
      change: ({ more }) => {
        more.push({
          apiVersion: 'v1',
          kind: 'Node',
          metadata: { name: 'one' },
          spec: { providerID: 'aws:///us-west-2a/i-0123456789abcdef0' },
          status: {
            addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
            conditions: [{ type: 'Ready', status: 'True' }]
          }
        })
      }
    }
  ),
  ...of(
    'PROTOCOL_VERSION_UNFIT',
    {
      name: 'a gRPC target group on a rule that takes GET alone',
      change: edge => {
        sendCalls(edge)
        annotate(edge.ingress, {
          'conditions.shop': JSON.stringify([
            { field: 'http-request-method', httpRequestMethodConfig: { Values: ['GET'] } },
            { field: 'http-header', httpHeaderConfig: { httpHeaderName: 'accept', values: ['text/html'] } }
          ])
        })
      },
      finds: { message: expect.stringContaining('gets 464 from the load balancer') as never }
    },
    { name: 'a gRPC target group', change: sendCalls }
  ),
  ...of(
    'GATEWAY_HAS_NO_HOST',
    {
      name: 'a host of the Ingress that no VirtualService is for',
      change: edge => {
        edge.ingress.spec.rules[0].host = 'shop.example.com'
        edge.more.push(virtualService(['other.example.com']))
      },
      finds: {
        message: expect.stringContaining('no VirtualService or route of this Gateway is for the host') as never,
        hint: expect.stringContaining('leave the host out of the Ingress') as never
      }
    },
    {
      name: 'a host of the Gateway that no VirtualService is for',
      change: edge => {
        edge.gateway.spec.servers = [
          {
            port: { number: 80, name: 'http', protocol: 'HTTP' },
            hosts: ['shop.example.com', 'www.example.com']
          }
        ]
        annotate(edge.ingress, { 'backend-protocol': undefined })
        edge.ingress.spec.rules[0].http.paths[0].backend.service.port.number = 80
        edge.more.push(virtualService(['shop.example.com']))
      },
      finds: { hint: expect.stringContaining('leave the host out of the Gateway') as never }
    },
    {
      name: "the load balancer's own name, which nobody routes",
      change: edge => {
        edge.more.push(virtualService(['shop.example.com']))
      }
    }
  ),
  ...of(
    'GATEWAY_HAS_NO_ROUTE',
    {
      name: 'a path of the Ingress that no route takes',
      change: edge => {
        edge.ingress.spec.rules = [{ host: 'shop.example.com', http: { paths: [path('/shop', 'gateway', 443)] } }]
        edge.more.push(routesOf('/api'))
      },
      finds: { severity: 'warning', message: expect.stringContaining('no route of shop.example.com takes') as never }
    },
    {
      name: 'one path of several',
      change: edge => {
        edge.ingress.spec.rules = [{ host: 'shop.example.com', http: { paths: [path('/', 'gateway', 443)] } }]
        edge.more.push(routesOf('/api'))
      }
    }
  ),
  ...of(
    'GATEWAY_REACHES_NOTHING',
    {
      name: 'a port that the Service does not have',
      change: edge => {
        edge.ingress.spec.rules[0].host = 'shop.example.com'
        edge.more.push(routesOf('/', { host: 'shop', port: { number: 8080 } }), application)
      },
      finds: { severity: 'error', message: expect.stringContaining('has no port 8080') as never }
    },
    {
      name: 'a subset that nobody defines, of a tenth of the requests',
      change: edge => {
        edge.ingress.spec.rules[0].host = 'shop.example.com'
        const routes = routesOf('/', { host: 'shop', port: { number: 80 } })
        const [first] = routes.spec.http
        const [route] = first.route
        first.route = [
          { ...route, weight: 90 },
          { destination: { ...route.destination, subset: 'canary' }, weight: 10 }
        ]
        edge.more.push(routes, application)
      },
      finds: { message: expect.stringContaining('has a subset canary') as never }
    },
    {
      name: 'a Service that is not among the objects',
      change: edge => {
        edge.ingress.spec.rules[0].host = 'shop.example.com'
        edge.more.push(routesOf('/', { host: 'elsewhere', port: { number: 8080 } }))
      }
    },
    {
      name: 'a 503 that the route asks for',
      change: edge => {
        edge.ingress.spec.rules[0].host = 'shop.example.com'
        edge.more.push(virtualService(['shop.example.com'], { http: [{ directResponse: { status: 503 } }] }))
      }
    }
  ),
  ...of(
    'REDIRECT_LOOP',
    {
      name: 'a route that redirects to HTTPS whatever comes',
      change: edge => {
        endTLSAtTheLoadBalancer(edge)
        edge.more.push(virtualService(['shop.example.com'], { http: [{ redirect: { scheme: 'https' } }] }))
      },
      finds: { message: expect.stringContaining('for ever') as never }
    },
    {
      name: 'a route that redirects to another path',
      change: edge => {
        endTLSAtTheLoadBalancer(edge)
        edge.more.push(
          virtualService(['shop.example.com'], {
            http: [
              { match: [{ uri: { exact: '/' } }], redirect: { uri: '/home' } },
              { route: [{ destination: { host: 'shop.shop.svc.cluster.local', port: { number: 80 } } }] }
            ]
          })
        )
      }
    }
  ),
  ...of(
    'REDIRECT_LEADS_NOWHERE',
    {
      name: 'an action to a port without a listener',
      change: ({ ingress }) => {
        annotate(ingress, {
          'actions.away':
            '{"type":"redirect","redirectConfig":{"protocol":"HTTPS","port":"8443","statusCode":"HTTP_301"}}'
        })
        ingress.spec.rules[0].http.paths.unshift(path('/away', 'away', 'use-annotation'))
      },
      finds: { message: expect.stringContaining('has no listener on port 8443') as never }
    },
    {
      name: 'an action to another host',
      change: ({ ingress }) => {
        annotate(ingress, {
          'actions.away':
            '{"type":"redirect","redirectConfig":{"host":"www.example.com","port":"8443","statusCode":"HTTP_301"}}'
        })
        ingress.spec.rules[0].http.paths.unshift(path('/away', 'away', 'use-annotation'))
      }
    }
  ),
  ...of(
    'VIRTUAL_SERVICE_WITHOUT_GATEWAY',
    {
      name: 'a Gateway of the Gateway API',
      change: ({ more }) => {
        more.push(apiGateway('api'), virtualService(['shop.example.com'], { gateways: ['api'] }))
      },
      finds: { path: 'spec.gateways.0', expected: 'a Gateway of networking.istio.io' }
    },
    {
      name: 'an Istio Gateway beside one of the Gateway API of its name',
      change: ({ more }) => {
        more.push(apiGateway('public'), virtualService(['shop.example.com'], { gateways: ['public'] }))
      }
    },
    {
      name: 'a Gateway of another name',
      change: ({ more }) => {
        more.push(virtualService(['shop.example.com'], { gateways: ['internet'] }))
      },
      finds: {
        actual: 'internet',
        hint: 'let istio-system/internet be among what is checked, or bind it to the Gateway that is meant'
      }
    },
    {
      name: 'a Gateway of nearly that name',
      change: ({ more }) => {
        more.push(virtualService(['shop.example.com'], { gateways: ['istio-system/pulbic'] }))
      },
      finds: { hint: 'bind it to a Gateway that is there: istio-system/public', edit: expect.anything() as never }
    },
    {
      name: "another team's Gateway of that name",
      change: ({ more }) => {
        more.push(virtualService(['shop.example.com'], { gateways: ['internal/public'] }))
      },
      finds: {
        hint: 'bind it to a Gateway that is there: istio-system/public, which is in another namespace than internal/public'
      }
    },
    {
      name: 'a Gateway of other files beside that of the egress gateway',
      change: edge => {
        edge.gateway.spec.selector = { istio: 'egressgateway' }
        edge.more.push(virtualService(['shop.example.com'], { gateways: ['internet'] }))
      }
    },
    {
      name: 'a Gateway of another namespace, by its name alone',
      change: ({ more }) => {
        const shop = virtualService(['shop.example.com'])
        more.push({ ...shop, metadata: { ...shop.metadata, namespace: 'shop' } })
      },
      finds: { expected: 'istio-system/public', actual: 'public' }
    },
    {
      name: 'a Gateway by its name and namespace in DNS, as Istio takes it too',
      change: ({ more }) => {
        more.push(virtualService(['shop.example.com'], { gateways: ['public.istio-system.svc.cluster.local'] }))
      }
    },
    {
      name: 'the Gateway that is there',
      change: ({ more }) => {
        more.push(virtualService(['shop.example.com']))
      }
    },
    {
      name: 'the mesh alone',
      change: ({ more }) => {
        more.push(virtualService(['shop'], { gateways: ['mesh'] }))
      }
    },
    {
      name: 'no gateways, for a host that a Gateway serves',
      change: edge => {
        edge.gateway.spec.servers[0].hosts = ['*', '*.example.com']
        edge.more.push(virtualService(['shop.example.com'], { gateways: undefined }))
      },
      finds: { actual: 'no gateways', expected: 'gateways: [istio-system/public]' }
    },
    {
      name: 'no gateways, for a name of the mesh',
      change: edge => {
        edge.gateway.spec.servers[0].hosts = ['*', 'shop']
        edge.more.push(virtualService(['shop'], { gateways: undefined }))
      }
    }
  ),
  ...of(
    'ISTIO_OBJECT_REFUSED',
    {
      name: 'a look-ahead',
      change: ({ more }) => {
        more.push(
          virtualService(['shop.example.com'], {
            http: [{ match: [{ uri: { regex: '^/(?!admin).*' } }], route: [{ destination: { host: 'web' } }] }]
          })
        )
      },
      finds: { severity: 'error', path: 'spec.http.0.match.0.uri.regex', actual: '^/(?!admin).*' }
    },
    {
      name: 'weights that add up to 0',
      change: ({ more }) => {
        const route = ['one', 'two'].map(host => ({ destination: { host }, weight: 0 }))
        more.push(virtualService(['shop.example.com'], { http: [{ route }] }))
      },
      finds: { path: 'spec.http.0.route' }
    },
    {
      name: 'a redirect with a code that Envoy does not know',
      change: ({ more }) => {
        more.push(virtualService(['shop.example.com'], { http: [{ redirect: { uri: '/x', redirectCode: 305 } }] }))
      },
      finds: { actual: '305' }
    },
    {
      name: 'an expression that looks odd',
      change: ({ more }) => {
        more.push(
          virtualService(['shop.example.com'], {
            http: [{ match: [{ uri: { regex: '/(?i)items/\\d+' } }], route: [{ destination: { host: 'web' } }] }]
          })
        )
      }
    }
  )
]

function binding(spec: Loose) {
  return {
    apiVersion: 'elbv2.k8s.aws/v1beta1',
    kind: 'TargetGroupBinding',
    metadata: { name: 'edge', namespace: 'istio-system' },
    spec: {
      targetGroupARN: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/edge/0123456789abcdef',
      targetType: 'instance',
      ...spec
    }
  }
}

function useParameters({ ingress, more }: Edge, spec: Loose): void {
  ingress.spec.ingressClassName = 'shared'
  more.push(
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'shared' },
      spec: {
        controller: 'ingress.k8s.aws/alb',
        parameters: { apiGroup: 'elbv2.k8s.aws', kind: 'IngressClassParams', name: 'shared' }
      }
    },
    { apiVersion: 'elbv2.k8s.aws/v1beta1', kind: 'IngressClassParams', metadata: { name: 'shared' }, spec }
  )
}

const around: RuleCase[] = [
  ...of(
    'STICKINESS_ENDS_AT_THE_NODE',
    {
      name: 'a cookie with instance targets',
      change: ({ ingress }) => annotate(ingress, { 'target-group-attributes': 'stickiness.enabled=true' }),
      finds: { expected: 'target-type: ip' }
    },
    {
      name: 'a cookie with pods as targets',
      change: ({ ingress }) =>
        annotate(ingress, { 'target-type': 'ip', 'target-group-attributes': 'stickiness.enabled=true' })
    },
    {
      name: 'another attribute',
      change: ({ ingress }) =>
        annotate(ingress, { 'target-group-attributes': 'stickiness.enabled=false,slow_start.duration_seconds=30' })
    }
  ),
  ...of(
    'SECOND_FRONT_DOOR',
    {
      name: 'a Service of type LoadBalancer behind a web ACL',
      change: ({ ingress, service }) => {
        service.spec.type = 'LoadBalancer'
        annotate(ingress, { 'wafv2-acl-arn': 'arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/edge/0a' })
      },
      finds: {
        object: 'Service istio-system/gateway',
        message: expect.stringContaining('goes around the web ACL') as never
      }
    },
    { name: 'a Service of type NodePort', change: () => {} }
  ),
  ...of(
    'SECURITY_GROUPS_LEAVE_NODES_CLOSED',
    {
      name: 'own security groups',
      change: ({ ingress }) => annotate(ingress, { 'security-groups': 'sg-0123456789abcdef0' }),
      finds: { actual: 'not set' }
    },
    {
      name: 'own security groups, and managed rules',
      change: ({ ingress }) =>
        annotate(ingress, {
          'security-groups': 'sg-0123456789abcdef0',
          'manage-backend-security-group-rules': 'true'
        })
    },
    {
      name: 'managed rules that are neither true nor false, which no plan is made of',
      change: ({ ingress }) =>
        annotate(ingress, {
          'security-groups': 'sg-0123456789abcdef0',
          'manage-backend-security-group-rules': '{'
        })
    }
  ),
  ...of(
    'TARGET_GROUP_BINDING_WITHOUT_TARGETS',
    {
      name: 'a port of nobody',
      change: ({ more }) => {
        more.push(binding({ serviceRef: { name: 'gateway', port: 9999 } }))
      },
      finds: { actual: '9999' }
    },
    {
      name: "the pods' port",
      change: ({ more }) => {
        more.push(binding({ serviceRef: { name: 'gateway', port: 8443 } }))
      },
      finds: { actual: '8443', path: 'spec.serviceRef.port' }
    },
    {
      name: 'another Service',
      change: ({ more }) => {
        more.push(binding({ serviceRef: { name: 'gatway', port: 443 } }))
      },
      finds: { expected: 'gateway', actual: 'gatway' }
    },
    {
      name: 'a port by its name',
      change: ({ more }) => {
        more.push(binding({ serviceRef: { name: 'gateway', port: 'https' } }))
      }
    }
  ),
  ...of(
    'CLASS_PARAMETERS_OVERRIDE',
    {
      name: 'another scheme',
      change: edge => useParameters(edge, { scheme: 'internal' }),
      finds: { expected: 'internal', actual: 'internet-facing' }
    },
    { name: 'the same scheme', change: edge => useParameters(edge, { scheme: 'internet-facing' }) },
    { name: 'what the Ingress leaves open', change: edge => useParameters(edge, { ipAddressType: 'dualstack' }) }
  ),
  ...of(
    'TLS_WITHOUT_HTTPS_LISTENER',
    {
      name: 'spec.tls and plain listeners',
      change: ({ ingress }) => {
        annotate(ingress, { 'listen-ports': '[{"HTTP":80}]' })
        delete ingress.metadata.annotations[`${prefix}ssl-redirect`]
        ingress.spec.tls = [{ hosts: ['shop.example.com'], secretName: 'shop' }]
      },
      finds: { expected: 'HTTPS:443', actual: 'HTTP:80' }
    },
    {
      name: 'spec.tls and an HTTPS listener',
      change: ({ ingress }) => {
        ingress.spec.tls = [{ hosts: ['shop.example.com'] }]
      }
    }
  ),
  ...of(
    'CERTIFICATE_UNUSED',
    {
      name: 'an HTTPS port in small letters, which is refused as such',
      change: ({ ingress }) => annotate(ingress, { 'listen-ports': '[{"https":443}]' })
    },
    {
      name: 'a certificate and plain listeners',
      change: ({ ingress }) => {
        annotate(ingress, { 'listen-ports': '[{"HTTP":80}]' })
        delete ingress.metadata.annotations[`${prefix}ssl-redirect`]
      },
      finds: { actual: 'HTTP:80' }
    },
    { name: 'a certificate and an HTTPS listener', change: () => {} }
  ),
  ...of(
    'SSL_REDIRECT_WITHOUT_HTTP_LISTENER',
    {
      name: 'HTTPS alone',
      change: ({ ingress }) => annotate(ingress, { 'listen-ports': '[{"HTTPS":443}]' }),
      finds: { expected: 'a listener HTTP:80' }
    },
    {
      name: 'port 80 is opened for HTTPS',
      change: ({ ingress }) => annotate(ingress, { 'listen-ports': '[{"HTTPS":80},{"HTTPS":443}]' }),
      finds: { hint: expect.stringContaining('[{"HTTP":80},{"HTTPS":443}]') as never }
    },
    { name: 'both', change: () => {} }
  ),
  ...of(
    'ARN_OF_ANOTHER_REGION',
    {
      name: "a certificate for CloudFront beside the load balancer's web ACL",
      change: ({ ingress }) =>
        annotate(ingress, {
          'certificate-arn': certificateARN.replace('eu-west-1', 'us-east-1'),
          'wafv2-acl-arn': 'arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/edge/0a'
        }),
      finds: { expected: 'eu-west-1', actual: 'us-east-1' }
    },
    { name: 'one region', change: () => {} }
  )
]

export const ruleCases: RuleCase[] = [
  ...[
    healthCheck,
    backend,
    annotations,
    routing,
    istio,
    predictions,
    around,
    apiServerCases,
    madeGatewayCases,
    gatewayParameterCases,
    gatewayPodCases,
    gatewayCases,
    gatewayRoutingCases,
    gatewayRouteCases,
    serviceCases
  ].flat()
]
