/**
 * What Istio's ingress gateway does with requests, told once and held against the model of it, the embedded cluster's stand-in,
 * and real Istio. The requests come as a load balancer sends them: to a node port, without a server name.
 */

import type { KubernetesObject } from '../../src/resources/index.ts'

export interface GatewayCase {
  name: string
  request: {
    /** Which port of the gateway's Service. */
    port: 'status-port' | 'http2' | 'https'
    /** Whether the client speaks TLS; default: as the port does. */
    tls?: boolean
    /** Default: none, as a load balancer sends none. */
    serverName?: string
    host: string
    path: string
    method?: string
    headers?: Record<string, string>
  }
  /** `reset`: the connection ends without an answer. */
  expected: 'reset' | GatewayExpectation
}

export interface GatewayExpectation {
  status: number
  /** Lower-case names. */
  headers?: Record<string, string>
  /** Exactly this body; for answers of the gateway's own. */
  body?: string
  /** What the Service that answered saw of the request. */
  service?: { name: string; path?: string; headers?: Record<string, string | undefined> }
}

/** Namespace of the gateway's pods, of the Gateways and of the VirtualServices. */
export const gatewayNamespace = 'istio-system'

/** The Services that the routes lead to: each answers with its name and the request as it saw it. */
export const echoServices = ['web', 'api', 'beta'] as const
const namespace = 'default'

function service(name: string) {
  return `${name}.${namespace}.svc.cluster.local`
}
function to(name: string) {
  return [{ destination: { host: service(name), port: { number: 80 } } }]
}

