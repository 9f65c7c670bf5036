import { describe, expect, test } from '@jest/globals'
import { localHeader, proxyHeader } from '../../../src/elbv2/index.ts'
import { readProxyHeader } from '../../../src/istio/index.ts'
import { notEvaluatedFor } from '../../../src/istio/policy/not-evaluated.ts'
import { proxyProtocolOf } from '../../../src/istio/proxy-protocol.ts'
import { type KubernetesObject, Resources } from '../../../src/resources/index.ts'

const pods = { namespace: 'istio-system', labels: { istio: 'ingressgateway' } }

function filter(patch: object, spec: object = {}, namespace = 'istio-system'): KubernetesObject {
  return {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name: 'proxy', namespace },
    spec: { workloadSelector: { labels: pods.labels }, configPatches: [patch], ...spec }
  }
}

const value = {
  name: 'envoy.filters.listener.proxy_protocol',
  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol' }
}
const listener = { applyTo: 'LISTENER', patch: { operation: 'MERGE', value: { listener_filters: [value] } } }
const optional = {
  ...value,
  typed_config: { ...value.typed_config, allow_requests_without_proxy_protocol: true }
}

describe('a gateway’s port', () => {
  test.each<[string, KubernetesObject[], boolean, string | undefined]>([
    ['knows no header', [], false, undefined],
    ['demands it, as the proxy configuration says', [], true, 'demanded'],
    ['demands it, by a patch of listeners', [filter(listener)], false, 'demanded'],
    [
      'demands it, by a patch of their filters',
      [filter({ applyTo: 'LISTENER_FILTER', patch: { operation: 'INSERT_FIRST', value } })],
      false,
      'demanded'
    ],
    [
      'takes it, where connections without one are allowed',
      [filter({ ...listener, patch: { operation: 'MERGE', value: { listener_filters: [optional] } } })],
      false,
      'taken'
    ],
    [
      'of another number is meant',
      [filter({ ...listener, match: { listener: { portNumber: 8443 } } })],
      false,
      undefined
    ],
    [
      'is meant',
      [filter({ ...listener, match: { context: 'GATEWAY', listener: { portNumber: 8080 } } })],
      false,
      'demanded'
    ],
    ['is none of a sidecar', [filter({ ...listener, match: { context: 'SIDECAR_INBOUND' } })], false, undefined],
    ['of other pods is meant', [filter(listener, { workloadSelector: { labels: { istio: 'x' } } })], false, undefined],
    ['of another namespace is meant', [filter(listener, {}, 'shop')], false, undefined],
    [
      'loses it',
      [filter({ ...listener, patch: { operation: 'REMOVE', value: { listener_filters: [value] } } })],
      false,
      undefined
    ],
    ['has another filter', [filter({ applyTo: 'LISTENER_FILTER', patch: { value: { name: 'x' } } })], false, undefined]
  ])('%s', (_name, objects, proxyProtocol, expected) => {
    expect(proxyProtocolOf(8080, pods, { proxyProtocol }, new Resources(objects))).toBe(expected)
  })
})

describe('an EnvoyFilter is named as not evaluated', () => {
  const insert = { applyTo: 'LISTENER_FILTER', patch: { operation: 'INSERT_FIRST', value } }
  test.each<[what: string, patches: object[], role: 'gateway' | 'sidecar', isNamed: boolean]>([
    ['unless it adds the PROXY protocol alone', [listener, insert], 'gateway', false],
    ['unless its port decides', [{ ...insert, match: { listener: { portNumber: 8443 } } }], 'gateway', false],
    ['where what is matched says more', [{ ...insert, match: { proxy: { proxyVersion: '^1' } } }], 'gateway', true],
    ['where the listener is named', [{ ...insert, match: { listener: { name: 'x' } } }], 'gateway', true],
    [
      'where a patch of the listener changes more',
      [
        {
          applyTo: 'LISTENER',
          patch: { operation: 'MERGE', value: { listener_filters: [value], tcp_backlog_size: 1 } }
        }
      ],
      'gateway',
      true
    ],
    ['where another filter is added', [insert, { ...insert, patch: { value: { name: 'x' } } }], 'gateway', true],
    ['where it takes the filter away', [{ ...insert, patch: { operation: 'REMOVE', value } }], 'gateway', true],
    ['unless it is for others', [{ ...insert, match: { context: 'SIDECAR_INBOUND' } }], 'gateway', false],
    ['unless it is for gateways, of sidecars', [{ ...insert, match: { context: 'GATEWAY' } }], 'sidecar', false],
    ['of sidecars, whose PROXY protocol nobody reads', [insert], 'sidecar', true]
  ])('%s', (_name, configPatches, role, isNamed) => {
    const named = notEvaluatedFor(pods, role, 'the pods', new Resources([filter({}, { configPatches })]))
    expect(named).toEqual(
      isNamed ? ["EnvoyFilter istio-system/proxy, which changes Envoy's configuration, selects the pods"] : []
    )
  })
})

describe('the beginning of a connection', () => {
  const ipv4 = proxyHeader({ source: { address: '10.1.2.3', port: 1 }, destination: { address: '10.0.0.1', port: 80 } })
  const ipv6 = proxyHeader({ source: { address: '2001:db8::1', port: 1 }, destination: { address: '::1', port: 80 } })
  test.each([
    ['AWS’s header', ipv4, { length: 100, source: '10.1.2.3' }],
    ['AWS’s header over IPv6', ipv6, { length: 100, source: '2001:0db8:0000:0000:0000:0000:0000:0001' }],
    ['a health check’s header', localHeader(), { length: 100 }],
    ['part of a header', ipv4.subarray(0, 99), 'incomplete'],
    ['a single line break', Buffer.from('\r'), 'incomplete'],
    ['version 1', Buffer.from('PROXY TCP4 10.1.2.3 10.0.0.1 1 80\r\nGET'), { length: 35, source: '10.1.2.3' }],
    ['version 1 of an unknown client', Buffer.from('PROXY UNKNOWN\r\n'), { length: 15 }],
    ['part of version 1', Buffer.from('PROXY TCP4'), 'incomplete'],
    ['version 1 without an end', Buffer.from(`PROXY ${'x'.repeat(120)}`), undefined],
    ['a request', Buffer.from('GET / HTTP/1.1\r\n'), undefined],
    ['a handshake', Buffer.from([22, 3, 1]), undefined]
  ])('that is %s', (_name, bytes, expected) => {
    expect(readProxyHeader(bytes)).toEqual(expected)
  })
})
