import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createSocketServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { AWSEndpoint, type AWSEvent, type AWSOptions } from '../../../../src/aws/index.ts'
import { sendTo } from '../../../../src/cluster/index.ts'
import { createDevelopmentAuthority } from '../../../../src/load-balancer/index.ts'
import { parseEnvironment } from '../../../../src/model/index.ts'
import { createManualClock } from '../../../manual-clock.ts'
import { authorization, callAction, type Json } from '../client.ts'

const fixed = [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '200', MessageBody: 'fixed' } }]

let endpoint: AWSEndpoint
let events: AWSEvent[]
let target: Server

async function start(options: AWSOptions = {}): Promise<void> {
  endpoint = await AWSEndpoint.start({ anyPort: true, onEvent: event => events.push(event), ...options })
}

async function call(service: Parameters<typeof callAction>[1], action: string, input?: Json): Promise<Json> {
  const { output, error } = await callAction(endpoint.url, service, action, input)
  if (error) {
    throw new Error(`${error.code}: ${error.message}`)
  }
  return output!
}

/** A load balancer with a listener that answers `fixed`. */
async function makeEdge(port = 80, over: Json = {}): Promise<{ lb: string; listener: string; vpc: string }> {
  const [vpc] = (await call('ec2', 'DescribeVpcs')).Vpcs
  const made = await call('elbv2', 'CreateLoadBalancer', { Name: 'edge', Subnets: ['subnet-a', 'subnet-b'] })
  const lb = made.LoadBalancers[0].LoadBalancerArn
  const input = { LoadBalancerArn: lb, Port: port, Protocol: 'HTTP', DefaultActions: fixed, ...over }
  const { Listeners } = await call('elbv2', 'CreateListener', input)
  return { lb, listener: Listeners[0].ListenerArn, vpc: vpc.VpcId }
}

async function addressOf(port: number): Promise<string> {
  const listeners = (await endpoint.describe()).flatMap(one => one.listeners)
  return listeners.find(one => one.port === port)!.address
}

async function get(path: string, port = 80): Promise<{ status: number; body: string }> {
  const response = await fetch(`http://${await addressOf(port)}${path}`)
  return { status: response.status, body: await response.text() }
}

beforeEach(async () => {
  events = []
  target = createServer((_, response) => void response.end('target'))
  await new Promise<void>(resolve => target.listen(0, '127.0.0.1', resolve))
})

afterEach(async () => {
  await endpoint.close()
  target.closeAllConnections()
  target.close()
})

function targetPort(): number {
  return (target.address() as AddressInfo).port
}

/** A target group whose one target answers, behind a rule for `/t*`. */
async function routeToTarget(listener: string, vpc: string): Promise<string> {
  const run = { MinCount: 1, MaxCount: 1, SubnetId: 'subnet-a', PrivateIpAddress: '127.0.0.1' }
  const { Instances } = await call('ec2', 'RunInstances', run)
  const group = { Name: 'web', Protocol: 'HTTP', Port: targetPort(), VpcId: vpc }
  const arn = (await call('elbv2', 'CreateTargetGroup', group)).TargetGroups[0].TargetGroupArn
  await call('elbv2', 'RegisterTargets', { TargetGroupArn: arn, Targets: [{ Id: Instances[0].InstanceId }] })
  await call('elbv2', 'CreateRule', {
    ListenerArn: listener,
    Priority: 1,
    Conditions: [{ Field: 'path-pattern', Values: ['/t*'] }],
    Actions: [{ Type: 'forward', TargetGroupArn: arn }]
  })
  return arn
}

async function healthOf(arn: string): Promise<Json> {
  const { TargetHealthDescriptions } = await call('elbv2', 'DescribeTargetHealth', { TargetGroupArn: arn })
  return TargetHealthDescriptions
}

async function untilHealthy(arn: string): Promise<void> {
  while ((await healthOf(arn))[0].TargetHealth.State === 'initial') {
    await new Promise(resolve => setImmediate(resolve))
  }
}

