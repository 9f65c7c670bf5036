import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { Failure, type Finding } from '../../../../src/failure.ts'
import { defaultEnvironment, parseEnvironment } from '../../../../src/model/index.ts'

function findingsOf(text: string): Finding[] {
  try {
    parseEnvironment(text, 'aws.yaml')
  } catch (error) {
    if (error instanceof Failure && error.exitCode === 2) {
      return error.findings
    }
    throw error
  }
  throw new Error('nothing was refused')
}

describe('what a file leaves out has a default', () => {
  test('an empty file is the default environment', () => {
    expect(parseEnvironment('', 'aws.yaml')).toEqual(defaultEnvironment)
    expect(parseEnvironment('# nothing\n', 'aws.yaml')).toEqual(defaultEnvironment)
  })

  test('the default subnets lie in zones of the region', () => {
    const { subnets } = parseEnvironment('region: eu-central-1', 'aws.yaml')
    expect(subnets.map(({ zone }) => zone)).toEqual(['eu-central-1a', 'eu-central-1b'])
  })

  test('a subnet has its name as a tag, and no role unless it is given', () => {
    const { subnets } = parseEnvironment('subnets: [{id: subnet-1, name: private}, {id: subnet-2}]', 'aws.yaml')
    expect(subnets).toEqual([
      {
        id: 'subnet-1',
        zone: 'us-west-2a',
        zoneType: 'availability-zone',
        tags: { Name: 'private' },
        public: false,
        availableIPs: 251,
        ipv6: true
      },
      {
        id: 'subnet-2',
        zone: 'us-west-2b',
        zoneType: 'availability-zone',
        tags: {},
        public: false,
        availableIPs: 251,
        ipv6: true
      }
    ])
  })

  test('a certificate is issued, and a list that is not there stays unknown', () => {
    const environment = parseEnvironment('certificates: [{arn: "arn:a", domains: [a.example]}]', 'aws.yaml')
    expect(environment.certificates).toEqual([{ arn: 'arn:a', domains: ['a.example'], status: 'ISSUED' }])
    expect(environment.webACLs).toBeUndefined()
  })

  test('one flag and one gate leave the others alone', () => {
    const { controller } = parseEnvironment(
      'controller: {defaultTargetType: ip, featureGates: {ALBSingleSubnet: true}}',
      'aws.yaml'
    )
    expect(controller).toEqual({
      ...defaultEnvironment.controller,
      defaultTargetType: 'ip',
      featureGates: { ...defaultEnvironment.controller.featureGates, ALBSingleSubnet: true }
    })
  })

  test('the example of the documentation is read', () => {
    const file = 'docs/examples/aws.yaml'
    expect(parseEnvironment(readFileSync(file, 'utf8'), file)).toMatchObject({
      clusterName: 'shop',
      region: 'eu-central-1'
    })
  })
})

describe('mistakes', () => {
  test.each([
    {
      name: 'a mistyped key is told with the nearest',
      text: 'region: eu-central-1\nclusterNmae: a\n',
      want: {
        code: 'AWS_FILE_UNKNOWN_KEY',
        message: 'clusterNmae is no key of an aws.yaml',
        path: 'clusterNmae',
        line: 2,
        actual: 'clusterNmae',
        hint: 'did you mean clusterName?'
      }
    },
    {
      name: 'a key that resembles none',
      text: 'certificates:\n- arn: arn:a\n  domains: [a]\n  validUntil: tomorrow\n',
      want: {
        code: 'AWS_FILE_UNKNOWN_KEY',
        path: 'certificates[0].validUntil',
        line: 4,
        expected: 'arn, domains, status, certificateAuthorityARN',
        hint: 'docs/aws.md lists the keys'
      }
    },
    {
      name: 'a number for an account',
      text: 'accountID: 111122223333\n',
      want: {
        code: 'AWS_FILE_WRONG_VALUE',
        message: 'accountID must be a string, it is 111122223333',
        path: 'accountID',
        line: 1,
        expected: 'a string',
        actual: '111122223333',
        hint: "put quotes around it: '111122223333'"
      }
    },
    {
      name: 'a value of a fixed set',
      text: 'controller:\n  defaultTargetType: pod\n',
      want: {
        message: 'controller.defaultTargetType must be instance or ip, it is "pod"',
        line: 2,
        hint: '--default-target-type'
      }
    },
    {
      name: 'a missing key stands at its parent',
      text: 'subnets:\n- id: subnet-1\n- zone: us-west-2b\n',
      want: {
        code: 'AWS_FILE_KEY_MISSING',
        message: 'subnets[1] has no id',
        path: 'subnets[1].id',
        line: 3,
        hint: 'add id'
      }
    },
    {
      name: 'a thing that is there twice',
      text: 'webACLs:\n- {name: a, arn: "arn:1"}\n- {name: a, arn: "arn:2"}\n',
      want: {
        code: 'AWS_FILE_DUPLICATE',
        message: 'webACLs[1].name is a, and so is webACLs[0].name',
        path: 'webACLs[1].name',
        line: 3
      }
    },
    {
      name: 'a list instead of a mapping',
      text: '- clusterName: a\n',
      want: { code: 'AWS_FILE_WRONG_VALUE', message: 'the file must be a mapping, it is a list', line: 1 }
    },
    {
      name: 'a key without a value',
      text: 'subnets:\n',
      want: { message: 'subnets must be a list, it is null', line: 1 }
    },
    { name: 'no YAML', text: 'a: [1\n', want: { code: 'AWS_FILE_MALFORMED', line: 2 } },
    { name: 'a key twice', text: 'region: a\nregion: b\n', want: { code: 'AWS_FILE_MALFORMED', line: 2 } }
  ])('$name', ({ text, want }) => {
    expect(findingsOf(text)).toEqual([expect.objectContaining({ ...want, severity: 'error', file: 'aws.yaml' })])
  })

  test('all of a file are told, in its order', () => {
    const findings = findingsOf(
      'regoin: x\naccountID: 1\nsubnets:\n- id: sn-1\n  public: yes please\ncontroller: {featureGates: {Alb: true}}\n'
    )
    expect(findings.map(({ path, line }) => [path, line])).toEqual([
      ['regoin', 1],
      ['accountID', 2],
      ['subnets[0].id', 4],
      ['subnets[0].public', 5],
      ['controller.featureGates.Alb', 6]
    ])
  })
})
