import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { execa } from 'execa'
import { contextOf, controllerName, controllerNamespace } from '../../src/cluster/index.ts'
import { defaultEnvironment, targetGroupARN } from '../../src/model/index.ts'
import type { Ingress, KubernetesObject } from '../../src/resources/index.ts'
import { stopAPIServer } from './api-server.ts'
import { healthOf, reasonsWithoutArgoCD } from './argocd.ts'
import { run } from './command.ts'
import { ControllerRig, ingress, prefix } from './controller-rig.ts'
import { define, missingDefinitions } from './definitions.ts'
import { describeWithTools, testUnless } from './tools.ts'

const minute = 60_000
const withoutArgoCD = await reasonsWithoutArgoCD()
await describeWithTools('the controller in kind', () => {
  const rig = new ControllerRig()
  beforeAll(() => rig.start(), 8 * minute)
  afterAll(() => rig.stop(), 6 * minute)

  function isServed(id: string) {
    return rig.until(`${id} answers`, async () => {
      const { status, headers } = await rig.request(id)
      if (status !== 200) {
        throw new Error(`it answers ${status}, ${JSON.stringify(headers)}`)
      }
      return true
    })
  }
  async function hostnameOf(ingressName: string): Promise<string | undefined> {
    return (await rig.ingress(ingressName))?.status?.loadBalancer?.ingress?.[0]?.hostname
  }

  test(
    'an Ingress is answered through the host’s own port, and everybody is told',
    async () => {
      await rig.apply(ingress('web'))
      await isServed('default/web')
      const { dnsName } = (await rig.loadBalancer('default/web'))!
      expect(await rig.kubectl('get', 'ingress', 'web', '--no-headers')).toContain(dnsName)
      expect(await rig.events('web')).toContain('SuccessfullyReconciled: Successfully reconciled')
      expect(JSON.parse((await rig.ingress('web'))!.metadata.annotations![`${prefix}/dry-run-plan`]!).id).toBe(
        'default/web'
      )
      const { exitCode, stdout } = await run(['status', '--name', rig.cluster], { environment: rig.environment })
      expect(exitCode).toBe(0)
      expect(stdout).toContain('http://')
      expect(stdout).toMatch(/: healthy$/m)
      // Two workers; a control plane node takes traffic too, unless it is labelled otherwise, as kind does.
      expect((await rig.targets('default/web')).healthy).toHaveLength(2)
    },
    minute
  )

  testUnless(
    withoutArgoCD,
    'Argo CD holds an Ingress for Progressing, and for Healthy once it has its status',
    async () => {
      // The API server's answer to a creation is the object before any controller saw it.
      const { stdout } = await execa('kubectl', ['create', '--filename', '-', '--output', 'json'], {
        env: rig.environment,
        input: JSON.stringify(ingress('health'))
      })
      expect(await healthOf(JSON.parse(stdout))).toEqual({ status: 'Progressing' })
      await rig.until('the Ingress has its status', () => hostnameOf('health'))
      expect(await healthOf((await rig.ingress('health'))!)).toEqual({ status: 'Healthy' })
      await rig.kubectl('delete', 'ingress', 'health', '--timeout=30s')
    },
    minute
  )

  test(
    'several load balancers have names and ports of their own',
    async () => {
      await rig.apply(ingress('other', { annotations: { [`${prefix}/listen-ports`]: '[{"HTTP":80},{"HTTP":8080}]' } }))
      await isServed('default/other')
      const all = (await rig.loadBalancers())!
      const addresses = all.flatMap(({ listeners }) => listeners.map(({ address }) => address))
      expect(all.map(({ id }) => id)).toEqual(['default/other', 'default/web'])
      expect(new Set(addresses).size).toBe(3)
      expect(new Set(all.map(({ dnsName }) => dnsName)).size).toBe(2)
      await rig.kubectl('delete', 'ingress', 'other', '--timeout=30s')
    },
    minute
  )

  test(
    'its rights are what it does, and no more',
    async () => {
      async function may(...what: string[]): Promise<boolean> {
        const { stdout } = await execa('kubectl', ['auth', 'can-i', ...what, `--as=${rig.serviceAccount}`], {
          env: rig.environment,
          reject: false
        })
        return stdout.trim() === 'yes'
      }
      expect(await may('patch', 'ingresses')).toBe(true)
      for (const what of [
        ['delete', 'ingresses'],
        ['get', 'secrets'],
        ['list', 'secrets', '-A'],
        ['update', 'nodes'],
        ['delete', 'pods'],
        ['create', 'deployments']
      ]) {
        expect({ what, may: await may(...what) }).toEqual({ what, may: false })
      }
    },
    minute
  )

  test(
    'the webhook refuses what the controller would, in its words',
    async () => {
      const object = ingress('refused')
      const spec = { ...(object.spec as object), ingressClassName: 'nosuch' }
      await expect(rig.apply({ ...object, spec })).rejects.toMatchObject({
        message: expect.stringContaining(
          'admission webhook "vingress.elbv2.k8s.aws" denied the request: invalid ingress class: IngressClass.networking.k8s.io "nosuch" not found'
        )
      })
    },
    minute
  )

  test(
    'a new Service of type LoadBalancer gets the controller’s class by its webhook, and a load balancer',
    async () => {
      const service: KubernetesObject = {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'network', namespace: 'default' },
        spec: {
          type: 'LoadBalancer',
          selector: { app: 'istio-alb-sample' },
          ports: [{ name: 'http', port: 80, targetPort: 8080 }]
        }
      }
      await rig.apply(service)
      const stored = await rig.kubectl('get', 'service', 'network', '--output', 'jsonpath={.spec.loadBalancerClass}')
      expect(stored).toBe('service.k8s.aws/nlb')
      await isServed('default/network')
      expect((await rig.loadBalancer('default/network'))!.type).toBe('network')
      await rig.kubectl('delete', 'service', 'network', '--timeout=30s')
    },
    minute
  )

  const withoutDefinitions = missingDefinitions('controller')
  testUnless(
    withoutDefinitions,
    'pods are targets by their address, and wait for their health',
    async () => {
      await define(contextOf(rig.cluster), { environment: rig.environment })
      await rig.kubectl('label', 'namespace', 'default', 'elbv2.k8s.aws/pod-readiness-gate-inject=enabled')
      await rig.apply(ingress('pods', { annotations: { [`${prefix}/target-type`]: 'ip' } }))
      await rig.until('both pods are healthy', async () => (await rig.targets('default/pods')).healthy?.length === 2)
      await rig.until('each target group has its object', async () => {
        const bindings = await rig.kubectl('get', 'targetgroupbindings', '--output', 'name')
        return bindings.split('\n').length === 2
      })
      await rig.kubectl('rollout', 'restart', 'deployment/istio-alb-sample')
      await rig.kubectl('rollout', 'status', 'deployment/istio-alb-sample', '--timeout=240s')
      const pods = JSON.parse(await rig.kubectl('get', 'pods', '-l', 'app=istio-alb-sample', '--output', 'json')) as {
        items: {
          metadata: { deletionTimestamp?: string }
          spec: { readinessGates?: { conditionType: string }[] }
          status: { conditions: { type: string; status: string }[] }
        }[]
      }
      for (const { metadata, spec, status } of pods.items) {
        if (metadata.deletionTimestamp) {
          continue
        }
        const [gate] = spec.readinessGates!
        expect(gate!.conditionType).toMatch(/^target-health\.elbv2\.k8s\.aws\/k8s-default-/)
        expect(status.conditions).toContainEqual(expect.objectContaining({ type: gate!.conditionType, status: 'True' }))
      }
      await rig.kubectl('label', 'namespace', 'default', 'elbv2.k8s.aws/pod-readiness-gate-inject-')
      await rig.kubectl('delete', 'ingress', 'pods', '--timeout=30s')
      await rig.until('the bindings are gone', async () => {
        const left = await rig.kubectl('get', 'targetgroupbindings', '--output', 'name')
        return !left.includes('pods') && left.split('\n').filter(Boolean).length === 1
      })
    },
    3 * minute
  )

  testUnless(
    withoutDefinitions,
    'a TargetGroupBinding gets what it leaves out, and is refused in the controller’s words',
    async () => {
      function arn(name: string) {
        return targetGroupARN(name, defaultEnvironment)
      }
      function binding(name: string, spec: object): KubernetesObject {
        return {
          apiVersion: 'elbv2.k8s.aws/v1beta1',
          kind: 'TargetGroupBinding',
          metadata: { name, namespace: 'default' },
          spec: { serviceRef: { name: 'istio-alb-sample', port: 80 }, ...spec }
        }
      }
      await rig.apply(binding('mine', { targetGroupName: 'legacy' }))
      const { spec } = JSON.parse(await rig.kubectl('get', 'targetgroupbinding', 'mine', '--output', 'json'))
      expect(spec).toMatchObject({
        targetGroupARN: arn('legacy'),
        targetType: 'instance',
        ipAddressType: 'ipv4',
        targetGroupProtocol: 'HTTP'
      })
      for (const [what, refusal] of [
        [{}, '"mtargetgroupbinding.elbv2.k8s.aws" denied the request: must provide either TargetGroupARN or Target'],
        [
          { targetGroupARN: arn('legacy') },
          `"vtargetgroupbinding.elbv2.k8s.aws" denied the request: TargetGroup ${arn('legacy')} is already bound to following TargetGroupBindings [default/mine]`
        ]
      ] as const) {
        await expect(rig.apply(binding('other', what))).rejects.toMatchObject({
          message: expect.stringContaining(refusal)
        })
      }
      await expect(rig.apply(binding('mine', { targetGroupARN: arn('another') }))).rejects.toMatchObject({
        message: expect.stringContaining('update may not change these immutable fields: spec.targetGroupARN')
      })
      await rig.kubectl('delete', 'targetgroupbinding', 'mine', '--timeout=30s')
    },
    minute
  )

  test(
    'no request is lost while the pods behind it are rolled',
    async () => {
      const { address } = (await rig.loadBalancer('default/web'))!.listeners[0]!
      let rolling = true
      const statuses: number[] = []
      const load = (async () => {
        while (rolling) {
          const response = await fetch(`http://${address}/`).catch((error: Error) => ({ status: 0, error }))
          statuses.push(response.status)
        }
      })()
      await rig.kubectl('rollout', 'restart', 'deployment/istio-alb-sample')
      await rig.kubectl('rollout', 'status', 'deployment/istio-alb-sample', '--timeout=240s')
      rolling = false
      await load
      expect(statuses.length).toBeGreaterThan(50)
      expect(statuses.filter(status => status !== 200)).toEqual([])
    },
    6 * minute
  )

  test(
    'killed in the middle of its work it leaves nothing behind',
    async () => {
      const groups = ['a', 'b', 'c', 'd']
      const many = groups.flatMap(group =>
        Array.from({ length: 25 }, (_, index) =>
          ingress(`${group}-${index}`, {
            host: `${group}-${index}.example.com`,
            annotations: { [`${prefix}/group.name`]: group }
          })
        )
      )
      await rig.apply(...many)
      const pod = (await rig.pods())[0]!.name
      await rig.kubectl('-n', controllerNamespace, 'delete', 'pod', pod, '--force', '--grace-period=0')
      await rig.until('every status is right', async () => {
        const all = (await rig.ingresses()).filter(({ metadata }) => /^[a-d]-/.test(metadata.name))
        const balancers = new Map((await rig.loadBalancers())?.map(({ id, dnsName }) => [id, dnsName]))
        return (
          all.length === many.length &&
          all.every(({ metadata, status }) => {
            const dnsName = balancers.get(metadata.annotations![`${prefix}/group.name`]!)
            return dnsName !== undefined && status?.loadBalancer?.ingress?.[0]?.hostname === dnsName
          })
        )
      })
      const names = many.map(({ metadata }) => metadata.name)
      await rig.kubectl('delete', 'ingress', ...names, '--wait=false')
      await rig.kubectl('delete', 'ingress', ...names, '--ignore-not-found', '--timeout=240s')
      await rig.until('one load balancer is left', async () => (await rig.loadBalancers())?.length === 1)
      expect((await rig.ingresses()).map(({ metadata }) => metadata.name)).toEqual(['web'])
    },
    4 * minute
  )

  test(
    'a thousand Ingresses come and go',
    async () => {
      const names = Array.from({ length: 1000 }, (_, index) => `many-${index}`)
      // As many groups as there are ports left: each load balancer has fewer rules than AWS allows, 100.
      await rig.create(
        names.map((name, index) =>
          ingress(name, {
            host: `${name}.example.com`,
            annotations: { [`${prefix}/group.name`]: `many-${index % 16}` }
          })
        )
      )
      function isNamed({ metadata, status }: Ingress): boolean {
        return !metadata.name.startsWith('many-') || status?.loadBalancer?.ingress?.[0]?.hostname !== undefined
      }
      // A small machine does little else than answer these questions, if they are asked too often.
      const seldom = { longest: 8 * minute, every: 2_000 }
      await rig.until('every Ingress has its host name', async () => (await rig.ingresses()).every(isNamed), seldom)
      expect((await rig.loadBalancers())!.filter(({ id }) => id.startsWith('many-'))).toHaveLength(16)
      await rig.until(
        'the last one answers',
        async () => (await rig.request('many-7', 'many-999.example.com')).status === 200
      )
      await rig.deleteIngresses(name => name.startsWith('many-'))
      await rig.until('all of them are gone', async () => (await rig.ingresses()).length === 1, seldom)
      await rig.until('one load balancer is left', async () => (await rig.loadBalancers())?.length === 1)
    },
    20 * minute
  )

  test(
    'of two controllers one works; when it goes another does, with the same name',
    async () => {
      const hostname = await hostnameOf('web')
      await rig.kubectl('-n', controllerNamespace, 'scale', `deployment/${controllerName}`, '--replicas=2')
      const [working, standing] = await rig.until('a second one stands by', async () => {
        const pods = await rig.pods()
        return pods.length === 2 && (await rig.log(pods[1]!.name)).some(({ type }) => type === 'webhooks') && pods
      })
      expect([working!.ready, standing!.ready]).toEqual([true, false])
      await rig.kubectl('-n', controllerNamespace, 'delete', 'pod', working!.name, '--wait=false')
      // The one that stood by, or the one that the Deployment starts in the place of the first: who asks first has the Lease.
      await rig.until('another works', async () =>
        (await rig.pods()).some(({ name, ready }) => ready && name !== working!.name)
      )
      await isServed('default/web')
      expect(await hostnameOf('web')).toBe(hostname)
      await rig.kubectl('-n', controllerNamespace, 'scale', `deployment/${controllerName}`, '--replicas=1')
      await rig.until('one is left', async () => {
        const pods = await rig.pods()
        return pods.length === 1 && pods[0]!.ready
      })
    },
    6 * minute
  )

  test(
    'a Lease by a clock that is far ahead is respected, and taken over when nobody renews it',
    async () => {
      const hostname = await hostnameOf('web')
      const lease = { spec: { holderIdentity: 'gone', renewTime: '2099-01-01T00:00:00.000000Z' } }
      const patch = ['patch', 'lease', controllerName, '--type=merge', `--patch=${JSON.stringify(lease)}`]
      await rig.kubectl('-n', controllerNamespace, ...patch)
      await rig.until('the one that worked ends', async () => (await rig.pods()).every(({ ready }) => !ready))
      await rig.until('it works again', async () => (await rig.pods()).some(({ ready }) => ready))
      await isServed('default/web')
      expect(await hostnameOf('web')).toBe(hostname)
    },
    6 * minute
  )

  test(
    'rights that are taken away are told, and what waited is done when they are back',
    async () => {
      const binding = await rig.kubectl('get', 'clusterrolebinding', controllerName, '--output', 'json')
      const pod = (await rig.pods())[0]!.name
      await rig.kubectl('delete', 'clusterrolebinding', controllerName)
      try {
        await rig.apply(ingress('waiting'))
        await rig.until('the log says so', async () =>
          (await rig.log(pod)).some(({ type, message }) => type === 'error' && message?.includes('forbidden'))
        )
        expect((await rig.request('default/web')).status).toBe(200)
      } finally {
        const { roleRef, subjects, metadata, apiVersion, kind } = JSON.parse(binding)
        await rig.apply({ apiVersion, kind, metadata: { name: metadata.name }, roleRef, subjects } as never)
      }
      await isServed('default/waiting')
      await rig.kubectl('delete', 'ingress', 'waiting', '--timeout=60s')
    },
    6 * minute
  )

  test(
    'an API server that stops and starts: requests go on, and what changes after is followed',
    async () => {
      const { address } = (await rig.loadBalancer('default/web'))!.listeners[0]!
      const restart = await stopAPIServer(rig.cluster)
      await rig.until('the API server is away', async () => (await rig.kubectl('version').catch(() => false)) === false)
      expect((await fetch(`http://${address}/`)).status).toBe(200)
      // It comes back with a short memory, for the next test: watches end after seconds, and cannot go on from where they were.
      await restart('--watch-cache=false', '--min-request-timeout=3', '--etcd-compaction-interval=1s')
      await rig.until('it is back', () => rig.kubectl('get', '--raw', '/readyz'))
      await rig.until('an Ingress is taken', () => rig.apply(ingress('after')).then(() => true))
      await isServed('default/after')
      await rig.kubectl('delete', 'ingress', 'after', '--timeout=60s')
    },
    3 * minute
  )

  test(
    'a watch that expired (410) is listed anew, and what changes is followed',
    async () => {
      const pod = (await rig.pods())[0]!.name
      await rig.until('the watch of Services expired', async () =>
        (await rig.log(pod)).some(({ type, kind }) => type === 'watch-expired' && kind === 'Service')
      )
      const port = 31_999
      const patch = JSON.stringify([{ op: 'replace', path: '/spec/ports/0/nodePort', value: port }])
      await rig.kubectl('patch', 'service', 'istio-alb-sample', '--type=json', `--patch=${patch}`)
      await rig.until('the new node port is healthy', async () => {
        const groups = (await rig.loadBalancer('default/web'))?.targetGroups ?? []
        return groups.every(({ targets }) =>
          targets.some(({ target, state }) => target.port === port && state === 'healthy')
        )
      })
      await isServed('default/web')
      expect(Object.keys(await rig.targets('default/web'))).toContain('healthy')
    },
    6 * minute
  )

  test(
    'a node that is drained stays, one that is killed leaves the target groups and joins them when it is back',
    async () => {
      async function healthy(count: number) {
        return rig.until(`${count} healthy`, async () => {
          const { healthy = [], ...others } = await rig.targets('default/web')
          return healthy.length === count && Object.keys(others).length === 0
        })
      }
      await healthy(2)
      // Not the one that the controller itself runs on.
      const where = await rig.kubectl(
        '-n',
        controllerNamespace,
        'get',
        'pods',
        '--output',
        'jsonpath={.items[0].spec.nodeName}'
      )
      const node = ['worker', 'worker2'].map(each => `${rig.cluster}-${each}`).find(each => each !== where)!
      await rig.kubectl('drain', node, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=240s')
      // A cordoned node sends on as before, to pods that are elsewhere.
      await healthy(2)
      await isServed('default/web')
      expect((await rig.targets('default/web')).healthy).toHaveLength(2)
      await execa('docker', ['kill', node])
      await healthy(1)
      await isServed('default/web')
      await execa('docker', ['start', node])
      await rig.kubectl('uncordon', node)
      await healthy(2)
    },
    4 * minute
  )

  test(
    'it answers about its health and counts, and drains at its end',
    async () => {
      const service = `/api/v1/namespaces/${controllerNamespace}/services/${controllerName}-operations:operations/proxy`
      expect(await rig.kubectl('get', '--raw', `${service}/healthz`)).toBe('ok')
      const metrics = await rig.kubectl('get', '--raw', `${service}/metrics`)
      expect(metrics).toMatch(/^istio_alb_controller_load_balancers [1-9]$/m)
      expect(metrics).toMatch(/^aws_applicationelb_request_count_total\{load_balancer="k8s-default-web-/m)
    },
    minute
  )
})