describe('what is made through the APIs runs', () => {
  test('requests go to rules and targets, whose health is the running one', async () => {
    await start()
    const { listener, vpc } = await makeEdge()
    expect(await get('/x')).toEqual({ status: 200, body: 'fixed' })
    const arn = await routeToTarget(listener, vpc)
    await untilHealthy(arn)
    expect(await get('/t')).toEqual({ status: 200, body: 'target' })
    expect(await healthOf(arn)).toMatchObject([
      { HealthCheckPort: String(targetPort()), TargetHealth: { State: 'healthy' } }
    ])
    expect(events).toContainEqual(expect.objectContaining({ type: 'listener-opened', loadBalancer: 'edge', port: 80 }))
  })

  test('an instance that is terminated is no target any more', async () => {
    await start()
    const { listener, vpc } = await makeEdge()
    const arn = await routeToTarget(listener, vpc)
    await untilHealthy(arn)
    const [{ Target }] = await healthOf(arn)
    await call('ec2', 'TerminateInstances', { InstanceIds: [Target.Id] })
    expect(await healthOf(arn)).toMatchObject([{ TargetHealth: { State: 'unused', Reason: 'Target.InvalidState' } }])
    expect((await get('/t')).status).toBe(503)
  })

  test('a listener shows the certificate that was imported', async () => {
    const authority = await createDevelopmentAuthority()
    const { certificate, key } = await authority.issue('x', ['edge.example'])
    await start()
    const { CertificateArn } = await call('acm', 'ImportCertificate', {
      Certificate: Buffer.from(certificate.split(/(?<=-----END CERTIFICATE-----)/)[0]!).toString('base64'),
      PrivateKey: Buffer.from(key).toString('base64')
    })
    await makeEdge(443, { Protocol: 'HTTPS', Certificates: [{ CertificateArn }] })
    const request = {
      ...{ method: 'GET', target: '/', scheme: 'https' as const, host: 'edge.example' },
      headers: [['Host', 'edge.example']] as [string, string][]
    }
    const answer = await sendTo(await addressOf(443), request, authority.certificate)
    expect(answer.status).toBe(200)
  })

  test('a load balancer that is deleted listens no more', async () => {
    await start()
    const { lb } = await makeEdge()
    const address = await addressOf(80)
    await call('elbv2', 'DeleteLoadBalancer', { LoadBalancerArn: lb })
    await expect(fetch(`http://${address}/`)).rejects.toThrow()
    expect(events.at(-2)).toEqual({ type: 'load-balancer-deleted', loadBalancer: 'edge', arn: lb })
  })

  test('addresses outside of loopback are never connected to, and that is told', async () => {
    await start()
    const { listener, vpc } = await makeEdge()
    const group = { Name: 'pods', Protocol: 'HTTP', Port: 80, VpcId: vpc, TargetType: 'ip' }
    const arn = (await call('elbv2', 'CreateTargetGroup', group)).TargetGroups[0].TargetGroupArn
    await call('elbv2', 'ModifyListener', {
      ListenerArn: listener,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: arn }]
    })
    await call('elbv2', 'RegisterTargets', { TargetGroupArn: arn, Targets: [{ Id: '10.0.0.9' }] })
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'targets-refused', loadBalancer: 'edge', addresses: ['10.0.0.9'] })
    )
    expect(await healthOf(arn)).toMatchObject([{ TargetHealth: { State: 'unused' } }])
    expect((await get('/')).status).toBe(503)
  })

  test('a network load balancer hands bytes to its targets, and tells their health', async () => {
    await start()
    const [vpc] = (await call('ec2', 'DescribeVpcs')).Vpcs
    const made = await call('elbv2', 'CreateLoadBalancer', { Name: 'net', Type: 'network', Subnets: ['subnet-a'] })
    const group = { Name: 'tcp', Protocol: 'TCP', Port: targetPort(), VpcId: vpc.VpcId, TargetType: 'ip' }
    const arn = (await call('elbv2', 'CreateTargetGroup', group)).TargetGroups[0].TargetGroupArn
    await call('elbv2', 'CreateListener', {
      LoadBalancerArn: made.LoadBalancers[0].LoadBalancerArn,
      Port: 80,
      Protocol: 'TCP',
      DefaultActions: [{ Type: 'forward', TargetGroupArn: arn }]
    })
    const Targets = [{ Id: '127.0.0.1', Port: targetPort(), AvailabilityZone: 'us-west-2a' }]
    await call('elbv2', 'RegisterTargets', { TargetGroupArn: arn, Targets })
    await untilHealthy(arn)
    expect(await healthOf(arn)).toMatchObject([{ TargetHealth: { State: 'healthy' } }])
    expect(await get('/x')).toEqual({ status: 200, body: 'target' })
    expect(events).toContainEqual(expect.objectContaining({ type: 'listener-opened', loadBalancer: 'net' }))
  })
})

