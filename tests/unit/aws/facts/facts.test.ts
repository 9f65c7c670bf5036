import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { AWSEndpoint } from '../../../../src/aws/index.ts'
import type { ServiceName } from '../../../../src/aws/protocol/table.ts'
import { authorization, callAction, type Json } from '../client.ts'
import { accountFacts } from './account.cases.ts'
import { certificateFacts } from './certificate.cases.ts'
import { constraintFacts } from './constraint.cases.ts'
import { ec2Facts } from './ec2.cases.ts'
import { account, type Fact, type Step } from './fact.ts'
import { listenerFacts } from './listener.cases.ts'
import { loadBalancerFacts } from './load-balancer.cases.ts'
import { otherFacts } from './other.cases.ts'
import { ruleFacts } from './rule.cases.ts'
import { securityGroupFacts } from './security-group.cases.ts'
import { targetGroupFacts } from './target-group.cases.ts'

const facts: Fact[] = [
  ...loadBalancerFacts,
  ...listenerFacts,
  ...ruleFacts,
  ...targetGroupFacts,
  ...accountFacts,
  ...constraintFacts,
  ...ec2Facts,
  ...otherFacts,
  ...securityGroupFacts,
  ...certificateFacts
]

let endpoint: AWSEndpoint
beforeAll(async () => {
  endpoint = await AWSEndpoint.start({ anyPort: true })
})
afterAll(() => endpoint.close())

function filled(value: Json, kept: Record<string, string>): Json {
  if (typeof value === 'string') {
    return value.replace(/\$([a-z]\w*)/g, (all, name: string) => kept[name] ?? all)
  }
  if (Array.isArray(value)) {
    return value.map(one => filled(one, kept))
  }
  return typeof value === 'object' && value !== null && !('asymmetricMatch' in value)
    ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one, kept)]))
    : value
}

/** Makes a step and returns what it keeps. */
async function take({ call, input, gives, refuses, keep = {} }: Step, kept: Record<string, string>, key: string) {
  const [service, action] = call.split(' ') as [ServiceName, string]
  const headers = { authorization: authorization({ key }) }
  const { output, error } = await callAction(endpoint.url, service, action, filled(input, kept), headers)
  if (refuses) {
    const message = typeof refuses.message === 'string' ? filled(refuses.message, kept) : refuses.message
    expect(error).toMatchObject({
      code: refuses.code,
      status: refuses.status ?? 400,
      ...(message !== undefined && {
        message: typeof message === 'string' ? message : expect.stringMatching(message as RegExp)
      })
    })
    return kept
  }
  expect(error).toBeUndefined()
  expect(output).toMatchObject(filled(gives ?? {}, kept))
  const values = Object.entries(keep).map(([name, path]) => [
    name,
    path.split('.').reduce((value: Json, part) => value?.[part], output)
  ])
  return { ...kept, ...Object.fromEntries(values) }
}

test.each(facts.map((one, index) => ({ ...one, index })))('$fact ($source)', async ({ steps, index }) => {
  // An access key of twelve digits is an account of its own.
  const key = String(200_000_000_000 + index)
  let kept: Record<string, string> = { account: key, none: 'aaaaaaaaaaaaaaaa' }
  for (const one of [...account, ...steps]) {
    kept = await take(one, kept, key)
  }
})

test('the table has facts enough, each once and with its source', () => {
  expect(facts.length).toBeGreaterThanOrEqual(150)
  expect(new Set(facts.map(one => one.fact)).size).toBe(facts.length)
  expect(facts.filter(({ source }) => source === '')).toEqual([])
})
