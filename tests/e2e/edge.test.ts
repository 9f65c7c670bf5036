import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { execa } from 'execa'
import { clusterExists } from '../../src/cluster/index.ts'
import type { Finding } from '../../src/failure.ts'
import { ownChart, renderChart } from '../../src/render/index.ts'
import type { Ingress } from '../../src/resources/index.ts'
import { allHealthy, edgeScenarios } from '../cases/edge.cases.ts'
import { stopAPIServer } from './api-server.ts'
import { run } from './command.ts'
import { describeFrontDoors } from './front-door-scenarios.ts'
import { describeGateway } from './gateway-scenarios.ts'
import { describeIstio } from './istio-scenarios.ts'
import { KindRig } from './kind-rig.ts'
import { describeSituations } from './situation-scenarios.ts'
import { describeWithTools } from './tools.ts'

const minute = 60_000
await describeWithTools('an edge in kind', () => {
  const rig = new KindRig()
  beforeAll(() => rig.start(), 15 * minute)
  afterAll(() => rig.stop(), 2 * minute)

  async function ingress(): Promise<Ingress> {
    return JSON.parse(await rig.kubectl('get', 'ingress', 'common-external-ingress', '--output', 'json'))
  }
  async function eventsOf(): Promise<string[]> {
    const selector = '--field-selector=involvedObject.name=common-external-ingress'
    const { items } = JSON.parse(await rig.kubectl('get', 'events', selector, '--output', 'json')) as {
      items: { type: string; reason: string; message: string }[]
    }
    return items.map(({ type, reason, message }) => `${type} ${reason}: ${message}`)
  }

  test('`up` tells each of its steps, and is ready', () => {
    const steps = rig.lines.flatMap(line => (line.type === 'step' && line.state === 'done' ? [line] : []))
    expect(steps.map(step => step.name)).toEqual([
      'find docker, kind, kubectl, istioctl and helm',
      'render the chart',
      `create the cluster ${rig.cluster}`,
      'load images',
      'deploy the sample service',
      'install Istio',
      'install the chart',
      'wait for the gateway',
      'route the gateway to the sample service',
      'start the controller',
      'wait for healthy targets'
    ])
    for (const { milliseconds } of steps) {
      expect(milliseconds).toBeGreaterThanOrEqual(0)
    }
  })

  test('kubectl shows the host name and the ports in the status, the finalizer, and that it was reconciled', async () => {
    const { metadata, status } = await ingress()
    const { dnsName } = (await rig.describe())!
    expect(dnsName).toMatch(/^common-external-ingress-\d{10}\.us-west-2\.elb\.localhost$/)
    expect(status!.loadBalancer!.ingress).toEqual([
      {
        hostname: dnsName,
        ports: [
          { port: 80, protocol: '' },
          { port: 443, protocol: '' }
        ]
      }
    ])
    expect(metadata.finalizers).toEqual(['ingress.k8s.aws/resources'])
    expect(await eventsOf()).toContain('Normal SuccessfullyReconciled: Successfully reconciled')
  })

  test(
    '`status` shows it, with the health of its targets',
    async () => {
      const { exitCode, stdout } = await run(['status', '--name', rig.cluster, '--output', 'json'])
      expect(exitCode).toBe(0)
      const { controllers } = JSON.parse(stdout) as { controllers: { context: string; loadBalancers: unknown[] }[] }
      expect(controllers).toHaveLength(1)
      expect(controllers[0]!.context).toBe(`kind-${rig.cluster}`)
      expect(controllers[0]!.loadBalancers).toEqual([await rig.describe()])
      const text = await run(['status', '--name', rig.cluster])
      expect(text.stdout).toContain('load balancer common-external-ingress (internet-facing)')
      expect(text.stdout).toMatch(/: healthy$/m)
    },
    minute
  )

  test(
    '`check --context` reads the cluster as it is, and finds no error',
    async () => {
      const context = `kind-${rig.cluster}`
      const { exitCode, stdout } = await run(['check', '--context', context, '--output', 'json'], {
        environment: rig.environment
      })
      const findings = JSON.parse(stdout) as Finding[]
      expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
      expect(exitCode).toBe(0)
    },
    minute
  )

  test(
    'a second controller for the same cluster is refused',
    async () => {
      const refused = await run(['controller', '--context', `kind-${rig.cluster}`], { environment: rig.environment })
      expect(refused.exitCode).toBe(2)
      expect(refused.stderr).toContain('runs already')
    },
    minute
  )

  test.each(['values.yaml', 'ci/article-values.yaml'])(
    'the API server takes every object of %s, strictly validated',
    async values => {
      const manifest = await renderChart({
        values: [`${ownChart}/${values}`],
        set: ['gateway.istioOperator.render=configMap']
      })
      const { stdout } = await execa('kubectl', ['apply', '--dry-run=server', '--validate=strict', '--filename', '-'], {
        input: manifest,
        env: rig.environment
      })
      expect(stdout.split('\n').length).toBeGreaterThanOrEqual(2)
      for (const line of stdout.split('\n')) {
        expect(line).toMatch(/ (created|configured|unchanged) \(server dry run\)$/)
      }
    }
  )

  test(
    '`helm install` of the defaults works without the IstioOperator kind, and gets a load balancer of its own',
    async () => {
      const { environment: env } = rig
      const definitions = await rig.kubectl('get', 'customresourcedefinitions', '--output', 'name')
      expect(definitions).not.toContain('istiooperators')
      const release = ['--namespace', 'defaults', '--kube-context', `kind-${rig.cluster}`]
      const group = 'defaults/defaults-istio-alb-ingress'
      const made = rig.seen(
        'its load balancer',
        line => line.type === 'load-balancer' && line.loadBalancer.id === group
      )
      await execa('helm', ['install', 'defaults', ownChart, ...release, '--create-namespace'], { env })
      await made
      const addresses = [rig.describeGroup(group)!, (await rig.describe())!].map(
        ({ listeners }) => listeners.find(({ port }) => port === 80)!.address
      )
      expect(new Set(addresses).size).toBe(2)
      const ended = rig.seen('its end', line => line.type === 'load-balancer-deleted' && line.id === group)
      await execa('helm', ['uninstall', 'defaults', ...release], { env })
      await ended
    },
    2 * minute
  )

  test(
    'a plan that fails is told by the controller’s event, what runs goes on, and its end is told too',
    async () => {
      const annotation = 'alb.ingress.kubernetes.io/scheme'
      const failed = rig.seen('the failure', line => line.type === 'event' && line.reason === 'FailedBuildModel')
      await rig.kubectl('annotate', '--overwrite', 'ingress', 'common-external-ingress', `${annotation}=public`)
      await failed
      expect((await rig.request({ scheme: 'https', path: '/' })).status).toBe(200)
      const well = rig.seen(
        'that all is well',
        line => line.type === 'event' && line.reason === 'SuccessfullyReconciled'
      )
      await rig.kubectl(
        'annotate',
        '--overwrite',
        'ingress',
        'common-external-ingress',
        `${annotation}=internet-facing`
      )
      await well
      expect(await eventsOf()).toContain('Warning FailedBuildModel: Failed build model due to unknown scheme: public')
    },
    minute
  )

  test(
    'an API server that goes away is one message; requests go on, and what changes after its return is followed',
    async () => {
      function count(type: string) {
        return rig.lines.filter(line => line.type === type).length
      }
      const lost = rig.seen('that it is lost', line => line.type === 'api-lost')
      const restart = await stopAPIServer(rig.cluster)
      await lost
      expect((await rig.request({ scheme: 'https', path: '/' })).status).toBe(200)
      const restored = rig.seen('that it is back', line => line.type === 'api-restored')
      await restart()
      await restored
      expect([count('api-lost'), count('api-restored')]).toEqual([1, 1])
      const path = 'alb.ingress.kubernetes.io/healthcheck-path'
      await rig.annotateService(path, '/nowhere')
      await rig.until('targets checked on the new path', description =>
        (description?.targetGroups ?? []).some(({ targets }) =>
          targets.some(target => target.description === 'Health checks failed with these codes: [404]')
        )
      )
      await rig.annotateService(path, '/healthz/ready')
      await rig.until('all targets healthy again', allHealthy)
    },
    5 * minute
  )

  // Here, since the gateway of this cluster is up already.
  describeGateway(rig)

  describeIstio(rig)

  describe('as on every cluster', () => {
    test.each(edgeScenarios)('$name', scenario => scenario.run(rig), 4 * minute)
  })

  test('the deleted Ingress is gone, finalizer and all', async () => {
    expect(await rig.kubectl('get', 'ingress', '--output', 'name')).toBe('')
  })

  // Behind all else, since definitions of others' kinds come into the cluster.
  describeFrontDoors(rig)

  describeSituations(rig)

  test(
    'Ctrl-C removes the cluster and everything that the command kept; `down` finds nothing to do',
    async () => {
      const { exitCode, stderr } = await rig.interrupt()
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
      expect(await clusterExists(rig.cluster)).toBe(false)
      const status = await run(['status', '--name', rig.cluster])
      expect(status.exitCode).toBe(3)
      expect(status.stderr).toContain('istio-alb up')
      const down = await run(['down', '--name', rig.cluster], { environment: rig.environment })
      expect(down).toMatchObject({ exitCode: 0, stdout: `there is no cluster ${rig.cluster}` })
    },
    2 * minute
  )
})