describe('a write is taken as a whole or not at all', () => {
  test('what the load balancer would refuse is the API’s error', async () => {
    await start()
    const { listener } = await makeEdge()
    const rule = {
      ListenerArn: listener,
      Priority: 1,
      Conditions: [{ Field: 'path-pattern', PathPatternConfig: { RegexValues: ['(?=x)'] } }],
      Actions: fixed
    }
    const { error } = await callAction(endpoint.url, 'elbv2', 'CreateRule', rule)
    expect(error?.code).toBe('ValidationError')
    expect((await call('elbv2', 'DescribeRules', { ListenerArn: listener })).Rules).toHaveLength(1)
    expect(await get('/x')).toEqual({ status: 200, body: 'fixed' })
  })

  test('a port that cannot be had fails the listener, and nothing of it is left', async () => {
    const busy = createSocketServer()
    await new Promise<void>(resolve => busy.listen(65_100, '127.0.0.1', resolve))
    try {
      await start({ anyPort: false, portOffset: 0 })
      const { Vpcs } = await call('ec2', 'DescribeVpcs')
      expect(Vpcs).toHaveLength(1)
      const made = await call('elbv2', 'CreateLoadBalancer', { Name: 'edge', Subnets: ['subnet-a', 'subnet-b'] })
      const input = { LoadBalancerArn: made.LoadBalancers[0].LoadBalancerArn, Protocol: 'HTTP', DefaultActions: fixed }
      const { error } = await callAction(endpoint.url, 'elbv2', 'CreateListener', { ...input, Port: 65_100 })
      expect(error).toMatchObject({ code: 'InvalidConfigurationRequest', message: expect.stringContaining('65100') })
      const { Listeners } = await call('elbv2', 'DescribeListeners', { LoadBalancerArn: input.LoadBalancerArn })
      expect(Listeners).toEqual([])
      await call('elbv2', 'CreateListener', { ...input, Port: 65_101 })
      expect(await get('/', 65_101)).toEqual({ status: 200, body: 'fixed' })
    } finally {
      busy.close()
    }
  })

  test('a port that is taken is left to whoever has it, and the event says where the listener is', async () => {
    const busy = createSocketServer()
    await new Promise<void>(resolve => busy.listen(0, '127.0.0.1', resolve))
    const { port } = busy.address() as AddressInfo
    try {
      await start({ anyPort: false, portOffset: 0 })
      // Ports of the system's choice lie above 32768: the next thousand is one as well.
      await makeEdge(port)
      const opened = events.find(({ type }) => type === 'listener-opened') as { address: string }
      expect((Number(opened.address.split(':')[1]) - port) % 1000).toBe(0)
      expect(opened.address).not.toBe(`127.0.0.1:${port}`)
    } finally {
      busy.close()
    }
  })

  test('of writers at once one comes first', async () => {
    await start()
    const { listener } = await makeEdge()
    const rule = {
      ListenerArn: listener,
      Priority: 1,
      Conditions: [{ Field: 'path-pattern', Values: ['/a'] }],
      Actions: fixed
    }
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => callAction(endpoint.url, 'elbv2', 'CreateRule', rule))
    )
    expect(answers.filter(({ error }) => error === undefined)).toHaveLength(1)
    expect(answers.filter(({ error }) => error?.code === 'PriorityInUse')).toHaveLength(7)
  })
})