/** Objects of the cases; the Secret `cases-tls` with a key pair and the Services are the rig's to add. */
export function gatewayObjects(selector: Record<string, string>): KubernetesObject[] {
  function gateway(name: string, servers: unknown[]): KubernetesObject {
    return {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Gateway',
      metadata: { name, namespace: gatewayNamespace },
      spec: { selector, servers }
    }
  }
  function virtualService(name: string, spec: Record<string, unknown>): KubernetesObject {
    return {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name, namespace: gatewayNamespace },
      spec
    }
  }
  function https(name: string, hosts: string[], tls: Record<string, unknown>) {
    return {
      port: { number: 443, name, protocol: 'HTTPS' },
      hosts,
      tls
    }
  }
  return [
    gateway('cases', [
      { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*.example.com', 'other.test'] },
      {
        port: { number: 80, name: 'http-redirected', protocol: 'HTTP' },
        hosts: ['secure.test'],
        tls: { httpsRedirect: true }
      },
      https('https-any', ['*'], { mode: 'SIMPLE', credentialName: 'cases-tls' }),
      https('https-mutual', ['mutual.test'], { mode: 'MUTUAL', credentialName: 'cases-tls' }),
      https('https-missing', ['missing.test'], { mode: 'SIMPLE', credentialName: 'cases-missing' })
    ]),
    virtualService('cases-a-shop', {
      hosts: ['shop.example.com'],
      gateways: ['cases'],
      http: [
        { match: [{ uri: { exact: '/exact' } }], route: to('web') },
        { match: [{ uri: { prefix: '/api' }, method: { exact: 'POST' } }], route: to('beta') },
        { match: [{ uri: { prefix: '/api/' } }], rewrite: { uri: '/v1/' }, route: to('api') },
        { match: [{ uri: { regex: '/items/[0-9]+' } }], route: to('api') },
        {
          match: [{ headers: { 'x-beta': { exact: 'yes' } } }, { queryParams: { beta: { exact: '1' } } }],
          route: to('beta')
        },
        { match: [{ uri: { prefix: '/old' } }], redirect: { uri: '/new', redirectCode: 302 } },
        {
          match: [{ uri: { prefix: '/teapot' } }],
          directResponse: { status: 418, body: { string: 'short and stout' } }
        },
        { match: [{ uri: { prefix: '/nowhere' } }], route: to('absent') },
        {
          match: [{ uri: { prefix: '/none-of-it' } }],
          route: [
            { ...to('web')[0], weight: 0 },
            { ...to('api')[0], weight: 100 }
          ]
        },
        {
          match: [{ uri: { prefix: '/headers' } }],
          headers: {
            request: { set: { 'x-set': 'by-route' }, remove: ['x-unwanted'] },
            response: { set: { 'x-answer': 'by-route' } }
          },
          rewrite: { authority: 'inside.test' },
          route: to('web')
        },
        { match: [{ uri: { exact: '/case' }, ignoreUriCase: true }], route: to('web') },
        { match: [{ uri: { prefix: '/without' }, withoutHeaders: { 'x-internal': {} } }], route: to('web') },
        {
          match: [{ uri: { prefix: '/without' }, withoutHeaders: { 'x-internal': { exact: 'no' } } }],
          route: to('api')
        },
        {
          match: [{ uri: { prefix: '/rx/' } }],
          rewrite: { uriRegexRewrite: { match: '^/rx/([0-9]+)/(.*)$', rewrite: '/n/\\2/\\1' } },
          route: to('api')
        },
        { match: [{ uri: { exact: '/whole' } }], rewrite: { uri: '/replaced' }, route: to('web') },
        { match: [{ uri: { regex: '/some/.*/thing' } }], rewrite: { uri: '/replaced' }, route: to('web') },
        {
          match: [{ uri: { prefix: '/fault' } }],
          fault: { abort: { httpStatus: 429, percentage: { value: 100 } } },
          route: to('web')
        },
        {
          match: [{ uri: { prefix: '/away' } }],
          redirect: { scheme: 'https', authority: 'new.test', port: 8443, redirectCode: 308 }
        },
        { match: [{ uri: { prefix: '/port' } }], redirect: { uri: '/kept', derivePort: 'FROM_REQUEST_PORT' } },
        { match: [{ uri: { prefix: '/scheme' }, scheme: { exact: 'https' } }], route: to('api') },
        { match: [{ uri: { prefix: '/scheme' } }], route: to('web') },
        {
          match: [
            { uri: { prefix: '/agent' }, headers: { 'user-agent': { regex: '.*Mobile.*' }, 'x-tier': { prefix: 'g' } } }
          ],
          route: to('beta')
        },
        {
          match: [{ uri: { prefix: '/agent' } }],
          headers: { request: { set: { host: 'set.test' } } },
          route: to('web')
        },
        { match: [{ authority: { exact: 'shop.example.com:8080' } }], route: to('api') },
        { match: [{ uri: { prefix: '/web' } }], route: to('web') }
      ]
    }),
    virtualService('cases-b-any', {
      hosts: ['*.example.com', 'secure.test'],
      gateways: ['cases'],
      http: [{ route: to('web') }]
    }),
    virtualService('cases-c-unbound', {
      hosts: ['other.test'],
      gateways: ['some-other-gateway'],
      http: [{ route: to('web') }]
    })
  ]
}

function at(path: string, more: Partial<GatewayCase['request']> = {}): GatewayCase['request'] {
  return {
    port: 'http2',
    host: 'shop.example.com',
    path,
    ...more
  }
}

