import { describe, expect, test } from '@jest/globals'
import { annotation, mistakeOn, own, testMistakes } from '../mistakes.ts'
import {
  type Annotations,
  backendOf,
  ingress,
  on,
  path,
  type SettingCase,
  service,
  specOf,
  stackOf,
  withParams
} from '../objects.ts'

const targetGroup = 'AWS::ElasticLoadBalancingV2::TargetGroup'

describe('target group', () => {
  function healthCheck(fields: Record<string, unknown>) {
    return { healthCheckConfig: expect.objectContaining(fields) }
  }
  const ip = { 'target-type': 'ip' }
  const cases: (SettingCase & { serviceAnnotations?: Annotations })[] = [
    on(
      'defaults',
      {},
      {
        targetType: 'instance',
        port: 30080,
        protocol: 'HTTP',
        protocolVersion: 'HTTP1',
        ipAddressType: 'ipv4',
        healthCheckConfig: {
          port: 'traffic-port',
          protocol: 'HTTP',
          path: '/',
          matcher: { httpCode: '200' },
          intervalSeconds: 15,
          timeoutSeconds: 5,
          healthyThresholdCount: 2,
          unhealthyThresholdCount: 2
        }
      }
    ),
    on('target-type ip', ip, { targetType: 'ip', port: 8080 }),
    on(
      'backend-protocol flips the health check too',
      { 'backend-protocol': 'HTTPS' },
      { protocol: 'HTTPS', ...healthCheck({ protocol: 'HTTPS' }) }
    ),
    on(
      'healthcheck-protocol holds it',
      { 'backend-protocol': 'HTTPS', 'healthcheck-protocol': 'HTTP' },
      { protocol: 'HTTPS', ...healthCheck({ protocol: 'HTTP' }) }
    ),
    on(
      'GRPC has other defaults',
      { 'backend-protocol-version': 'GRPC' },
      { protocolVersion: 'GRPC', ...healthCheck({ path: '/AWS.ALB/healthcheck', matcher: { grpcCode: '12' } }) }
    ),
    on(
      'success-codes of GRPC',
      { 'backend-protocol-version': 'GRPC', 'success-codes': '0' },
      healthCheck({ matcher: { grpcCode: '0' } })
    ),
    on(
      'a health check port by number is taken as it is',
      { 'healthcheck-port': '15021' },
      healthCheck({ port: 15021 })
    ),
    on('a number out of every range too', { 'healthcheck-port': '99999' }, healthCheck({ port: 99999 })),
    on(
      'a health check port by name is a node port',
      { 'healthcheck-port': 'status-port' },
      healthCheck({ port: 30021 })
    ),
    on(
      'for IP targets it is the target port',
      { ...ip, 'healthcheck-port': 'status-port' },
      healthCheck({ port: 15021 })
    ),
    on('traffic-port', { 'healthcheck-port': 'traffic-port' }, healthCheck({ port: 'traffic-port' })),
    on(
      'empty values count',
      { 'healthcheck-path': '', 'success-codes': '' },
      healthCheck({ path: '', matcher: { httpCode: '' } })
    ),
    on(
      'every number of the health check',
      {
        'healthcheck-interval-seconds': '+7',
        'healthcheck-timeout-seconds': '03',
        'healthy-threshold-count': '4',
        'unhealthy-threshold-count': '5'
      },
      healthCheck({ intervalSeconds: 7, timeoutSeconds: 3, healthyThresholdCount: 4, unhealthyThresholdCount: 5 })
    ),
    on(
      'target-group-attributes',
      { 'target-group-attributes': 'stickiness.enabled=true' },
      { targetGroupAttributes: [{ key: 'stickiness.enabled', value: 'true' }] }
    ),
    on('a control port', { ...ip, 'target-control-port.gw.http': '3000' }, { targetControlPort: 3000 }),
    on('a control port of another Service', { ...ip, 'target-control-port.other.http': '3000' }, { targetType: 'ip' }),
    {
      name: 'the Service beats the Ingress',
      objects: [
        ingress({ ...ip, 'backend-protocol': 'HTTP', 'healthcheck-path': '/ingress', tags: 'a=ingress,b=ingress' }),
        service({
          'target-type': 'instance',
          'backend-protocol': 'HTTPS',
          'healthcheck-path': '/service',
          tags: 'a=service'
        })
      ],
      want: {
        targetType: 'instance',
        protocol: 'HTTPS',
        tags: { a: 'service', b: 'ingress' },
        ...healthCheck({ path: '/service' })
      }
    },
    {
      name: 'a map of the Service replaces that of the Ingress',
      objects: [ingress({ 'target-group-attributes': 'a=1,b=2' }), service({ 'target-group-attributes': 'a=3' })],
      want: { targetGroupAttributes: [{ key: 'a', value: '3' }] }
    },
    {
      name: 'IngressClassParams beat both',
      objects: [
        ...withParams({ targetType: 'ip', tags: [{ key: 'a', value: 'class' }] }),
        service({ 'target-type': 'instance', tags: 'a=service' })
      ],
      want: { targetType: 'ip', tags: { a: 'class' } }
    },
    {
      name: 'IP targets of a port with a named target',
      objects: [ingress(ip), service({}, { ports: [{ name: 'http', port: 80, targetPort: 'web' }] })],
      want: { port: 1 }
    },
    {
      name: 'an IPv6 Service behind dualstack',
      objects: [ingress({ 'ip-address-type': 'dualstack' }), service({}, { ipFamilies: ['IPv6'] })],
      want: { ipAddressType: 'ipv6' }
    }
  ]
  test.each(cases)('$name', ({ objects, want }) => {
    expect(specOf(objects, targetGroup)).toMatchObject(want)
  })

  test('a port by name and by number makes two', () => {
    const paths = [
      { ...path('/a'), backend: backendOf('gw', 'http') },
      { ...path('/b'), backend: backendOf('gw', 80) },
      { ...path('/c'), backend: backendOf('gw', 'http') }
    ]
    const groups = stackOf([ingress({}, { rules: [{ http: { paths } }] })]).resources[targetGroup]!
    expect(Object.keys(groups)).toEqual(['ns/web-gw:http', 'ns/web-gw:80'])
  })

  test('a node port changes the name in the model', () => {
    const names = [30080, 31080].map(
      nodePort =>
        specOf(
          [ingress(), service({}, { ports: [{ name: 'http', port: 80, targetPort: 8080, nodePort }] })],
          targetGroup
        ).name
    )
    expect(names[0]).not.toBe(names[1])
  })
})

