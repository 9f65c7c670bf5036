import { describe, expect, test } from '@jest/globals'
import type { KubernetesObject } from '../../../../src/resources/index.ts'
import { conflict, type Mistake, mistakeOn, own, secure, testMistakes } from '../mistakes.ts'
import { type Annotations, ingress, member, stackOf, withParams } from '../objects.ts'

const listener = 'AWS::ElasticLoadBalancingV2::Listener'

const both = { 'listen-ports': '[{"HTTP":80},{"HTTPS":443}]', 'certificate-arn': 'arn:c' }

function portsOf(objects: KubernetesObject[]): string[] {
  return Object.values(stackOf(objects).resources[listener] ?? {}).map(({ spec }) => `${spec.protocol}:${spec.port}`)
}

function on80(annotations: Annotations) {
  return ingress({ 'listen-ports': '[{"HTTP":80}]', ...annotations })
}

test.each([
  { name: 'HTTP by default', objects: [ingress()], want: ['HTTP:80'] },
  { name: 'HTTPS with a certificate', objects: [ingress({ 'certificate-arn': 'arn:c' })], want: ['HTTPS:443'] },
  {
    name: 'HTTPS with a certificate of the class',
    objects: withParams({ certificateArn: ['arn:c'] }),
    want: ['HTTPS:443']
  },
  { name: 'two in one object', objects: [ingress({ 'listen-ports': '[{"HTTP":80,"HTTP":81}]' })], want: ['HTTP:81'] },
  {
    name: 'a port given twice',
    objects: [ingress({ 'listen-ports': '[{"HTTPS":80},{"HTTP":80}]' })],
    want: ['HTTP:80']
  },
  {
    name: 'those of all members',
    objects: [member('a', { 'listen-ports': '[{"HTTP":80}]' }), member('b', both)],
    want: ['HTTP:80', 'HTTPS:443']
  },
  {
    name: 'a certificate beside ports that are all HTTP',
    objects: [on80({ 'certificate-arn': 'arn:c' })],
    want: ['HTTP:80']
  },
  {
    name: 'a certificate of one member says nothing of another',
    objects: [member('a', { 'certificate-arn': 'arn:c' }), member('b', {})],
    want: ['HTTP:80', 'HTTPS:443']
  },
  {
    name: 'by port, in whatever order they are written',
    objects: [ingress({ ...both, 'listen-ports': '[{"HTTPS":8443},{"HTTP":80},{"HTTPS":443},{"HTTP":8080}]' })],
    want: ['HTTP:80', 'HTTPS:443', 'HTTP:8080', 'HTTPS:8443']
  },
  {
    name: 'both protocols in one object',
    objects: [ingress({ ...both, 'listen-ports': '[{"HTTP":80,"HTTPS":443}]' })],
    want: ['HTTP:80', 'HTTPS:443']
  },
  {
    name: 'the least and the largest port',
    objects: [ingress({ 'listen-ports': '[{"HTTP":1},{"HTTP":65535}]' })],
    want: ['HTTP:1', 'HTTP:65535']
  },
  {
    name: 'empty objects beside one that is none',
    objects: [ingress({ 'listen-ports': '[{},{"HTTP":80},null]' })],
    want: ['HTTP:80']
  },
  {
    name: 'space around everything',
    objects: [ingress({ 'listen-ports': ' [ { "HTTP" : 80 } ]\n' })],
    want: ['HTTP:80']
  },
  { name: 'none at all, of objects that are all empty', objects: [ingress({ 'listen-ports': '[{}]' })], want: [] },
  {
    name: 'a port that two members share',
    objects: [
      member('a', { 'listen-ports': '[{"HTTP":80}]' }),
      member('b', { 'listen-ports': '[{"HTTP":80},{"HTTP":81}]' })
    ],
    want: ['HTTP:80', 'HTTP:81']
  }
])('$name', ({ objects, want }) => {
  expect(portsOf(objects)).toEqual(want)
})

