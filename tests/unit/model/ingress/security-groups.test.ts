import { describe, expect, test } from '@jest/globals'
import type { KubernetesObject } from '../../../../src/resources/index.ts'
import { conflict, testMistakes } from '../mistakes.ts'
import { type Annotations, ingress, member, specOf } from '../objects.ts'

const securityGroup = 'AWS::EC2::SecurityGroup'

describe('security group', () => {
  function ranges(objects: KubernetesObject[]): unknown {
    return specOf(objects, securityGroup)?.ingress.map(
      ({ fromPort, ipRanges = [], ipv6Ranges = [], prefixLists = [] }: Record<string, Record<string, string>[]>) => [
        fromPort,
        ...[...ipRanges, ...ipv6Ranges, ...prefixLists].flatMap(peer => Object.values(peer))
      ]
    )
  }
  test.each([
    { name: 'open to all', annotations: {}, want: [[80, '0.0.0.0/0']] },
    {
      name: 'dualstack',
      annotations: { 'ip-address-type': 'dualstack' },
      want: [
        [80, '0.0.0.0/0'],
        [80, '::/0']
      ]
    },
    {
      name: 'inbound-cidrs, sorted',
      annotations: { 'inbound-cidrs': '10.1.0.0/16, 10.0.0.0/16' },
      want: [
        [80, '10.0.0.0/16'],
        [80, '10.1.0.0/16']
      ]
    },
    {
      name: 'IPv6 CIDRs count only for dualstack',
      annotations: { 'inbound-cidrs': '10.0.0.0/8,2001:db8::/32' },
      want: [[80, '10.0.0.0/8']]
    },
    {
      name: 'a prefix list suppresses the default',
      annotations: { 'security-group-prefix-lists': 'pl-1' },
      want: [[80, 'pl-1']]
    },
    {
      name: 'both',
      annotations: { 'inbound-cidrs': '10.0.0.0/8', 'security-group-prefix-lists': 'pl-1' },
      want: [
        [80, '10.0.0.0/8'],
        [80, 'pl-1']
      ]
    },
    { name: 'none of its own with security-groups', annotations: { 'security-groups': 'sg-1' }, want: undefined }
  ])('$name', ({ annotations, want }) => {
    expect(ranges([ingress(annotations as Annotations)])).toEqual(want)
  })

  test('inbound-cidrs of one member hold for the ports that it listens on', () => {
    const objects = [
      member('a', { 'listen-ports': '[{"HTTP":80},{"HTTP":8080}]' }),
      member('b', { 'listen-ports': '[{"HTTP":8080}]', 'inbound-cidrs': '10.0.0.0/8' })
    ]
    expect(ranges(objects)).toEqual([
      [80, '0.0.0.0/0'],
      [8080, '10.0.0.0/8']
    ])
  })
})

describe('mistakes', () => {
  testMistakes([
    conflict(
      { 'security-groups': 'sg-1' },
      { 'security-groups': 'sg-2' },
      'conflicting securityGroups: [sg-1] | [sg-2]'
    ),
    conflict(
      { 'security-groups': 'sg-1,sg-2' },
      { 'security-groups': 'sg-2,sg-1' },
      'conflicting securityGroups: [sg-1 sg-2] | [sg-2 sg-1]'
    ),
    conflict(
      { 'security-groups': 'sg-1', 'manage-backend-security-group-rules': 'true' },
      { 'manage-backend-security-group-rules': 'false' },
      'conflicting manage backend security group rules settings'
    )
  ])
})