describe('mistakes', () => {
  testMistakes([
    {
      mistake: 'instance targets of a ClusterIP Service',
      objects: [ingress(), service({}, { type: 'ClusterIP', ports: [{ name: 'http', port: 80, targetPort: 8080 }] })],
      error: own(
        "TargetGroup port is empty. When using Instance targets, your service be must of type 'NodePort' or 'LoadBalancer'"
      )
    },
    {
      mistake: 'IP targets with the target port 0',
      objects: [ingress({ 'target-type': 'ip' }), service({}, { ports: [{ name: 'http', port: 80, targetPort: 0 }] })],
      error: own('TargetGroup port is empty. Are you using the correct service type?')
    },
    {
      mistake: 'a port number that the Service lacks',
      objects: [
        ingress(
          {},
          { rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend: backendOf('gw', 8080) }] } }] }
        )
      ],
      error: own('unable to find port 8080 on service ns/gw')
    },
    mistakeOn('target type', { 'target-type': 'pod' }, own('unknown targetType: pod')),
    mistakeOn(
      'backend protocol in lower case',
      { 'backend-protocol': 'http' },
      own('backend protocol must be within [HTTP, HTTPS]: http')
    ),
    mistakeOn(
      'protocol version in lower case',
      { 'backend-protocol-version': 'http2' },
      own('backend protocol version must be within [HTTP1, HTTP2, GRPC]: http2')
    ),
    mistakeOn(
      'target group attributes',
      { 'target-group-attributes': 'a:1' },
      own(`failed to parse stringMap annotation, ${annotation('target-group-attributes')}: a:1`)
    ),
    mistakeOn(
      'a control port for instance targets',
      { 'target-control-port.gw.http': '3000' },
      own('target control port is not supported for instance target target group')
    ),
    {
      mistake: 'an IPv6 Service behind an IPv4 load balancer',
      objects: [ingress(), service({}, { ipFamilies: ['IPv6'] })],
      error: own('unsupported IPv6 configuration, lb not dual-stack')
    }
  ])
})
