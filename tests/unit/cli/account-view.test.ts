import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { AWSEndpoint } from '../../../src/aws/index.ts'
import { AccountView } from '../../../src/cli/account-view.ts'
import type { ExchangeEntry } from '../../../src/elbv2/index.ts'
import { defaultEnvironment } from '../../../src/model/index.ts'
import type { Batch } from '../../../src/page/contract.ts'
import { type ChangeEntry, drawEdge } from '../../../src/page/index.ts'
import { Recorder } from '../../../src/page/recorder.ts'
import { carryOut } from '../../../src/page/sending.ts'
import { createManualClock } from '../../manual-clock.ts'
import { callAction, type Json } from '../aws/client.ts'

type Change = Omit<ChangeEntry, 'date'>

/** An account with a page that looks at it. */
class Watched {
  readonly changes: Change[] = []
  readonly exchanges: ExchangeEntry[] = []
  readonly endpoint: AWSEndpoint
  readonly account: AccountView

  private constructor(endpoint: AWSEndpoint) {
    this.endpoint = endpoint
    this.account = new AccountView(endpoint, defaultEnvironment, { onChange: change => void this.changes.push(change) })
  }

  static async start(): Promise<Watched> {
    let watched: Watched | undefined
    const endpoint = await AWSEndpoint.start({
      anyPort: true,
      timeScale: 50,
      onEvent: event => watched?.account.onEvent(event),
      onExchange: exchange => watched?.exchanges.push(exchange)
    })
    watched = new Watched(endpoint)
    return watched
  }

  async call(action: string, input: Json): Promise<Json> {
    const { output, error } = await callAction(this.endpoint.url, 'elbv2', action, input)
    if (error) {
      throw new Error(`${error.code}: ${error.message}`)
    }
    return output!
  }

  map() {
    return drawEdge(this.account.view, this.endpoint.look().describe())
  }

  source() {
    const { endpoint, account } = this
    return {
      command: 'aws',
      view: () => account.view,
      describe: () => endpoint.look().describe(),
      metrics: () => endpoint.look().metrics(),
      authority: endpoint.authority.certificate
    }
  }

  async makeLoadBalancer(name: string, over: Json = {}): Promise<string> {
    const input = { Name: name, Subnets: defaultEnvironment.subnets.slice(0, 2).map(({ id }) => id), ...over }
    return (await this.call('CreateLoadBalancer', input)).LoadBalancers[0].LoadBalancerArn
  }

  /** A target group with the server as its one target. */
  async makeTargetGroup(name: string, server: Server, over: Json = {}): Promise<string> {
    const { port } = server.address() as AddressInfo
    const { output } = await callAction(this.endpoint.url, 'ec2', 'DescribeVpcs')
    const vpc = output?.Vpcs[0].VpcId
    const input = { Name: name, Protocol: 'HTTP', Port: port, TargetType: 'ip', VpcId: vpc, ...over }
    const arn = (await this.call('CreateTargetGroup', input)).TargetGroups[0].TargetGroupArn
    const targets = [{ Id: '127.0.0.1', Port: port, AvailabilityZone: 'all' }]
    await this.call('RegisterTargets', { TargetGroupArn: arn, Targets: targets })
    return arn
  }

  async untilHealthy(): Promise<void> {
    const { endpoint } = this
    function isChecked(): boolean {
      const groups = endpoint
        .look()
        .describe()
        .flatMap(({ targetGroups }) => targetGroups)
      return groups.every(({ targets }) => targets.every(({ state }) => state !== 'initial'))
    }
    while (!isChecked()) {
      await new Promise(resolve => setImmediate(resolve))
    }
  }
}

