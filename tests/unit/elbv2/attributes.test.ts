import { describe, expect, it } from '@jest/globals'
import { listenerAttributes, loadBalancerAttributes, targetGroupAttributes } from '../../../src/elbv2/attributes.ts'

function pairs(attributes: Record<string, string>) {
  return Object.entries(attributes).map(([key, value]) => ({ key, value }))
}

const read = {
  'load balancer': loadBalancerAttributes,
  listener: listenerAttributes,
  'target group': targetGroupAttributes
}

function problems(of: keyof typeof read, attributes: Record<string, string>): string[] {
  const found: string[] = []
  read[of](pairs(attributes), ({ key, message }) => void found.push(`${key}: ${message}`))
  return found
}

describe('defaults', () => {
  function fail(): never {
    throw new Error('a default is refused')
  }

  it('of a load balancer', () => {
    expect(loadBalancerAttributes([], fail)).toEqual({
      idleTimeout: 60_000,
      clientKeepAlive: 3_600_000,
      desyncMode: 'defensive',
      dropInvalidHeaders: false,
      preserveHost: false,
      tlsHeaders: false,
      forwardedForPort: false,
      forwardedFor: 'append',
      http2: true,
      webACLFailOpen: false
    })
  })

  it('of a listener', () => {
    expect(listenerAttributes([], fail)).toMatchObject({
      server: true,
      responseHeaders: [],
      headerNames: { x_amzn_mtls_clientcert: 'X-Amzn-Mtls-Clientcert', x_amzn_tls_version: 'X-Amzn-Tls-Version' }
    })
  })

  it('of a target group', () => {
    expect(targetGroupAttributes([], fail)).toEqual({
      deregistrationDelay: 300_000,
      slowStart: 0,
      algorithm: 'round_robin',
      crossZone: true,
      anomalyMitigation: false,
      minimumHealthy: { count: 1 }
    })
  })
})

describe('values that AWS refuses', () => {
  it.each<[keyof typeof read, string, string[], string[]]>([
    ['load balancer', 'idle_timeout.timeout_seconds', ['1', '4000'], ['0', '4001', '60s', '']],
    ['load balancer', 'client_keep_alive.seconds', ['60', '604800'], ['59', '604801']],
    ['load balancer', 'routing.http.desync_mitigation_mode', ['monitor', 'defensive', 'strictest'], ['off']],
    ['load balancer', 'routing.http.xff_header_processing.mode', ['append', 'preserve', 'remove'], ['add']],
    ['load balancer', 'load_balancing.cross_zone.enabled', ['true'], ['false']],
    ['load balancer', 'routing.http2.enabled', ['true', 'false'], ['yes', 'True']],
    ['listener', 'routing.http.response.server.enabled', ['true', 'false'], ['0']],
    ['target group', 'deregistration_delay.timeout_seconds', ['0', '3600'], ['-1', '3601']],
    ['target group', 'slow_start.duration_seconds', ['0', '30', '900'], ['29', '901']],
    ['target group', 'stickiness.lb_cookie.duration_seconds', ['1', '604800'], ['0', '604801']],
    ['target group', 'stickiness.type', ['lb_cookie', 'app_cookie'], ['source_ip']],
    [
      'target group',
      'load_balancing.algorithm.type',
      ['round_robin', 'least_outstanding_requests', 'weighted_random'],
      ['random']
    ]
  ])('%s %s', (of, key, allowed, refused) => {
    for (const value of allowed) {
      expect(problems(of, { [key]: value })).toEqual([])
    }
    for (const value of refused) {
      expect(problems(of, { [key]: value })).toEqual([expect.stringContaining(key)])
    }
  })

  it.each(Object.keys(read) as (keyof typeof read)[])('an unknown key of a %s', of => {
    expect(problems(of, { 'no.such.key': '1' })).toEqual([expect.stringContaining('no.such.key')])
  })
})

describe('attributes of a target group that AWS refuses together', () => {
  const sticky = { 'stickiness.enabled': 'true' }
  const app = { ...sticky, 'stickiness.type': 'app_cookie' }
  const random = { 'load_balancing.algorithm.type': 'weighted_random' }
  const least = { 'load_balancing.algorithm.type': 'least_outstanding_requests' }

  it.each<[string, Record<string, string>, RegExp | undefined]>([
    [
      'slow start with least outstanding requests',
      { ...least, 'slow_start.duration_seconds': '30' },
      /^slow_start.*Slow start/
    ],
    ['slow start with weighted random', { ...random, 'slow_start.duration_seconds': '30' }, /^slow_start.*Slow start/],
    [
      'anomaly mitigation with round robin',
      { 'load_balancing.algorithm.anomaly_mitigation': 'on' },
      /Anomaly mitigation/
    ],
    [
      'anomaly mitigation with weighted random',
      { ...random, 'load_balancing.algorithm.anomaly_mitigation': 'on' },
      undefined
    ],
    ['stickiness with weighted random', { ...sticky, ...random }, /Stickiness is not possible/],
    ['stickiness without cross-zone', { ...sticky, 'load_balancing.cross_zone.enabled': 'false' }, /cross-zone/],
    ['an application cookie without a name', app, /cookie name must be specified/],
    [
      'an application cookie with a reserved name',
      { ...app, 'stickiness.app_cookie.cookie_name': 'AWSALBTGX' },
      /reserved/
    ],
    ['an application cookie with a name', { ...app, 'stickiness.app_cookie.cookie_name': 'SESSION' }, undefined]
  ])('%s', (_name, attributes, message) => {
    const found = problems('target group', attributes)
    if (message === undefined) {
      expect(found).toEqual([])
    } else {
      expect(found).toEqual([expect.stringMatching(message)])
    }
  })
})

it('names of headers and values of answers', () => {
  const { headerNames, responseHeaders, server } = listenerAttributes(
    pairs({
      'routing.http.response.server.enabled': 'false',
      'routing.http.request.x_amzn_tls_version.header_name': 'X-Version',
      'routing.http.response.strict_transport_security.header_value': 'max-age=60'
    }),
    () => {}
  )
  expect(server).toBe(false)
  expect(headerNames.x_amzn_tls_version).toBe('X-Version')
  expect(responseHeaders).toEqual([['Strict-Transport-Security', 'max-age=60']])
})
