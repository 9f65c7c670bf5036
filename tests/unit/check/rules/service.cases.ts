import { expect } from '@jest/globals'
import { annotate, createDeployment, type Edge, type Loose } from '../edge.ts'
import type { RuleCase } from './rules.cases.ts'

const prefix = 'service.beta.kubernetes.io/aws-load-balancer-'
const certificate = {
  'ssl-cert': 'arn:aws:acm:eu-west-1:111122223333:certificate/0a1b2c3d-1111-4222-8333-444455556666'
}
const facing = { scheme: 'internet-facing' }
const ip = { 'nlb-target-type': 'ip' }

/** Makes the gateway's Service one with a Network Load Balancer of its own. */
function front(edge: Edge, annotations: Record<string, string> = {}, spec: Loose = {}): Loose {
  const { service } = edge
  edge.ingress = undefined
  for (const [name, value] of Object.entries(annotations)) {
    service.metadata.annotations[prefix + name] = value
  }
  Object.assign(service.spec, { type: 'LoadBalancer', loadBalancerClass: 'service.k8s.aws/nlb' }, spec)
  return service
}

/** One that is the cloud provider's. */
function classic(edge: Edge, annotations: Record<string, string> = {}, spec: Loose = {}): Loose {
  const service = front(edge, annotations, spec)
  delete service.spec.loadBalancerClass
  return service
}

function of(code: string, ...cases: Omit<RuleCase, 'code'>[]): RuleCase[] {
  return cases.map(one => ({ code, ...one }))
}

function plainServer(edge: Edge, port: object = { number: 443, name: 'http', protocol: 'HTTP' }): void {
  edge.gateway.spec.servers = [{ port, hosts: ['*'] }]
}

/** The gateway's pods, as they are configured. */
function pods(edge: Edge, gatewayTopology: object = {}, replicas = 3): void {
  edge.more.push(createDeployment({ gatewayTopology }, { replicas }))
}

/** A port whose server speaks first. */
function smtp(edge: Edge, annotations: Record<string, string>, port: Loose = {}): void {
  front(edge, annotations).spec.ports[1] = { name: 'mail', port: 25, targetPort: 8025, nodePort: 31025, ...port }
}

const proxy = { proxyProtocol: {} }
const udp = { name: 'quic', protocol: 'UDP', port: 443, targetPort: 8443, nodePort: 31805 }