describe("an account's page", () => {
  let watched: Watched
  let server: Server
  let listener: string

  beforeAll(async () => {
    server = createServer((request, response) => {
      response.writeHead(request.url === '/old' ? 301 : 200, request.url === '/old' ? { Location: '/new' } : {})
      response.end('the target')
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    watched = await Watched.start()
  })
  afterAll(async () => {
    await watched.endpoint.close()
    server.closeAllConnections()
    server.close()
  })

  test('is empty, and complains of nothing, before anything is created', () => {
    expect(watched.map()).toMatchObject({ loadBalancers: [], nodes: [], failures: [] })
  })

  test('shows what is created, and tells the calls with what they changed', async () => {
    const lb = await watched.makeLoadBalancer('web')
    const group = await watched.makeTargetGroup('shop', server)
    const forward = [{ Type: 'forward', TargetGroupArn: group }]
    const made = { LoadBalancerArn: lb, Port: 80, Protocol: 'HTTP', DefaultActions: forward }
    listener = (await watched.call('CreateListener', made)).Listeners[0].ListenerArn
    const map = watched.map()
    expect(map.loadBalancers).toEqual([
      { id: 'load-balancer web', name: 'web', stack: lb, namespace: '111122223333 us-west-2' }
    ])
    const { port } = server.address() as AddressInfo
    expect(map.nodes.map(({ id }) => id)).toEqual([
      'load-balancer web',
      'listener web 80',
      'rule web 80 default',
      'target-group shop',
      `target shop 127.0.0.1:${port}`
    ])
    expect(map.nodes.find(({ id }) => id === 'rule web 80 default')?.text).toMatch(/^forward to shop\b/)
    const [change] = watched.changes
    expect(change?.title).toBe('CreateLoadBalancer, CreateTargetGroup, RegisterTargets, CreateListener')
    expect(change?.text).toContain('Load balancer web')
    expect(change?.text).not.toContain('arn:')
  })

  test('a look that finds nothing new is the same one', () => {
    expect(watched.account.view).toBe(watched.account.view)
    expect(watched.changes).toHaveLength(1)
  })

  test('tells what a changed rule does', async () => {
    const fixed = [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '503', MessageBody: 'later' } }]
    const conditions = [{ Field: 'path-pattern', Values: ['/admin*'] }]
    await watched.call('CreateRule', { ListenerArn: listener, Priority: 5, Conditions: conditions, Actions: fixed })
    expect(watched.map().nodes.find(({ id }) => id === 'rule web 80 5')?.title).toBe('5. path is /admin*')
    expect(watched.changes.at(-1)).toMatchObject({ title: 'CreateRule', text: expect.stringContaining('+ rule 80:5') })
  })

  test.each([
    ['the target answers', '/cart', 200],
    ['the target redirects', '/old', 301],
    ['the load balancer answers', '/admin', 503]
  ])('a request is predicted, sent and listed with its way: %s', async (_who, path, status) => {
    await watched.untilHealthy()
    const order = { method: 'GET', url: `http://${await dnsName()}${path}`, headers: [] }
    const { prediction, answer, differences } = await carryOut(order, watched.source())
    expect(answer?.status).toBe(status)
    expect(differences).toEqual([])
    expect(prediction?.loadBalancer.name).toBe('web')
    const recorder = new Recorder(watched.source(), createManualClock())
    while (watched.exchanges.length === 0) {
      await new Promise(resolve => setImmediate(resolve))
    }
    recorder.exchange(watched.exchanges.pop()!)
    const { trace, traceError } = recorder.detail(1)!
    expect(traceError).toBeUndefined()
    expect(trace?.rule).toBe(status === 503 ? 5 : 'default')
    expect(trace?.answer.from).toBe(status === 503 ? 'load balancer' : 'service')
  })

  test('a Network Load Balancer is followed to the targets that it has', async () => {
    const lb = await watched.makeLoadBalancer('net', { Type: 'network' })
    const group = await watched.makeTargetGroup('flows', server, { Protocol: 'TCP' })
    const forward = [{ Type: 'forward', TargetGroupArn: group }]
    await watched.call('CreateListener', { LoadBalancerArn: lb, Port: 81, Protocol: 'TCP', DefaultActions: forward })
    await watched.untilHealthy()
    const { prediction, answer, differences } = await carryOut(
      { method: 'GET', url: 'http://net.example.com:81/', headers: [] },
      watched.source()
    )
    expect({ status: answer?.status, differences }).toEqual({ status: 200, differences: [] })
    expect(prediction?.destinations[0]?.targets.map(({ target }) => target.id)).toEqual(['127.0.0.1'])
  })

  test('who looks on is told of what a call changes', async () => {
    const clock = createManualClock()
    const recorder = new Recorder(watched.source(), clock)
    const batches: Batch[] = []
    recorder.begin()
    const end = recorder.read(batch => batches.push(batch))
    await watched.makeLoadBalancer('later')
    clock.advance(250)
    end()
    expect(batches.at(-1)?.map?.loadBalancers.map(({ name }) => name)).toEqual(['web', 'net', 'later'])
  })

  test('what listens nowhere says so', async () => {
    await watched.makeLoadBalancer('gateway', { Type: 'gateway' })
    expect(watched.map().failures.map(({ message }) => message)).toEqual([
      'gateway: load balancers of type gateway are kept in the account and listen nowhere'
    ])
  })

  test('an account that is emptied shows nothing', async () => {
    await watched.endpoint.reset()
    expect(watched.map().nodes).toEqual([])
    expect(watched.changes.at(-1)?.title).toBe('the account changed')
  })

  async function dnsName(): Promise<string> {
    return watched.endpoint.look().describe()[0]!.dnsName
  }
})