/** The gateway is told to trust one proxy, as behind a load balancer. */
export const gatewayCases: GatewayCase[] = [
  {
    name: 'the status port is ready',
    request: at('/healthz/ready', { port: 'status-port', host: '10.0.0.1:15021' }),
    expected: { status: 200 }
  },
  {
    name: 'the status port knows no other path',
    request: at('/', { port: 'status-port', host: '10.0.0.1:15021' }),
    expected: { status: 404 }
  },
  {
    name: 'the status port speaks no TLS',
    request: at('/healthz/ready', { port: 'status-port', tls: true }),
    expected: 'reset'
  },
  { name: 'TLS to the plain port is cut', request: at('/exact', { tls: true }), expected: 'reset' },
  {
    name: 'plain HTTP to the TLS port is cut',
    request: at('/exact', { port: 'https', tls: false }),
    expected: 'reset'
  },
  {
    name: 'without a server name the server for * takes TLS',
    request: at('/exact', { port: 'https' }),
    expected: { status: 200, headers: { server: 'istio-envoy' }, service: { name: 'web', path: '/exact' } }
  },
  {
    name: 'a server with mutual TLS cuts who brings no certificate',
    request: at('/exact', { port: 'https', serverName: 'mutual.test' }),
    expected: 'reset'
  },
  {
    name: 'a server whose Secret is missing cuts the connection',
    request: at('/exact', { port: 'https', serverName: 'missing.test' }),
    expected: 'reset'
  },
  { name: 'an exact path', request: at('/exact'), expected: { status: 200, service: { name: 'web', path: '/exact' } } },
  {
    name: 'an exact path is the whole path, and the query is none of it',
    request: at('/exact?a=1'),
    expected: { status: 200, service: { name: 'web', path: '/exact?a=1' } }
  },
  { name: 'no route for a longer path', request: at('/exact/more'), expected: { status: 404, body: '' } },
  {
    name: 'a prefix with another method',
    request: at('/api/orders', { method: 'POST' }),
    expected: { status: 200, service: { name: 'beta', path: '/api/orders' } }
  },
  {
    name: 'a prefix is rewritten, its query kept',
    request: at('/api/orders?id=7'),
    expected: { status: 200, service: { name: 'api', path: '/v1/orders?id=7' } }
  },
  {
    name: 'a prefix is text, not whole segments',
    request: at('/webinar'),
    expected: { status: 200, service: { name: 'web', path: '/webinar' } }
  },
  {
    name: 'a regular expression matches the whole path',
    request: at('/items/12'),
    expected: { status: 200, service: { name: 'api' } }
  },
  { name: 'a regular expression does not match a part', request: at('/items/12/x'), expected: { status: 404 } },
  {
    name: 'a header',
    request: at('/any', { headers: { 'x-beta': 'yes' } }),
    expected: { status: 200, service: { name: 'beta' } }
  },
  {
    name: 'a header with another value',
    request: at('/any', { headers: { 'x-beta': 'no' } }),
    expected: { status: 404 }
  },
  {
    name: 'a parameter of the query',
    request: at('/any?beta=1'),
    expected: { status: 200, service: { name: 'beta', path: '/any?beta=1' } }
  },
  {
    name: 'a redirect keeps host, scheme and query',
    request: at('/old/thing?id=7', { headers: { 'x-forwarded-proto': 'https' } }),
    expected: {
      status: 302,
      headers: { location: 'https://shop.example.com/new?id=7', server: 'istio-envoy' },
      body: ''
    }
  },
  { name: 'a direct response', request: at('/teapot'), expected: { status: 418, body: 'short and stout' } },
  { name: 'a Service that does not exist', request: at('/nowhere'), expected: { status: 503 } },
  {
    name: 'a destination of weight 0 gets nothing',
    request: at('/none-of-it'),
    expected: { status: 200, service: { name: 'api' } }
  },
  {
    name: 'headers are set and removed, the authority rewritten',
    request: at('/headers', { headers: { 'x-unwanted': 'here' } }),
    expected: {
      status: 200,
      headers: { 'x-answer': 'by-route' },
      service: { name: 'web', headers: { 'x-set': 'by-route', 'x-unwanted': undefined, host: 'inside.test' } }
    }
  },
  {
    name: 'a wildcard host',
    request: at('/any', { host: 'www.example.com' }),
    expected: { status: 200, service: { name: 'web', headers: { host: 'www.example.com' } } }
  },
  {
    name: 'a port in the host is ignored',
    request: at('/any', { host: 'www.example.com:8080' }),
    expected: { status: 200, service: { name: 'web' } }
  },
  {
    name: 'a wildcard is not for the bare domain',
    request: at('/any', { host: 'example.com' }),
    expected: { status: 404, body: '' }
  },
  {
    name: 'a host whose VirtualService names another gateway',
    request: at('/any', { host: 'other.test' }),
    expected: { status: 404, body: '' }
  },
  {
    name: 'the redirect to HTTPS believes the load balancer of plain HTTP',
    request: at('/pay?id=7', {
      host: 'secure.test',
      headers: { 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'http' }
    }),
    expected: { status: 301, headers: { location: 'https://secure.test/pay?id=7' }, body: '' }
  },
  {
    name: 'and of HTTPS, so that nothing is redirected',
    request: at('/pay', {
      host: 'secure.test',
      headers: { 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'https' }
    }),
    expected: { status: 200, service: { name: 'web', headers: { 'x-forwarded-proto': 'https' } } }
  },
  {
    name: 'with one trusted proxy the client is the last address that the load balancer wrote',
    request: at('/exact', { headers: { 'x-forwarded-for': '192.0.2.9, 198.51.100.7' } }),
    expected: { status: 200, service: { name: 'web', headers: { 'x-envoy-external-address': '198.51.100.7' } } }
  },
  {
    name: 'the case of a path, where it is ignored',
    request: at('/CASE'),
    expected: { status: 200, service: { name: 'web', path: '/CASE' } }
  },
  { name: 'without a header', request: at('/without'), expected: { status: 200, service: { name: 'web' } } },
  {
    name: 'with the header, another route that only minds its value',
    request: at('/without', { headers: { 'x-internal': 'yes' } }),
    expected: { status: 200, service: { name: 'api' } }
  },
  {
    name: 'with the value that the other route minds',
    request: at('/without', { headers: { 'x-internal': 'no' } }),
    expected: { status: 404 }
  },
  {
    name: 'a rewrite by a regular expression',
    request: at('/rx/12/abc?q=1'),
    expected: { status: 200, service: { name: 'api', path: '/n/abc/12?q=1' } }
  },
  {
    name: 'a rewrite of an exact path',
    request: at('/whole?q=1'),
    expected: { status: 200, service: { name: 'web', path: '/replaced?q=1' } }
  },
  {
    name: 'a rewrite of a path that a regular expression matched',
    request: at('/some/other/thing?q=1'),
    expected: { status: 200, service: { name: 'web', path: '/replaced?q=1' } }
  },
  { name: 'an injected fault', request: at('/fault'), expected: { status: 429, body: 'fault filter abort' } },
  {
    name: 'a redirect to another scheme, host and port',
    request: at('/away/we/go?q=1'),
    expected: { status: 308, headers: { location: 'https://new.test:8443/away/we/go?q=1' } }
  },
  {
    name: 'a redirect with the port of the request, which is the default one',
    request: at('/port'),
    expected: { status: 301, headers: { location: 'http://shop.example.com/kept' } }
  },
  {
    name: 'the scheme is the one that the load balancer tells',
    request: at('/scheme', { headers: { 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'https' } }),
    expected: { status: 200, service: { name: 'api' } }
  },
  {
    name: 'the scheme is the connection’s where nobody tells',
    request: at('/scheme'),
    expected: { status: 200, service: { name: 'web' } }
  },
  {
    name: 'two headers, by expression and prefix',
    request: at('/agent', { headers: { 'user-agent': 'A Mobile One', 'x-tier': 'gold' } }),
    expected: { status: 200, service: { name: 'beta' } }
  },
  {
    name: 'one of two headers, and a host that is set',
    request: at('/agent', { headers: { 'user-agent': 'A Mobile One' } }),
    expected: { status: 200, service: { name: 'web', headers: { host: 'set.test' } } }
  },
  {
    name: 'an authority with its port',
    request: at('/elsewhere', { host: 'shop.example.com:8080' }),
    expected: { status: 200, service: { name: 'api' } }
  },
  {
    name: 'a host in capitals',
    request: at('/exact', { host: 'SHOP.Example.com' }),
    expected: { status: 200, service: { name: 'web' } }
  },
  {
    name: 'HTTPS has the routes of its own server',
    request: at('/any', { port: 'https', host: 'www.example.com' }),
    expected: { status: 200, service: { name: 'web', headers: { 'x-forwarded-proto': 'https' } } }
  }
]
