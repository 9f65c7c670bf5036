/** What the endpoint would serve of a plan that was made through the API is what `simulate` serves of it. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { Call } from '../../../src/aws/actions/call.ts'
import { actionOf } from '../../../src/aws/actions/index.ts'
import { brokenConstraints } from '../../../src/aws/protocol/constraints.ts'
import { serviceTable } from '../../../src/aws/protocol/table.ts'
import { seedState } from '../../../src/aws/state/seed.ts'
import { stackOf } from '../../../src/aws/state/stack.ts'
import { compileConfiguration, stackViolations } from '../../../src/elbv2/index.ts'
import {
  applicationLoadBalancer,
  buildPlan,
  parseEnvironment,
  type Stack,
  specEntries
} from '../../../src/model/index.ts'
import { readManifests } from '../../../src/resources/index.ts'
import type { Json } from './client.ts'
import { deploy } from './deploy.ts'

const folder = fileURLToPath(new URL('../../cases/lbc/', import.meta.url))
const environment = parseEnvironment(readFileSync(`${folder}aws.yaml`, 'utf8'), 'aws.yaml')

/** Every stack of the cases that has an application load balancer. */
const stacks = readdirSync(folder, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .flatMap(({ name }) =>
    buildPlan(readManifests([`${folder}${name}/input.yaml`]), environment)
      .groups.filter(({ stack }) => applicationLoadBalancer(stack))
      .map(({ id, stack }) => ({ name: `${name} ${id}`, stack: stack! }))
  )

/** What a load balancer runs on, with target groups called by their names. */
function running(stack: Stack): Json {
  const names = new Map(specEntries(stack, 'targetGroup').map(([id, { name }]) => [id, name]))
  const { id: _id, targetGroups, webACL: _webACL, ...configuration } = compileConfiguration(stack)
  const groups = [...targetGroups.values()]
    .map(({ id: _own, arn: _arn, ...group }) => group)
    .sort((one, other) => (one.name < other.name ? -1 : 1))
  const listeners = configuration.listeners.map(listener => ({
    ...listener,
    certificateARNs: [...new Set(listener.certificateARNs)]
  }))
  const text = JSON.stringify({ ...configuration, listeners, groups }, (key, value) =>
    key === 'id' ? (names.get(value) ?? value) : value
  )
  return JSON.parse(text)
}

function deployed(stack: Stack): Stack {
  const now = new Date(0)
  // The certificates that Ingresses name by their ARNs are on no list: every one is there.
  const { certificates: _listed, ...account } = environment
  const options = { environment: account, now, provisioning: 0, describe: () => undefined }
  const call = new Call(seedState(account, now), options)
  const [{ VpcId } = { VpcId: '' }] = call.all('vpcs')
  const table = serviceTable('elbv2')
  deploy(
    stack,
    {
      vpcID: VpcId,
      subnets: call
        .all('subnets')
        .map(({ SubnetId }) => SubnetId)
        .slice(0, 2)
    },
    (action, input) => {
      expect(brokenConstraints(table, table.operations[action]!.input!, input)).toEqual([])
      return actionOf('elbv2', action)!(input, call)
    }
  )
  return stackOf(call.state, call.all('loadBalancers')[0]!)
}

/** Whether AWS takes it, and the account would not have to have target groups that others made. */
function isPossible(stack: Stack): boolean {
  return stackViolations(stack).length === 0 && !JSON.stringify(stack.resources).includes(':targetgroup/')
}

test('there are stacks', () => {
  expect(stacks.filter(({ stack }) => isPossible(stack)).length).toBeGreaterThanOrEqual(20)
})

test.each(stacks.filter(({ stack }) => isPossible(stack)))('$name', ({ stack }) => {
  // What AWS fills in beside it (placeholders of redirects, defaults of logins, mutual authentication that is off) means the same.
  expect(running(deployed(stack))).toMatchObject(running(stack))
})
