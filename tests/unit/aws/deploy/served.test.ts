/** What the endpoint serves of a plan that was made through its API answers requests as `simulate` does. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { applyPlan } from '../../../../src/aws/deploy/apply.ts'
import { AWSEndpoint, Client, localCredentials } from '../../../../src/aws/index.ts'
import { type SentAnswer, Simulation, sendTo } from '../../../../src/cluster/index.ts'
import type { LoadBalancerDescription } from '../../../../src/elbv2/index.ts'
import { applicationLoadBalancer, type Environment, type RuleCondition, specsOf } from '../../../../src/model/index.ts'
import { assumeMissing, type Resources } from '../../../../src/resources/index.ts'
import { instanceID, internalAddress } from '../../../../src/targets/index.ts'
import { type PlanCase, planCases } from './plan-cases.ts'

const cases = planCases('lbc').filter(({ stack }) => applicationLoadBalancer(stack)?.type === 'application')

interface Request {
  host: string
  path: string
  method: string
  headers: [string, string][]
}

/** Something that a pattern of a rule matches, as far as it is no regular expression. */
function example(pattern: string): string {
  return pattern.replaceAll('*', 'x').replaceAll('?', 'y')
}

function valuesOf(conditions: readonly RuleCondition[], field: RuleCondition['field']): string[] {
  return conditions
    .filter(condition => condition.field === field)
    .flatMap(({ hostHeaderConfig, pathPatternConfig, httpRequestMethodConfig }) => [
      ...(hostHeaderConfig?.values ?? []),
      ...(pathPatternConfig?.values ?? []),
      ...(httpRequestMethodConfig?.values ?? [])
    ])
}

function headersOf(conditions: readonly RuleCondition[]): [string, string][] {
  return conditions.flatMap(({ httpHeaderConfig }): [string, string][] =>
    httpHeaderConfig?.values ? [[httpHeaderConfig.httpHeaderName, example(httpHeaderConfig.values[0]!)]] : []
  )
}

function queryOf(conditions: readonly RuleCondition[]): string {
  const pairs = conditions.flatMap(({ queryStringConfig }) => queryStringConfig?.values ?? [])
  return pairs.length === 0 ? '' : `?${pairs.map(({ key = 'k', value }) => `${key}=${example(value)}`).join('&')}`
}

/** Requests that each rule asks for, and ones that none does. */
function requestsOf({ stack }: PlanCase): Request[] {
  const other = { host: 'none.example.net', path: '/none', method: 'GET', headers: [] }
  const ofRules = specsOf(stack, 'rule').flatMap(({ conditions }): Request[] => {
    const [host = other.host] = valuesOf(conditions, 'host-header').map(example)
    const [method = 'GET'] = valuesOf(conditions, 'http-request-method')
    const paths = valuesOf(conditions, 'path-pattern').map(example)
    return (paths.length === 0 ? ['/'] : paths).flatMap(path => {
      const asked = { host, path: `${path}${queryOf(conditions)}`, method, headers: headersOf(conditions) }
      return [asked, { ...asked, headers: [], path }, { ...asked, host: other.host }, { ...asked, path: other.path }]
    })
  })
  return [...new Map([...ofRules, other].map(request => [JSON.stringify(request), request])).values()]
}

/** What a client notices of an answer that is the same whoever sends it. */
function seenOf({ status, headers, body }: SentAnswer): object {
  const location = headers.find(([name]) => name.toLowerCase() === 'location')?.[1]
  const echoed = body.startsWith('{') ? (JSON.parse(body) as { service?: string; path?: string }) : undefined
  return {
    status,
    location: location?.replace(/[?].*/, ''),
    body: echoed ? { service: echoed.service, path: echoed.path } : body
  }
}

async function ask(address: string, scheme: 'http' | 'https', request: Request, ca: string): Promise<object> {
  const { host, path, method, headers } = request
  const sent = { method, target: path, scheme, host, headers: [['host', host], ...headers] as [string, string][] }
  return sendTo(address, sent, ca).then(seenOf, (error: NodeJS.ErrnoException) => ({ error: error.code }))
}

/** The account with the nodes of the embedded cluster as its instances. */
function withNodes(environment: Environment, resources: Resources): Environment {
  const instances = resources.list('Node').map(node => {
    const zone = node.metadata.labels?.['topology.kubernetes.io/zone']
    return { id: instanceID(node), address: internalAddress(node)!, ...(zone !== undefined && { zone }) }
  })
  return { ...environment, instances }
}

/** Resolves when the load balancers know of every target whether it is healthy. */
async function whenChecked(describe: () => Promise<LoadBalancerDescription[]>): Promise<void> {
  const deadline = performance.now() + 5_000
  while (performance.now() < deadline) {
    const states = (await describe()).flatMap(({ targetGroups }) =>
      targetGroups.flatMap(({ targets }) => targets.map(({ state }) => state))
    )
    if (!states.includes('initial')) {
      return
    }
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

describe('a plan that was made through the API', () => {
  let simulation: Simulation
  let asked = 0

  beforeAll(async () => {
    simulation = await Simulation.create({ environment: cases[0]!.environment, anyPort: true, timeScale: 100 })
  })
  afterAll(() => simulation.close())

  test.each(cases)('answers as simulate does: $name', async one => {
    await simulation.apply(assumeMissing(one.resources).resources, one.plan)
    const { resources } = simulation
    const environment = withNodes(one.environment, resources)
    await using endpoint = await AWSEndpoint.start({ environment, anyPort: true, timeScale: 100 })
    const client = new Client({ endpoint: endpoint.url, region: environment.region, credentials: localCredentials({}) })
    const { plan } = one
    await applyPlan(client, { environment, plan, resources })
    await Promise.all([simulation.whenChecked(), whenChecked(() => endpoint.describe())])
    const served = (await endpoint.describe()).find(({ type }) => type === 'application')!
    const simulated = simulation.describe().find(({ type }) => type === 'application')!
    expect(served.listeners.map(({ port }) => port).sort()).toEqual(simulated.listeners.map(({ port }) => port).sort())
    for (const { port, protocol, address } of served.listeners) {
      const other = simulated.listeners.find(listener => listener.port === port)!
      const scheme = protocol === 'HTTPS' ? 'https' : 'http'
      for (const request of requestsOf(one)) {
        asked++
        const answers = await Promise.all([
          ask(address, scheme, request, endpoint.authority.certificate),
          ask(other.address, scheme, request, simulation.authority.certificate)
        ])
        expect({ port, request, answer: answers[0] }).toEqual({ port, request, answer: answers[1] })
      }
    }
  })

  test('and was asked something', () => expect(asked).toBeGreaterThan(150))
})
