import { checkResources } from '../../../src/check/index.ts'
import type { Finding } from '../../../src/failure.ts'
import { defaultEnvironment } from '../../../src/model/index.ts'
import { assumeMissing, parseManifests } from '../../../src/resources/index.ts'

/** Objects as loose as YAML, so that cases can break them. */
// biome-ignore lint/suspicious/noExplicitAny: a case sets whatever a person might write
export type Loose = any

/** The objects of a well-made edge; cases change one thing of it. */
export interface Edge {
  ingress: Loose
  service: Loose
  gateway: Loose
  /** What a case adds. */
  more: Loose[]
}

const prefix = 'alb.ingress.kubernetes.io/'

/** An Ingress with TLS up to the gateway, the health check on the status port by its name, and a Gateway for every host. */
export function createEdge(): Edge {
  return {
    ingress: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: {
        name: 'edge',
        namespace: 'istio-system',
        annotations: {
          [`${prefix}scheme`]: 'internet-facing',
          [`${prefix}target-type`]: 'instance',
          [`${prefix}listen-ports`]: '[{"HTTP":80},{"HTTPS":443}]',
          [`${prefix}ssl-redirect`]: '443',
          [`${prefix}certificate-arn`]:
            'arn:aws:acm:eu-west-1:111122223333:certificate/0a1b2c3d-1111-4222-8333-444455556666',
          [`${prefix}backend-protocol`]: 'HTTPS',
          [`${prefix}healthcheck-protocol`]: 'HTTP',
          [`${prefix}healthcheck-port`]: 'status-port',
          [`${prefix}healthcheck-path`]: '/healthz/ready'
        }
      },
      spec: {
        ingressClassName: 'alb',
        rules: [{ http: { paths: [path('/', 'gateway', 443)] } }]
      }
    },
    service: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'gateway', namespace: 'istio-system', annotations: {} },
      spec: {
        type: 'NodePort',
        selector: { istio: 'ingressgateway' },
        ports: [
          { name: 'status-port', port: 15021, targetPort: 15021, nodePort: 30621 },
          { name: 'http2', port: 80, targetPort: 8080, nodePort: 31565 },
          { name: 'https', port: 443, targetPort: 8443, nodePort: 31804 }
        ]
      }
    },
    gateway: {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Gateway',
      metadata: { name: 'public', namespace: 'istio-system' },
      spec: {
        selector: { istio: 'ingressgateway' },
        servers: [
          {
            port: { number: 443, name: 'https', protocol: 'HTTPS' },
            hosts: ['*'],
            tls: { mode: 'SIMPLE', credentialName: 'edge-certificate' }
          }
        ]
      }
    },
    more: []
  }
}

/** One path of an Ingress rule. */
export function path(text: string, service: string, port: number | string, pathType = 'Prefix') {
  return {
    path: text,
    pathType,
    backend: { service: { name: service, port: typeof port === 'number' ? { number: port } : { name: port } } }
  }
}

/** Sets annotations of an object by their names without the prefix; undefined removes one. */
export function annotate(object: Loose, annotations: Record<string, string | undefined>): void {
  for (const [suffix, value] of Object.entries(annotations)) {
    if (value === undefined) {
      delete object.metadata.annotations[prefix + suffix]
    } else {
      object.metadata.annotations[prefix + suffix] = value
    }
  }
}

/** A further Ingress of the controller. */
export function createIngress(
  name: string,
  annotations: Record<string, string>,
  rules: Loose[],
  namespace = 'istio-system'
) {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name,
      namespace,
      annotations: Object.fromEntries(Object.entries(annotations).map(([suffix, value]) => [prefix + suffix, value]))
    },
    spec: { ingressClassName: 'alb', rules }
  }
}

/** An IstioOperator whose component makes the Service `gateway`. */
export function createOperator(k8s: Loose, spec: Loose = {}) {
  return {
    apiVersion: 'install.istio.io/v1alpha1',
    kind: 'IstioOperator',
    metadata: { name: 'mesh', namespace: 'istio-system' },
    spec: {
      profile: 'minimal',
      hub: 'docker.io/istio',
      components: {
        ingressGateways: [{ name: 'gateway', namespace: 'istio-system', label: { istio: 'ingressgateway' }, k8s }]
      },
      ...spec
    }
  }
}

/** The gateway's Deployment with a proxy configuration on its pods. */
export function createDeployment(proxyConfig: Loose, spec: Loose = {}) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'gateway', namespace: 'istio-system' },
    spec: {
      template: {
        metadata: {
          labels: { istio: 'ingressgateway' },
          annotations: { 'proxy.istio.io/config': JSON.stringify(proxyConfig) }
        }
      },
      ...spec
    }
  }
}

/** What check says of some objects, as if read from one file. */
function check(objects: Loose[], rewrite = (text: string) => text): Finding[] {
  const text = rewrite(JSON.stringify({ kind: 'List', apiVersion: 'v1', items: objects }))
  return checkResources(assumeMissing(parseManifests([{ file: 'edge.json', text }])).resources, defaultEnvironment)
}

export function checkEdge({ ingress, service, gateway, more }: Edge, rewrite?: (text: string) => string): Finding[] {
  return check(
    [ingress, service, gateway, ...more].filter(object => object !== undefined),
    rewrite
  )
}