function ports(text: string, error: string): Mistake {
  return mistakeOn(`listen-ports ${text}`, { 'listen-ports': text }, own(error))
}
function listenOn(protocol: string, port: number): Annotations {
  return { 'listen-ports': `[{"${protocol}":${port}}]` }
}

describe('mistakes', () => {
  testMistakes([
    ports(
      '80,443',
      "failed to parse listen-ports configuration: `80,443`: invalid character ',' after top-level value"
    ),
    ports(
      '{"HTTP":80}',
      'failed to parse listen-ports configuration: `{"HTTP":80}`: json: cannot unmarshal object into Go value of type []map[string]int32'
    ),
    ports(
      '[{"HTTP":"80"}]',
      'failed to parse listen-ports configuration: `[{"HTTP":"80"}]`: json: cannot unmarshal string into Go value of type int32'
    ),
    ports('[]', 'empty listen-ports configuration: `[]`'),
    ports('null', 'empty listen-ports configuration: `null`'),
    ports('', 'failed to parse listen-ports configuration: ``: unexpected end of JSON input'),
    ports('[{"http":80}]', 'listen protocol must be within [HTTP, HTTPS]: http'),
    ports('[{"HTTP":0}]', 'listen port must be within [1, 65535]: 0'),
    ports('[{"HTTP":-1}]', 'listen port must be within [1, 65535]: -1'),
    // The port is looked at before the protocol.
    ports('[{"TCP":0}]', 'listen port must be within [1, 65535]: 0'),
    ports('[{"TCP":80}]', 'listen protocol must be within [HTTP, HTTPS]: TCP'),
    ports('[{"":80}]', 'listen protocol must be within [HTTP, HTTPS]: '),
    ports('[{"HTTP":null}]', 'listen port must be within [1, 65535]: 0'),
    ports(
      '[{"HTTP":80.5}]',
      'failed to parse listen-ports configuration: `[{"HTTP":80.5}]`: json: cannot unmarshal number 80.5 into Go value of type int32'
    ),
    ports(
      '[{"HTTP":2147483648}]',
      'failed to parse listen-ports configuration: `[{"HTTP":2147483648}]`: json: cannot unmarshal number 2147483648 into Go value of type int32'
    ),
    ports(
      '[80]',
      'failed to parse listen-ports configuration: `[80]`: json: cannot unmarshal number into Go value of type map[string]int32'
    ),
    ports('[{"HTTP":80}', 'failed to parse listen-ports configuration: `[{"HTTP":80}`: unexpected end of JSON input'),
    ports(
      "[{'HTTP':80}]",
      "failed to parse listen-ports configuration: `[{'HTTP':80}]`: invalid character '\\'' looking for beginning of object key string"
    ),
    ports('[{"HTTP":65536}]', 'listen port must be within [1, 65535]: 65536'),
    mistakeOn(
      'a CIDR without a prefix',
      { 'inbound-cidrs': '10.0.0.1' },
      own('invalid inbound-cidrs settings on Ingress: ns/web: invalid CIDR address: 10.0.0.1')
    ),
    conflict(
      listenOn('HTTP', 443),
      { ...listenOn('HTTPS', 443), ...secure },
      'failed to merge listenPort config for port: 443: conflicting protocol, ns/a: HTTP | ns/b: HTTPS'
    ),
    conflict(
      { 'inbound-cidrs': '10.0.0.0/8' },
      { 'inbound-cidrs': '10.1.0.0/16' },
      'failed to merge listenPort config for port: 80: conflicting inbound-cidrs, ns/a: [10.0.0.0/8], [] | ns/b: [10.1.0.0/16], []'
    ),
    conflict(
      { 'security-group-prefix-lists': 'pl-1' },
      { 'security-group-prefix-lists': 'pl-2' },
      'failed to merge listenPort config for port: 80: conflicting inbound-prefix-lists, ns/a: [pl-1] | ns/b: [pl-2]'
    ),
    conflict(
      { ...secure, 'ssl-policy': 'P1' },
      { ...secure, 'ssl-policy': 'P2' },
      'failed to merge listenPort config for port: 443: conflicting sslPolicy, ns/a: P1 | ns/b: P2'
    )
  ])
})
