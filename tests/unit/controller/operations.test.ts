import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { ControllerMetrics, mergeFamilies } from '../../../src/controller/metrics.ts'
import { type Operations, serveOperations } from '../../../src/controller/operations.ts'

let ready: boolean
let operations: Operations

beforeEach(async () => {
  ready = false
  operations = await serveOperations({
    host: '127.0.0.1',
    port: 0,
    isReady: () => ready,
    metrics: () => 'up 1\n',
    status: () => ({ loadBalancers: [] })
  })
})

afterEach(() => operations.close())

async function get(path: string): Promise<{ status: number; type: string; body: string }> {
  const response = await fetch(`http://127.0.0.1:${operations.port}${path}`)
  return { status: response.status, type: response.headers.get('content-type') ?? '', body: await response.text() }
}

describe('what a controller answers about itself', () => {
  test.each([
    { path: '/healthz', status: 200, type: 'text/plain; charset=utf-8', body: 'ok\n' },
    { path: '/readyz', status: 503, type: 'text/plain; charset=utf-8', body: 'standing by\n' },
    { path: '/metrics', status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: 'up 1\n' },
    { path: '/status?pretty', status: 200, type: 'application/json', body: '{"loadBalancers":[]}' },
    { path: '/nowhere', status: 404, type: 'text/plain; charset=utf-8', body: 'not found\n' }
  ])('$path: $status', async ({ path, ...answer }) => {
    expect(await get(path)).toEqual(answer)
  })

  test('it is ready once it works', async () => {
    ready = true
    expect(await get('/readyz')).toMatchObject({ status: 200, body: 'ok\n' })
  })

  test('a busy port is told, with what to do', async () => {
    const again = serveOperations({
      host: '127.0.0.1',
      port: operations.port,
      isReady: () => true,
      metrics: () => '',
      status: () => ({})
    })
    await expect(again).rejects.toMatchObject({ exitCode: 2, code: 'PORT_BUSY' })
  })
})

describe('metrics', () => {
  test('events are counted by reason', () => {
    const metrics = new ControllerMetrics()
    const event = { type: 'event', object: 'Ingress shop/web', message: '' } as const
    metrics.take({ ...event, reason: 'SuccessfullyReconciled' })
    metrics.take({ ...event, reason: 'SuccessfullyReconciled' })
    metrics.take({ ...event, reason: 'FailedBuildModel' })
    metrics.take({ type: 'api-lost', server: 'https://api', message: 'away' })
    const lines = metrics.text({ load_balancers: 3, leader: 1 }).split('\n')
    expect(lines).toContain('istio_alb_controller_events_total{reason="SuccessfullyReconciled"} 2')
    expect(lines).toContain('istio_alb_controller_events_total{reason="FailedBuildModel"} 1')
    expect(lines).toContain('istio_alb_controller_api_losses_total 1')
    expect(lines).toContain('istio_alb_controller_load_balancers 3')
    expect(lines).toContain('# TYPE istio_alb_controller_leader gauge')
  })

  test('families of several load balancers stand together, under one head', () => {
    function text(name: string) {
      return `# HELP requests Requests\n# TYPE requests counter\nrequests{lb="${name}"} 1\n`
    }
    expect(mergeFamilies([text('one'), text('two')])).toBe(
      '# HELP requests Requests\n# TYPE requests counter\nrequests{lb="one"} 1\nrequests{lb="two"} 1\n'
    )
    expect(mergeFamilies([])).toBe('')
  })
})
