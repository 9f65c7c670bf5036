/** An account that was written down, and begun anew from that, is the same account. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import type { Caller } from '../../../../src/aws/client/client.ts'
import { takeSnapshot } from '../../../../src/aws/snapshot/snapshot.ts'
import { Failure } from '../../../../src/failure.ts'
import { type Environment, parseEnvironment } from '../../../../src/model/index.ts'
import { AccountCaller } from '../account-caller.ts'

const text = `
clusterName: prod
region: us-west-2
accountID: '111122223333'
vpcID: vpc-0a1b2c3d
vpcCIDRs: [10.0.0.0/16]
subnets:
  - { id: subnet-0a, zone: us-west-2a, public: true, tags: { Name: pub, kubernetes.io/role/elb: '1' }, cidr: 10.0.0.0/24, ipv6: false }
  - { id: subnet-0b, zone: us-west-2b, tags: { kubernetes.io/cluster/prod: shared }, cidr: 10.0.1.0/24, availableIPs: 7, ipv6: false }
securityGroups:
  - { id: sg-0a, name: web, tags: { team: edge } }
  - { id: sg-0b, tags: { elbv2.k8s.aws/cluster: prod, elbv2.k8s.aws/resource: backend-sg } }
backendSecurityGroupID: sg-0b
certificates:
  - { arn: 'arn:aws:acm:us-west-2:111122223333:certificate/1', domains: [shop.example.com, '*.shop.example.com'] }
  - { arn: 'arn:aws:acm:us-west-2:111122223333:certificate/2', domains: [old.example.com], status: EXPIRED }
webACLs: [{ name: edge, arn: 'arn:aws:wafv2:us-west-2:111122223333:regional/webacl/edge/1' }]
trustStores: [{ name: partners, arn: 'arn:aws:elasticloadbalancing:us-west-2:111122223333:truststore/partners/0000000000000001' }]
instances: [{ id: i-0a1, address: 10.0.0.10, zone: us-west-2a, podCIDR: 10.244.0.0/24, tags: { kubernetes.io/cluster/prod: owned } }]
`
const options = { region: 'us-west-2', clusterName: 'prod' }

async function snapshotOf(environment: Environment): Promise<Environment> {
  const { text: written, unread } = await takeSnapshot(new AccountCaller(environment), options)
  expect(unread).toEqual([])
  return parseEnvironment(written, 'aws.yaml')
}

/** Without the groups that a VPC and its nodes have, which the endpoint adds. */
function given({ securityGroups, ...environment }: Environment): Partial<Environment> {
  return { ...environment, securityGroups: securityGroups.filter(({ id }) => /^sg-0[ab]$/.test(id)) }
}

describe('what is written down is read again', () => {
  test('everything that aws.yaml has words for', async () => {
    const environment = parseEnvironment(text, 'aws.yaml')
    const read = await snapshotOf(environment)
    const { subnets, certificates, instances, webACLs, trustStores, backendSecurityGroupID } = read
    expect({ certificates, instances, webACLs, trustStores, backendSecurityGroupID }).toEqual({
      ...{ certificates: environment.certificates, instances: environment.instances, webACLs: environment.webACLs },
      ...{ trustStores: environment.trustStores, backendSecurityGroupID: 'sg-0b' }
    })
    expect(subnets).toEqual(environment.subnets.map(subnet => ({ ...subnet, ipv6CIDRs: [] })))
    expect(given(read)).toMatchObject({ ...options, accountID: '111122223333', vpcID: 'vpc-0a1b2c3d' })
    expect(given(read).securityGroups).toEqual(environment.securityGroups)
  })

  test('and written down again it is the same file', async () => {
    const first = await takeSnapshot(new AccountCaller(parseEnvironment(text, 'aws.yaml')), options)
    const again = await takeSnapshot(new AccountCaller(parseEnvironment(first.text, 'aws.yaml')), options)
    expect(again).toEqual(first)
  })

  test('the account of the recorded plans, with more of everything than a page holds', async () => {
    const file = fileURLToPath(new URL('../../../cases/lbc/aws.yaml', import.meta.url))
    const environment = parseEnvironment(readFileSync(file, 'utf8'), file)
    const many = Array.from({ length: 120 }, (_, index) => ({
      arn: `arn:aws:acm:us-west-2:111122223333:certificate/many-${index}`,
      ...{ domains: [`host-${index}.example.com`], status: 'ISSUED' }
    }))
    const certificates = [...(environment.certificates ?? []), ...many]
    const read = await snapshotOf({ ...environment, certificates })
    expect(read.certificates?.map(({ arn }) => arn)).toEqual(certificates.map(({ arn }) => arn))
    expect(read.subnets.map(({ id }) => id)).toEqual(environment.subnets.map(({ id }) => id))
  })
})

describe('which VPC', () => {
  async function withTwo() {
    const caller = new AccountCaller(
      parseEnvironment(text.replace('kubernetes.io/cluster/prod: shared', 'a: b'), 'aws.yaml')
    )
    const { Vpc } = await caller.call('ec2', 'CreateVpc', { CidrBlock: '10.1.0.0/16' })
    return { caller, other: Vpc!.VpcId! }
  }

  test('the one that is named', async () => {
    const { caller, other } = await withTwo()
    const { text: written } = await takeSnapshot(caller, { ...options, vpcID: other })
    expect(parseEnvironment(written, 'aws.yaml')).toMatchObject({
      vpcID: other,
      subnets: [],
      vpcCIDRs: ['10.1.0.0/16']
    })
  })

  test('is asked for where nothing tells', async () => {
    const { caller } = await withTwo()
    await expect(takeSnapshot(caller, options)).rejects.toMatchObject({ code: 'VPC_UNCLEAR', exitCode: 2 })
  })
})

test('a list that may not be read is left out, and told', async () => {
  const account = new AccountCaller(parseEnvironment(text, 'aws.yaml'))
  const caller: Caller = {
    async call(service, action, input) {
      if (service === 'wafv2') {
        throw new Failure(1, { code: 'CALL_REFUSED', severity: 'error', message: 'AccessDeniedException' })
      }
      return account.call(service, action, input)
    }
  }
  const { text: written, unread } = await takeSnapshot(caller, options)
  expect(unread).toEqual([{ list: 'webACLs', reason: 'AccessDeniedException' }])
  expect(parseEnvironment(written, 'aws.yaml').webACLs).toBeUndefined()
})