/** Cases of Services that get a load balancer of their own. */
export const serviceCases: RuleCase[] = [
  ...of(
    'ANNOTATION_UNKNOWN',
    {
      name: "a Service's annotation, misspelt",
      change: edge => front(edge, { sceme: 'internal' }),
      finds: { expected: `${prefix}scheme`, hint: `did you mean ${prefix}scheme?` }
    },
    {
      name: "a Service's annotation, misspelt beside the right one",
      change: edge => front(edge, { ...ip, 'nlb-target-types': 'instance' }),
      finds: { hint: `remove it: ${prefix}nlb-target-type is set too` }
    },
    {
      name: 'weighted target groups under the wrong name',
      change: edge => front(edge, { 'actions.80': '{}' }),
      finds: { hint: 'did you mean service.beta.kubernetes.io/actions.TCP-80?' }
    },
    {
      name: 'an annotation of another cloud',
      change: ({ service }) => {
        service.metadata.annotations['service.beta.kubernetes.io/azure-load-balancer-internal'] = 'true'
      }
    }
  ),
  ...of(
    'ANNOTATION_LEGACY',
    {
      name: 'the scheme of the cloud provider',
      change: edge => front(edge, { internal: 'false' }),
      finds: { actual: 'false' }
    },
    { name: 'the same, where the cloud provider reads it', change: edge => classic(edge, { internal: 'true' }) }
  ),
  ...of(
    'MODEL_NOT_BUILT',
    {
      name: 'an annotation of a Service that the controller refuses',
      change: edge => front(edge, { 'ssl-ports': '8443' }),
      finds: {
        object: 'Service istio-system/gateway',
        message: expect.stringContaining('Unused port in ssl-ports annotation [8443]') as never
      }
    },
    {
      name: 'an asterisk for all ports, which the cloud provider takes',
      change: edge => front(edge, { ...certificate, ...facing, ...ip, 'ssl-ports': '*' }),
      finds: { hint: expect.stringContaining('name the ports that end TLS') as never }
    },
    {
      name: 'an ALPN policy in small letters',
      change: edge => {
        plainServer(edge)
        front(edge, { ...certificate, ...ip, scheme: 'internal', 'ssl-ports': '443', 'alpn-policy': 'http2preferred' })
      },
      finds: { path: `metadata.annotations.${prefix}alpn-policy`, hint: 'set HTTP2Preferred' }
    },
    {
      name: 'a port to check that the Service lacks',
      change: edge => front(edge, { ...ip, scheme: 'internal', 'healthcheck-port': 'status' }),
      finds: { path: `metadata.annotations.${prefix}healthcheck-port`, hint: 'did you mean status-port?' }
    },
    {
      name: 'what the cloud provider refuses',
      change: edge => classic(edge, { 'proxy-protocol': 'true' }),
      finds: { message: expect.stringContaining("the only value supported currently is '*'") as never }
    }
  ),
  ...of(
    'ANNOTATION_VALUE_REFUSED',
    {
      name: "attributes of a Service's target groups, each on a line of its own",
      change: edge =>
        front(edge, {
          'target-group-attributes':
            'deregistration_delay.timeout_seconds=180\nderegistration_delay.connection_termination.enabled=true'
        }),
      finds: {
        path: `metadata.annotations.${prefix}target-group-attributes`,
        expected: 'commas between attributes',
        hint: 'set deregistration_delay.timeout_seconds=180,deregistration_delay.connection_termination.enabled=true'
      }
    },
    {
      name: 'an attribute of application load balancers',
      change: edge => front(edge, { attributes: 'idle_timeout.timeout_seconds=60' }),
      finds: { path: `metadata.annotations.${prefix}attributes`, hint: 'leave idle_timeout.timeout_seconds out' }
    },
    {
      name: 'a type of stickiness of application load balancers',
      change: edge => front(edge, { 'target-group-attributes': 'stickiness.type=lb_cookie' }),
      finds: { expected: 'source_ip for stickiness.type', hint: 'set source_ip for stickiness.type' }
    },
    {
      name: 'two certificates where the cloud provider takes one',
      change: edge => {
        plainServer(edge)
        const arn = certificate['ssl-cert']
        classic(edge, { type: 'nlb', internal: 'true', 'ssl-cert': `${arn},${arn}`, 'ssl-ports': 'https' })
      },
      finds: { expected: 'the ARN of one certificate' }
    },
    {
      name: 'two certificates, of which the controller takes several',
      change: edge => {
        const arn = certificate['ssl-cert']
        front(edge, { ...facing, ...ip, 'ssl-cert': `${arn},${arn}`, 'ssl-ports': 'https' })
      }
    },
    {
      name: 'attributes that Network Load Balancers have',
      change: edge =>
        front(edge, {
          attributes: 'load_balancing.cross_zone.enabled=true',
          'target-group-attributes': 'deregistration_delay.timeout_seconds=180'
        })
    }
  ),
  ...of(
    'HEALTH_CHECK_PORT_NOT_A_NODE_PORT',
    {
      name: "a Service's own load balancer that asks a port of pods on nodes",
      change: edge => front(edge, { 'healthcheck-port': '15021' }),
      finds: { expected: 'status-port, or 30621', hint: expect.stringContaining('status-port') as never }
    },
    {
      name: "the same of the cloud provider, which takes no port's name",
      change: edge => classic(edge, { type: 'nlb', 'healthcheck-port': '15021' }),
      finds: { expected: '30621', hint: expect.stringContaining('healthcheck-port: 30621') as never }
    },
    { name: 'the node port', change: edge => front(edge, { 'healthcheck-port': '30621' }) },
    { name: 'ip targets', change: edge => front(edge, { ...ip, 'healthcheck-port': '15021' }) }
  ),
  ...of(
    'GATEWAY_REDIRECT_LOOP',
    {
      name: 'a TLS listener before a server that redirects',
      change: edge => {
        front(edge, { ...certificate, 'ssl-ports': '443' })
        plainServer(edge)
        edge.gateway.spec.servers[0].tls = { httpsRedirect: true }
      },
      finds: { message: expect.stringContaining('adds no X-Forwarded-Proto') as never }
    },
    {
      name: 'the same on a plain listener',
      change: edge => {
        front(edge, { ...certificate, 'ssl-ports': '443' })
        plainServer(edge, { number: 80, name: 'http', protocol: 'HTTP' })
        edge.gateway.spec.servers[0].tls = { httpsRedirect: true }
      }
    }
  ),
  ...of(
    'GATEWAY_WANTS_PROXY_PROTOCOL',
    {
      name: 'a Network Load Balancer that does not send it',
      change: edge => {
        front(edge)
        pods(edge, proxy)
      },
      finds: { expected: `${prefix}proxy-protocol: "*"` }
    },
    {
      name: 'one that does',
      change: edge => {
        front(edge, { 'proxy-protocol': '*' })
        pods(edge, proxy)
      }
    }
  ),
  ...of(
    'TRUSTED_PROXIES_TOO_MANY',
    {
      name: 'a Network Load Balancer adds no header',
      change: edge => {
        front(edge, facing)
        pods(edge, { numTrustedProxies: 1 })
      },
      finds: { expected: 'numTrustedProxies: 0' }
    },
    {
      name: 'an internal one',
      change: edge => {
        front(edge, { scheme: 'internal' })
        pods(edge, { numTrustedProxies: 1 })
      }
    }
  ),
  ...of(
    'SERVICE_NOT_TAKEN',
    { name: 'external alone', change: edge => classic(edge, { type: 'external' }), finds: { actual: 'not set' } },
    {
      name: 'external with a target type that there is not',
      change: edge => classic(edge, { type: 'external', 'nlb-target-type': 'pod' }),
      finds: { actual: 'pod' }
    },
    { name: 'a type in capitals', change: edge => classic(edge, { type: 'NLB' }), finds: { actual: 'NLB' } },
    {
      name: 'a class misspelt',
      change: edge => front(edge, {}, { loadBalancerClass: 'service.k8s.aws/nbl' }),
      finds: { path: 'spec.loadBalancerClass' }
    },
    { name: 'the class', change: edge => front(edge) },
    { name: 'external with a target type', change: edge => classic(edge, { type: 'external', ...ip }) },
    { name: "another controller's class", change: edge => front(edge, {}, { loadBalancerClass: 'tailscale' }) }
  ),
  ...of(
    'HEALTH_CHECK_TIMEOUT_NOT_BELOW_INTERVAL',
    {
      name: "a time-out above the interval on a Service's own load balancer",
      change: edge => front(edge, { 'healthcheck-interval': '7', 'healthcheck-timeout': '8' }),
      finds: {
        path: expect.stringContaining('healthcheck-timeout') as never,
        actual: '8',
        expected: 'a time-out of at most 7'
      }
    },
    {
      name: 'an interval as long as the time-out, which a Network Load Balancer takes',
      change: edge => front(edge, { 'healthcheck-interval': '8', 'healthcheck-timeout': '8' })
    }
  ),
  ...of(
    'SERVICE_ANNOTATION_IGNORED',
    {
      name: "the cloud provider's idle time-out on a Network Load Balancer",
      change: edge => front(edge, { 'connection-idle-timeout': '60' }),
      finds: { hint: expect.stringContaining('tcp.idle_timeout.seconds') as never }
    },
    {
      name: "an idle time-out on the cloud provider's Network Load Balancer, which no other reader of it makes",
      change: edge => classic(edge, { type: 'nlb', 'connection-idle-timeout': '60' }),
      finds: { hint: 'remove it' }
    },
    { name: 'a scheme that the cloud provider does not read', change: edge => classic(edge, facing), finds: {} },
    {
      name: "PROXY protocol on the cloud provider's Network Load Balancer",
      change: edge => classic(edge, { type: 'nlb', 'proxy-protocol': '*' }),
      finds: {}
    },
    { name: 'what it reads', change: edge => front(edge, facing) },
    {
      name: 'on a Service behind an Ingress, of which nobody makes a load balancer',
      change: ({ service }) => {
        Object.assign(service.metadata.annotations, { [`${prefix}scheme`]: 'internal', [`${prefix}type`]: 'nlb' })
      },
      finds: {
        actual: 'NodePort',
        message: expect.stringContaining(`${prefix}scheme, ${prefix}type of`) as never,
        hint: expect.stringContaining('remove them') as never
      }
    },
    {
      name: 'on a Service of type ClusterIP',
      change: edge => {
        front(edge, facing, { type: 'ClusterIP', loadBalancerClass: undefined })
      },
      finds: { actual: 'ClusterIP', hint: expect.stringContaining('set spec.type: LoadBalancer') as never }
    },
    {
      name: 'a Service of type ClusterIP that the controller takes all the same',
      change: edge => {
        front(edge, { type: 'external', ...ip, ...facing }, { type: 'ClusterIP', loadBalancerClass: undefined })
      }
    },
    {
      name: 'an address that the controller does not read',
      change: edge => front(edge, facing, { loadBalancerIP: '203.0.113.7' }),
      finds: { path: 'spec.loadBalancerIP', hint: expect.stringContaining('eip-allocations') as never }
    },
    {
      name: 'an annotation that nobody knows on a Service without a load balancer, which is told as such',
      change: ({ service }) => {
        service.metadata.annotations[`${prefix}sceme`] = 'internal'
      }
    }
  ),
  ...of(
    'ANNOTATION_VALUE_REFUSED',
    {
      name: 'spaces in a list of addresses, which the cloud provider keeps',
      change: edge => classic(edge, { type: 'nlb', 'eip-allocations': 'eipalloc-0a1b2c3d, eipalloc-1a1b2c3d' }),
      finds: { hint: 'set eipalloc-0a1b2c3d,eipalloc-1a1b2c3d, without spaces' }
    },
    {
      name: 'spaces in a list of addresses, which the controller takes off',
      change: edge => front(edge, { ...facing, 'eip-allocations': 'eipalloc-0a1b2c3d, eipalloc-1a1b2c3d' })
    },
    {
      name: 'access logs without a bucket',
      change: edge => front(edge, { ...facing, attributes: 'access_logs.s3.enabled=true' }),
      finds: { expected: 'the name of a bucket as access_logs.s3.bucket' }
    },
    {
      name: 'access logs with a bucket',
      change: edge =>
        front(edge, { ...facing, attributes: 'access_logs.s3.enabled=true,access_logs.s3.bucket=logs-of-the-edge' })
    }
  ),
  ...of(
    'MODEL_NOT_BUILT',
    {
      name: 'an address that the cloud provider refuses',
      change: edge => classic(edge, { internal: 'true' }, { loadBalancerIP: '203.0.113.7' }),
      finds: { path: 'spec.loadBalancerIP', hint: 'remove it: AWS chooses the addresses' }
    },
    {
      name: 'three addresses, where nobody said how many subnets there are',
      change: edge => front(edge, { ...facing, 'eip-allocations': 'eipalloc-1,eipalloc-2,eipalloc-3' })
    },
    {
      name: 'addresses of the VPC, where nobody said what its subnets hold',
      change: edge => front(edge, { scheme: 'internal', 'private-ipv4-addresses': '10.7.0.9,10.7.1.9,10.7.2.9' })
    }
  ),
  ...of(
    'LISTENER_ANNOTATION_UNUSED',
    {
      name: 'TCP where the listener is TLS',
      change: edge =>
        front(edge, {
          ...certificate,
          'ssl-ports': '443',
          'listener-attributes.TCP-443': 'tcp.idle_timeout.seconds=600'
        }),
      finds: { hint: 'remove it: TLS-443, the listener on that port, has no attributes' }
    },
    {
      name: 'a port that is not there',
      change: edge => front(edge, { 'target-group-attributes.8443': 'a=b' }),
      finds: { actual: '8443' }
    },
    {
      name: "attributes of an Ingress's listener that is not there",
      change: ({ ingress }) =>
        annotate(ingress, { 'listener-attributes.HTTPS-8443': 'routing.http.response.server.enabled=false' }),
      finds: { actual: 'HTTPS-8443', expected: 'HTTP-80, HTTPS-443' }
    },
    {
      name: "attributes of an Ingress's listener by the other protocol",
      change: ({ ingress }) =>
        annotate(ingress, { 'listener-attributes.HTTP-443': 'routing.http.response.server.enabled=false' }),
      finds: { hint: 'write alb.ingress.kubernetes.io/listener-attributes.HTTPS-443' }
    },
    {
      name: "a port of an Ingress's mutual TLS on which it does not listen",
      change: ({ ingress }) =>
        annotate(ingress, { 'mutual-authentication': '[{"port": 8443, "mode": "passthrough"}]' }),
      finds: { actual: '8443', hint: 'write "port": 443' }
    },
    {
      name: 'a policy for TLS of an Ingress that ends none',
      change: ({ ingress, service }) => {
        annotate(ingress, {
          'listen-ports': '[{"HTTP": 80}]',
          'ssl-redirect': undefined,
          'certificate-arn': undefined,
          'ssl-policy': 'ELBSecurityPolicy-TLS13-1-2-2021-06'
        })
        service.metadata.annotations = {}
      },
      finds: { actual: 'HTTP:80' }
    },
    {
      name: 'a policy for TLS beside a certificate that nothing uses, which is told as such',
      change: ({ ingress }) =>
        annotate(ingress, {
          'listen-ports': '[{"HTTP": 80}]',
          'ssl-redirect': undefined,
          'ssl-policy': 'ELBSecurityPolicy-TLS13-1-2-2021-06'
        })
    },
    {
      name: 'attributes, a policy and mutual TLS of listeners of the Ingress',
      change: ({ ingress }) =>
        annotate(ingress, {
          'listener-attributes.HTTPS-443': 'routing.http.response.server.enabled=false',
          'ssl-policy': 'ELBSecurityPolicy-TLS13-1-2-2021-06',
          'mutual-authentication': '[{"port": 443, "mode": "passthrough"}, {"port": 80, "mode": "off"}]'
        })
    },
    {
      name: 'a space in the ports that end TLS, which the cloud provider keeps',
      change: edge => {
        edge.gateway.spec.servers = ['http2', 'https'].map((name, index) => ({
          port: { number: [80, 443][index], name, protocol: 'HTTP' },
          hosts: ['*']
        }))
        classic(edge, { type: 'nlb', internal: 'true', ...certificate, 'ssl-ports': 'https, http2' })
      },
      finds: { actual: '" http2"', hint: 'set https,http2, without spaces' }
    },
    {
      name: 'a space in the ports that end TLS, which the controller takes off',
      change: edge => front(edge, { ...certificate, 'ssl-ports': 'https, http2' })
    },
    {
      name: 'the listener',
      change: edge => front(edge, { 'listener-attributes.TCP-443': 'tcp.idle_timeout.seconds=600' })
    }
  ),
  ...of(
    'PORT_OF_TWO_PROTOCOLS',
    {
      name: 'HTTP/3 without a word',
      change: edge => front(edge).spec.ports.push(udp),
      finds: {
        expected: `${prefix}enable-tcp-udp-listener: "true"`,
        message:
          'port 443 of Service istio-system/gateway is there for TCP and for UDP: only the listener of TCP is made'
      }
    },
    {
      name: 'merged, with two node ports',
      change: edge => front(edge, { 'enable-tcp-udp-listener': 'true' }).spec.ports.push(udp),
      finds: { actual: '31805' }
    },
    {
      name: 'merged, with ip targets',
      change: edge => front(edge, { ...ip, 'enable-tcp-udp-listener': 'true' }).spec.ports.push(udp)
    },
    { name: 'another number', change: edge => front(edge).spec.ports.push({ ...udp, port: 8443 }) }
  ),
  ...of(
    'SECURITY_GROUPS_LEAVE_NODES_CLOSED',
    {
      name: "own security groups of a Service's load balancer",
      change: edge => front(edge, { 'security-groups': 'sg-0123456789abcdef0' }),
      finds: { hint: `set ${prefix}manage-backend-security-group-rules: "true"` }
    },
    {
      name: "own security groups of a Service's load balancer, and managed rules",
      change: edge =>
        front(edge, { 'security-groups': 'sg-0123456789abcdef0', 'manage-backend-security-group-rules': 'true' })
    },
    {
      name: 'own security groups, and none for the load balancer',
      change: edge => front(edge, { 'security-groups': 'sg-0123456789abcdef0', 'disable-nlb-sg': 'true' })
    },
    {
      name: 'own security groups of a Classic Load Balancer, for which the cloud provider opens the nodes',
      change: edge => classic(edge, { 'security-groups': 'sg-0123456789abcdef0' })
    }
  ),
  ...of(
    'SOURCE_RANGES_IGNORED',
    {
      name: 'own security groups',
      change: edge => front(edge, { 'security-groups': 'sg-1' }, { loadBalancerSourceRanges: ['10.0.0.0/8'] }),
      finds: { path: 'spec.loadBalancerSourceRanges' }
    },
    {
      name: 'no security groups, and hidden addresses',
      change: edge => front(edge, { ...ip, 'disable-nlb-sg': 'true' }, { loadBalancerSourceRanges: ['10.0.0.0/8'] }),
      finds: { hint: `remove ${prefix}disable-nlb-sg` }
    },
    { name: 'the managed group', change: edge => front(edge, {}, { loadBalancerSourceRanges: ['10.0.0.0/8'] }) },
    {
      name: 'no security groups, and addresses are kept',
      change: edge => front(edge, { 'disable-nlb-sg': 'true' }, { loadBalancerSourceRanges: ['10.0.0.0/8'] })
    }
  ),
  ...of(
    'HEALTH_CHECK_NOT_LOCAL',
    {
      name: 'the traffic port',
      change: edge =>
        front(
          edge,
          { 'healthcheck-port': 'traffic-port' },
          { externalTrafficPolicy: 'Local', healthCheckNodePort: 32000 }
        ),
      finds: { actual: 'HTTP on traffic-port' }
    },
    {
      name: 'the traffic port behind a PROXY header, which the right check would carry too',
      change: edge => {
        front(
          edge,
          {
            scheme: 'internal',
            'proxy-protocol': '*',
            'healthcheck-port': 'traffic-port',
            'healthcheck-protocol': 'TCP'
          },
          { externalTrafficPolicy: 'Local', healthCheckNodePort: 32000 }
        )
        pods(edge, proxy)
      },
      finds: { hint: expect.stringContaining('set externalTrafficPolicy: Cluster: the PROXY header') as never }
    },
    {
      name: 'the default',
      change: edge => front(edge, {}, { externalTrafficPolicy: 'Local', healthCheckNodePort: 32000 })
    },
    {
      name: 'ip targets',
      change: edge =>
        front(
          edge,
          { ...ip, 'healthcheck-port': 'traffic-port' },
          { externalTrafficPolicy: 'Local', healthCheckNodePort: 32000 }
        )
    }
  ),
  ...of(
    'HEALTH_CHECK_WITH_PROXY_HEADER',
    {
      name: 'the status port',
      change: edge =>
        front(edge, { ...ip, 'proxy-protocol': '*', 'healthcheck-port': '15021', 'healthcheck-protocol': 'HTTP' }),
      finds: { actual: 'HTTP on port 15021' }
    },
    {
      name: "kube-proxy's port with Local, which a check by TCP does not replace",
      change: edge => {
        front(
          edge,
          { scheme: 'internal', 'proxy-protocol': '*' },
          { externalTrafficPolicy: 'Local', healthCheckNodePort: 32000 }
        )
        pods(edge, proxy)
      },
      finds: {
        path: 'spec.externalTrafficPolicy',
        hint: expect.stringContaining('set externalTrafficPolicy: Cluster,') as never
      }
    },
    { name: 'the traffic port', change: edge => front(edge, { 'proxy-protocol': '*' }) },
    {
      name: 'no PROXY protocol',
      change: edge => front(edge, { ...ip, 'healthcheck-port': '15021', 'healthcheck-protocol': 'HTTP' })
    }
  ),
  ...of(
    'HEALTH_CHECK_NEEDS_OLDER_TLS',
    {
      name: 'TLS 1.3 alone',
      change: edge => {
        front(edge, { 'healthcheck-protocol': 'HTTPS' })
        edge.gateway.spec.servers[0].tls.minProtocolVersion = 'TLSV1_3'
      },
      finds: { object: 'Gateway istio-system/public' }
    },
    { name: 'TLS 1.2 too', change: edge => front(edge, { 'healthcheck-protocol': 'HTTPS' }) }
  ),
  ...of(
    'UDP_CHECKED_BY_TCP',
    {
      name: 'a UDP port alone',
      change: edge => front(edge).spec.ports.push({ ...udp, name: 'dns', port: 53, targetPort: 5353 }),
      finds: { actual: 'traffic-port' }
    },
    { name: 'a TCP server on the same port', change: edge => front(edge).spec.ports.push({ ...udp, port: 8443 }) }
  ),
  ...of(
    'SERVER_SPEAKS_FIRST',
    {
      name: 'a port of SMTP with PROXY protocol',
      change: edge => smtp(edge, { 'proxy-protocol': '*' }),
      finds: { path: 'spec.ports.1', expected: 'proxy_protocol_v2.client_to_server.header_placement=on_first_ack' }
    },
    {
      name: 'a port that says by its name what it speaks',
      change: edge => smtp(edge, { 'proxy-protocol': '*' }, { name: 'mysql-db', port: 13306 }),
      finds: {}
    },
    { name: 'no PROXY protocol', change: edge => smtp(edge, {}) },
    {
      name: 'a header that goes out at once',
      change: edge =>
        smtp(edge, {
          'target-group-attributes':
            'proxy_protocol_v2.enabled=true,proxy_protocol_v2.client_to_server.header_placement=on_first_ack'
        })
    },
    {
      name: 'a port of that number that speaks HTTP',
      change: edge => smtp(edge, { 'proxy-protocol': '*' }, { appProtocol: 'http' })
    }
  ),
  ...of(
    'STICKY_CLIENTS_SHARE_TARGET',
    {
      name: 'stickiness by address',
      change: edge => front(edge, { 'target-group-attributes': 'stickiness.enabled=true,stickiness.type=source_ip' }),
      finds: { severity: 'info', path: `metadata.annotations.${prefix}target-group-attributes` }
    },
    {
      name: 'stickiness that is off',
      change: edge => front(edge, { 'target-group-attributes': 'stickiness.enabled=false' })
    }
  ),
  ...of(
    'DRAIN_SHORTER_THAN_DEREGISTRATION',
    {
      name: 'gateway pods that are targets of a Network Load Balancer',
      change: edge => {
        front(edge, { ...ip, 'target-group-attributes': 'deregistration_delay.timeout_seconds=120' })
        pods(edge)
      },
      finds: { severity: 'info', expected: 'at least 60s', actual: '5s' }
    },
    {
      name: 'no word on how long connections get',
      change: edge => {
        front(edge, ip)
        pods(edge)
      }
    },
    {
      name: 'pods behind nodes',
      change: edge => {
        front(edge)
        pods(edge)
      }
    },
    {
      name: 'a drain of a minute',
      change: edge => {
        front(edge, ip)
        edge.more.push(createDeployment({ terminationDrainDuration: '60s' }, { replicas: 3 }))
      }
    }
  ),
  ...of(
    'FIRST_PORT_IS_CHECKED',
    {
      name: 'port 80 first',
      change: edge => {
        classic(edge).spec.ports.shift()
        edge.gateway.spec.servers.push({ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] })
      },
      finds: { severity: 'info' }
    },
    { name: 'the status port first', change: edge => classic(edge) }
  ),
  ...of(
    'PROXY_PROTOCOL_NOT_READ',
    {
      name: 'a gateway that is not told',
      change: edge => {
        front(edge, { 'proxy-protocol': '*' })
        pods(edge)
      },
      finds: { path: `metadata.annotations.${prefix}proxy-protocol` }
    },
    {
      name: 'one that is',
      change: edge => {
        front(edge, { 'proxy-protocol': '*' })
        pods(edge, proxy)
      }
    },
    {
      name: 'one whose pods are not among the objects: it may be told',
      change: edge => front(edge, { 'proxy-protocol': '*' }),
      finds: { severity: 'warning' }
    }
  ),
  ...of(
    'NETWORK_TLS_MISMATCH',
    {
      name: 'ended twice',
      change: edge => front(edge, { ...certificate, 'ssl-ports': '443' }),
      finds: { actual: 'TLS ended twice' }
    },
    {
      name: 'begun towards a plain server',
      change: edge => {
        front(edge, { ...certificate, 'ssl-ports': '443', 'backend-protocol': 'ssl' })
        plainServer(edge)
      },
      finds: { actual: 'ssl' }
    },
    { name: 'passed through', change: edge => front(edge) },
    {
      name: "ended before a port of the pods that a plain server has by the Service's other number",
      change: edge => {
        front(edge, { ...certificate, 'ssl-ports': '443' }).spec.ports[2].targetPort = 8080
        plainServer(edge, { number: 80, name: 'http', protocol: 'HTTP' })
      }
    },
    {
      name: "begun towards a plain server that the pods' port has by the Service's other number",
      change: edge => {
        front(edge, { ...certificate, 'ssl-ports': '443', 'backend-protocol': 'ssl' }).spec.ports[2].targetPort = 8080
        plainServer(edge, { number: 80, name: 'http', protocol: 'HTTP' })
      },
      finds: { actual: 'ssl' }
    },
    {
      name: 'ended before a port where a plain server has left out the one for HTTPS',
      change: edge => {
        front(edge, { ...certificate, 'ssl-ports': '443' }).spec.ports[2].targetPort = 8080
        edge.gateway.spec.servers.unshift({ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] })
      }
    },
    {
      name: 'ended once',
      change: edge => {
        front(edge, { ...certificate, 'ssl-ports': '443' })
        plainServer(edge)
      }
    }
  ),
  ...of(
    'NETWORK_TLS_WITHOUT_SNI',
    {
      name: 'a host',
      change: edge => {
        front(edge, { ...certificate, 'ssl-ports': '443', 'backend-protocol': 'ssl' })
        edge.gateway.spec.servers[0].hosts = ['shop.example.com']
      },
      finds: { actual: 'shop.example.com' }
    },
    {
      name: 'every host',
      change: edge => front(edge, { ...certificate, 'ssl-ports': '443', 'backend-protocol': 'ssl' })
    }
  ),
  ...of(
    'EVERY_PORT_IS_TLS',
    {
      name: 'no ssl-ports',
      change: edge => {
        front(edge, certificate)
        edge.gateway.spec.servers.push({ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] })
      },
      finds: { expected: `${prefix}ssl-ports: https` }
    },
    { name: 'ssl-ports', change: edge => front(edge, { ...certificate, 'ssl-ports': 'https' }) }
  ),
  ...of(
    'ALPN_POLICY_MISSING',
    {
      name: 'a server of HTTP2',
      change: edge => {
        front(edge, { ...certificate, 'ssl-ports': '443' })
        plainServer(edge, { number: 443, name: 'grpc', protocol: 'GRPC' })
      },
      finds: { expected: 'HTTP2Preferred' }
    },
    {
      name: 'a policy',
      change: edge => {
        front(edge, { ...certificate, 'ssl-ports': '443', 'alpn-policy': 'HTTP2Preferred' })
        plainServer(edge, { number: 443, name: 'grpc', protocol: 'GRPC' })
      }
    }
  ),
  ...of(
    'STATUS_PORT_PUBLIC',
    { name: 'of the internet', change: edge => front(edge, facing), finds: { actual: '15021' } },
    { name: 'an internal one', change: edge => front(edge, { scheme: 'internal' }) },
    { name: 'ranges', change: edge => front(edge, facing, { loadBalancerSourceRanges: ['10.0.0.0/8'] }) }
  ),
  ...of(
    'CROSS_ZONE_OFF',
    {
      name: 'two pods for three zones',
      change: edge => {
        front(edge, { ...ip, subnets: 'subnet-1,subnet-2,subnet-3' })
        pods(edge, undefined, 2)
      },
      finds: { actual: '2 replicas' }
    },
    {
      name: 'on',
      change: edge => {
        front(edge, {
          ...ip,
          subnets: 'subnet-1,subnet-2,subnet-3',
          attributes: 'load_balancing.cross_zone.enabled=true'
        })
        pods(edge, undefined, 2)
      }
    },
    {
      name: 'nodes pass it on',
      change: edge => {
        front(edge, { subnets: 'subnet-1,subnet-2,subnet-3' })
        pods(edge, undefined, 2)
      }
    }
  ),
  ...of(
    'SCHEME_NOT_SAID',
    { name: 'no word', change: edge => front(edge), finds: { severity: 'info' } },
    { name: 'internal', change: edge => front(edge, { scheme: 'internal' }) }
  ),
  ...of(
    'CLIENT_ADDRESS_HAIRPIN',
    { name: 'instances of an internal one', change: edge => front(edge), finds: { severity: 'info' } },
    {
      name: 'hidden addresses',
      change: edge => front(edge, { 'target-group-attributes': 'preserve_client_ip.enabled=false' })
    },
    { name: 'ip targets', change: edge => front(edge, ip) },
    { name: 'a public one', change: edge => front(edge, facing) }
  )
]