describe('accounts', () => {
  test('the credential scope is a region, and an access key of digits an account', async () => {
    await start()
    await makeEdge()
    async function count(key: string, region: string): Promise<number> {
      const headers = { authorization: authorization({ key, region }) }
      const { output } = await callAction(endpoint.url, 'elbv2', 'DescribeLoadBalancers', {}, headers)
      return output!.LoadBalancers.length
    }
    expect(await count('AKIDEXAMPLE', 'us-west-2')).toBe(1)
    expect(await count('AKIDEXAMPLE', 'eu-central-1')).toBe(0)
    expect(await count('999988887777', 'us-west-2')).toBe(0)
    const headers = { authorization: authorization({ region: 'eu-central-1' }) }
    const { output } = await callAction(endpoint.url, 'ec2', 'DescribeSubnets', {}, headers)
    expect(output!.Subnets.map((one: Json) => one.AvailabilityZone)).toEqual(['eu-central-1a', 'eu-central-1b'])
  })

  test('aws.yaml says what there is', async () => {
    const file = `
accountID: '123456789012'
vpcID: vpc-0a1b2c3d
instances: [{ id: i-0a1, address: 127.0.0.1, zone: us-west-2b }]
quotas: { rules-per-application-load-balancer: 1 }
certificates: [{ arn: 'arn:aws:acm:us-west-2:123456789012:certificate/1', domains: [a.example] }]
`
    await start({ environment: parseEnvironment(file, 'aws.yaml') })
    const { listener, lb } = await makeEdge()
    const { Reservations } = await call('ec2', 'DescribeInstances', { InstanceIds: ['i-0a1'] })
    expect(Reservations[0].Instances[0].Placement.AvailabilityZone).toBe('us-west-2b')
    const rule = { ListenerArn: listener, Conditions: [{ Field: 'path-pattern', Values: ['/a'] }], Actions: fixed }
    await call('elbv2', 'CreateRule', { ...rule, Priority: 1 })
    const second = await callAction(endpoint.url, 'elbv2', 'CreateRule', { ...rule, Priority: 2 })
    expect(second.error).toMatchObject({ code: 'TooManyRules' })
    const unlisted = { CertificateArn: 'arn:aws:acm:us-west-2:123456789012:certificate/2' }
    const https = { LoadBalancerArn: lb, Port: 443, Protocol: 'HTTPS', Certificates: [unlisted], DefaultActions: fixed }
    const { error } = await callAction(endpoint.url, 'elbv2', 'CreateListener', https)
    expect(error).toMatchObject({
      code: 'CertificateNotFound',
      message: `Certificate '${unlisted.CertificateArn}' not found`
    })
  })

  test('a new load balancer is provisioning for as long as it is told to', async () => {
    const clock = createManualClock()
    await start({ provisioning: 60, clock })
    await makeEdge()
    async function state(): Promise<string> {
      return (await call('elbv2', 'DescribeLoadBalancers')).LoadBalancers[0].State.Code
    }
    expect(await state()).toBe('provisioning')
    clock.advance(60_000)
    expect(await state()).toBe('active')
  })

  test('a state in a file outlives the endpoint, and serves again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'istio-alb-state-'))
    const stateFile = join(folder, 'state.json')
    try {
      await start({ stateFile })
      const { lb } = await makeEdge()
      await endpoint.close()
      expect(statSync(stateFile).mode & 0o077).toBe(0)
      await start({ stateFile })
      expect(await get('/x')).toEqual({ status: 200, body: 'fixed' })
      const [found] = (await call('elbv2', 'DescribeLoadBalancers')).LoadBalancers
      expect(found).toMatchObject({ LoadBalancerArn: lb, State: { Code: 'active' } })
      expect(Date.parse(found.CreatedTime)).not.toBeNaN()
      await endpoint.reset()
      expect(JSON.parse(readFileSync(stateFile, 'utf8'))).toEqual({ version: 1, accounts: {} })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('a reset empties the account', async () => {
    await start()
    await makeEdge()
    const address = await addressOf(80)
    expect((await fetch(`${endpoint.url}/_istio-alb/reset`, { method: 'POST' })).status).toBe(204)
    expect((await call('elbv2', 'DescribeLoadBalancers')).LoadBalancers).toEqual([])
    await expect(fetch(`http://${address}/`)).rejects.toThrow()
  })
})

describe('whoever asks wrongly is told', () => {
  beforeEach(() => start())

  async function post(body: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
    const response = await fetch(endpoint.url, { method: 'POST', body, headers })
    return { status: response.status, text: await response.text() }
  }
  const form = { 'content-type': 'application/x-www-form-urlencoded' }

  test.each([
    ['no action', '', 400, '<Code>MissingAction</Code>'],
    ['an action that nobody has', 'Action=Fly&Version=2015-12-01', 400, '<Code>InvalidAction</Code>'],
    ['an action by the name of a method', 'Action=constructor&Version=2015-12-01', 400, '<Code>InvalidAction</Code>'],
    ['a version that is none', 'Action=DescribeLoadBalancers&Version=2012-06-01', 400, '<Code>NoSuchVersion</Code>'],
    [
      'an action that is not answered yet',
      'Action=GetResourcePolicy&Version=2015-12-01&ResourceArn=x',
      501,
      '<Code>NotImplemented</Code>'
    ],
    [
      'a number that is none',
      'Action=DescribeLoadBalancers&Version=2015-12-01&PageSize=x',
      400,
      '<Code>MalformedInput</Code>'
    ]
  ])('%s', async (_, body, status, text) => {
    const answer = await post(body, form)
    expect(answer.status).toBe(status)
    expect(answer.text).toContain(text)
  })

  test('a path of two slashes', async () => {
    const response = await fetch(`${endpoint.url}//?Action=DescribeLoadBalancers&Version=2015-12-01`)
    expect(response.status).toBe(200)
  })

  test('an operation that nobody has', async () => {
    const answer = await post('{}', { 'x-amz-target': 'CertificateManager.Fly' })
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.text).__type).toBe('UnknownOperationException')
  })

  test('megabytes', async () => {
    const answer = await post(`Action=DescribeLoadBalancers&Version=2015-12-01&Marker=${'x'.repeat(6_000_000)}`, form)
    expect(answer.status).toBe(413)
  })

  test('a page of a browser', async () => {
    const answer = await post('Action=DescribeLoadBalancers&Version=2015-12-01', {
      ...form,
      origin: 'https://evil.example'
    })
    expect(answer.status).toBe(403)
  })

  test('no two answers have one ID', async () => {
    const ids = await Promise.all([1, 2].map(() => callAction(endpoint.url, 'sts', 'GetCallerIdentity')))
    expect(new Set(ids.map(({ requestID }) => requestID)).size).toBe(2)
  })
})
