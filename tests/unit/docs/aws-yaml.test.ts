import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from '@jest/globals'
import { execa } from 'execa'
import { parseEnvironment } from '../../../src/index.ts'

const script = fileURLToPath(new URL('../../../docs/examples/aws-yaml.sh', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'istio-alb-aws-yaml-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What the aws CLI prints with `--output text`, by service and operation. */
const answers: Record<string, string> = {
  'eks describe-cluster': 'vpc-0a1b2c3d',
  'sts get-caller-identity': '111122223333',
  'ec2 describe-subnets': [
    'subnet-0aa1\tus-west-2a\t10.0.0.0/24\t200\tTrue\t1\tNone',
    'subnet-0bb2\tus-west-2b\t10.0.1.0/24\t201\tFalse\tNone\tNone'
  ].join('\n'),
  'acm list-certificates': 'arn:aws:acm:us-west-2:111122223333:certificate/1',
  'Certificate.SubjectAlternativeNames': 'shop.example.com\t*.shop.example.com',
  'Certificate.Status': 'ISSUED',
  'wafv2 list-web-acls': '',
  'elbv2 describe-trust-stores': 'clients\tarn:aws:elasticloadbalancing:us-west-2:111122223333:truststore/clients/1'
}

test('the script writes an aws.yaml of what the account has, and asks for nothing but what is there', async () => {
  const cases = Object.entries(answers).map(([call, answer]) => `*"${call}"*) printf '%b\\n' '${answer}' ;;`)
  const quiet = cases.map(line => line.replace(`printf '%b\\n' '' ;;`, ':;;'))
  writeFileSync(join(folder, 'aws'), `#!/bin/sh\ncase "$*" in\n${quiet.join('\n')}\n*) exit 9 ;;\nesac\n`)
  chmodSync(join(folder, 'aws'), 0o755)
  const { stdout } = await execa('sh', [script, 'shop', 'us-west-2'], {
    env: { PATH: `${folder}:${process.env.PATH}` }
  })
  expect(parseEnvironment(stdout, 'aws.yaml')).toMatchObject({
    clusterName: 'shop',
    region: 'us-west-2',
    accountID: '111122223333',
    vpcID: 'vpc-0a1b2c3d',
    subnets: [
      { id: 'subnet-0aa1', zone: 'us-west-2a', public: true, tags: { 'kubernetes.io/role/elb': '1' } },
      { id: 'subnet-0bb2', availableIPs: 201, public: false }
    ],
    certificates: [{ status: 'ISSUED', domains: ['shop.example.com', '*.shop.example.com'] }],
    trustStores: [{ name: 'clients' }]
  })
})
