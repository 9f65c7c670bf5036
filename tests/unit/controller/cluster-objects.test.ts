import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { systemClock } from '../../../src/load-balancer/index.ts'
import type { KubernetesObject, Pod } from '../../../src/resources/index.ts'
import { createManualClock } from '../../manual-clock.ts'
import { ControllerRig, definition, hosted, ingress, node, prefix } from './controller-rig.ts'

let rig: ControllerRig
const plan = `${prefix}/dry-run-plan`

beforeEach(async () => {
  rig = new ControllerRig()
  await rig.start()
})

afterEach(() => rig.stop())

function requests(method: string): string[] {
  return rig.server.received.filter(each => each.method === method).map(({ path }) => path)
}

describe('TargetGroupBindings', () => {
  test('come and go with the target groups of an Ingress, and are told of', async () => {
    rig.server.put(definition('targetgroupbindings'), ingress())
    await rig.controller()
    await rig.until(() => rig.server.list('TargetGroupBinding').length === 1)
    const [binding] = rig.server.list('TargetGroupBinding')
    expect(binding).toMatchObject({
      metadata: {
        name: expect.stringMatching(/^k8s-shop-web-[0-9a-f]{10}$/),
        finalizers: ['elbv2.k8s.aws/resources'],
        labels: { 'ingress.k8s.aws/stack-namespace': 'shop', 'ingress.k8s.aws/stack-name': 'web' }
      },
      spec: {
        targetGroupARN: expect.stringMatching(
          /^arn:aws:elasticloadbalancing:us-west-2:111122223333:targetgroup\/k8s-shop-web-[0-9a-f]{10}\/[0-9a-f]{16}$/
        ),
        targetType: 'instance',
        serviceRef: { name: 'web', port: 80 }
      }
    })
    const { name } = binding!.metadata
    await rig.until(() => rig.told(name).length > 0)
    expect(rig.told(name)).toEqual(['SuccessfullyReconciled: Successfully reconciled'])
    rig.server.remove('Ingress', 'web', 'shop')
    await rig.until(() => rig.stored() === undefined && rig.server.list('TargetGroupBinding').length === 0)
  })

  test('one that somebody deletes is made again', async () => {
    rig.server.put(definition('targetgroupbindings'), ingress())
    await rig.controller()
    await rig.until(() => rig.server.list('TargetGroupBinding').length === 1)
    const [{ metadata }] = rig.server.list('TargetGroupBinding') as [KubernetesObject]
    rig.server.remove('TargetGroupBinding', metadata.name, 'shop')
    await rig.until(() => {
      const again = rig.server.find('TargetGroupBinding', metadata.name, 'shop')
      return again !== undefined && again.metadata.uid !== metadata.uid
    })
    expect(rig.server.list('TargetGroupBinding').map(binding => binding.metadata.name)).toEqual([metadata.name])
  })

  test('one that is left of an Ingress that is no more is taken down', async () => {
    rig.server.put(definition('targetgroupbindings'), {
      apiVersion: 'elbv2.k8s.aws/v1beta1',
      kind: 'TargetGroupBinding',
      metadata: {
        name: 'k8s-shop-old-0123456789',
        namespace: 'shop',
        finalizers: ['elbv2.k8s.aws/resources'],
        labels: { 'ingress.k8s.aws/stack': 'gone' }
      },
      spec: { serviceRef: { name: 'web', port: 80 } }
    } as KubernetesObject)
    await rig.controller()
    await rig.until(() => rig.server.list('TargetGroupBinding').length === 0)
    expect(rig.server.find('TargetGroupBinding', 'k8s-shop-old-0123456789', 'shop')).toBeUndefined()
  })

  test('without their definition there are none, and all else works', async () => {
    rig.server.put(ingress())
    await rig.controller()
    await rig.until(() => rig.told().length > 0)
    expect(requests('POST').filter(path => path.includes('targetgroupbindings'))).toEqual([])
  })

  test('of somebody else fill the target group that an action names by its ARN', async () => {
    const arn = 'arn:aws:elasticloadbalancing:us-west-2:111122223333:targetgroup/theirs/0123456789abcdef'
    const action = { type: 'forward', targetGroupARN: arn }
    const { spec, ...rest } = ingress('web', { [`${prefix}/actions.theirs`]: JSON.stringify(action) })
    const backend = { service: { name: 'theirs', port: { name: 'use-annotation' } } }
    rig.server.put(definition('targetgroupbindings'), { ...rest, spec: { ...spec, defaultBackend: backend } }, {
      apiVersion: 'elbv2.k8s.aws/v1beta1',
      kind: 'TargetGroupBinding',
      metadata: { name: 'theirs', namespace: 'shop' },
      spec: { targetGroupARN: arn, targetType: 'instance', serviceRef: { name: 'web', port: 'http' } }
    } as KubernetesObject)
    const controller = await rig.controller()
    await rig.until(() => rig.targets(controller).some(({ state }) => state === 'healthy'))
    expect(controller.describe()[0]!.targetGroups.map(({ id }) => id)).toEqual([arn])
    expect(rig.server.list('TargetGroupBinding').map(({ metadata }) => metadata.name)).toEqual(['theirs'])
  })

  test('one whose Service is not there is told so', async () => {
    rig.server.put(definition('targetgroupbindings'), {
      apiVersion: 'elbv2.k8s.aws/v1beta1',
      kind: 'TargetGroupBinding',
      metadata: { name: 'theirs', namespace: 'shop' },
      spec: { targetGroupARN: 'arn', serviceRef: { name: 'nosuch', port: 80 } }
    } as KubernetesObject)
    await rig.controller()
    await rig.until(() => rig.told('theirs').length > 0)
    expect(rig.told('theirs')).toEqual(['BackendNotFound: backend not found: Service "nosuch" not found'])
  })
})

describe('readiness gates', () => {
  test('a pod that waits for its health is registered, and told when it is healthy', async () => {
    rig.server.put(definition('targetgroupbindings'), ingress('web', { [`${prefix}/target-type`]: 'ip' }))
    const controller = await rig.controller()
    await rig.until(() => rig.server.list('TargetGroupBinding').length === 1)
    const gate = `target-health.elbv2.k8s.aws/${rig.server.list('TargetGroupBinding')[0]!.metadata.name}`
    rig.server.put(
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'web-1', namespace: 'shop', labels: { app: 'web' } },
        spec: { readinessGates: [{ conditionType: gate }] },
        status: { podIP: '127.0.0.1', conditions: [{ type: 'ContainersReady', status: 'True' }] }
      } as KubernetesObject,
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
        endpoints: [
          { addresses: ['127.0.0.1'], conditions: { ready: false }, targetRef: { kind: 'Pod', name: 'web-1' } },
          { addresses: ['127.0.0.2'], conditions: { ready: false }, targetRef: { kind: 'Pod', name: 'web-2' } }
        ],
        ports: [{ name: 'http', port: rig.port }]
      } as KubernetesObject
    )
    function conditions() {
      return (rig.server.find('Pod', 'web-1', 'shop') as Pod).status!.conditions!
    }
    await rig.until(() => conditions().some(({ type, status }) => type === gate && status === 'True'))
    expect(conditions().map(({ type }) => type)).toEqual(['ContainersReady', gate])
    expect(rig.targets(controller).map(({ target }) => target.address)).toEqual(['127.0.0.1'])
  })
})

describe('the dry-run plan', () => {
  test('stands on the first member of a group alone, and only where it is asked for', async () => {
    const group = { [`${prefix}/group.name`]: 'edge' }
    rig.server.put(hosted('two', group), hosted('one', { ...group, [plan]: 'an old one' }))
    await rig.controller({ planAnnotation: true })
    await rig.until(() => rig.told('one').length > 0 && rig.told('two').length > 0)
    expect(JSON.parse(rig.stored('one')!.metadata.annotations![plan]!)).toMatchObject({ id: 'edge' })
    expect(rig.stored('two')!.metadata.annotations![plan]).toBeUndefined()
    rig.server.put(hosted('another', { ...group, [`${prefix}/group.order`]: '-1' }))
    await rig.until(() => rig.stored('another')?.metadata.annotations?.[plan] !== undefined)
    await rig.until(() => rig.stored('one')!.metadata.annotations![plan] === undefined)
    await Promise.all(rig.controllers.splice(0).map(controller => controller.close()))
    await rig.controller()
    await rig.until(() => rig.stored('another')!.metadata.annotations![plan] === undefined)
  })
})

describe('nodes', () => {
  test('join and leave as they become ready or not; without any ready one, unknown ones stay', async () => {
    rig.server.put(ingress(), node('two', 'False'))
    const controller = await rig.controller()
    function registered() {
      return rig.targets(controller).filter(({ state }) => state !== 'draining').length
    }
    async function expectRegistered(count: number) {
      await rig.until(() => registered() === count)
      expect(registered()).toBe(count)
    }
    await expectRegistered(1)
    rig.server.put(node('two'))
    await expectRegistered(2)
    rig.server.put(node('one', 'Unknown'))
    await expectRegistered(1)
    rig.server.put(node('two', 'Unknown'))
    await expectRegistered(2)
    rig.server.remove('Node', 'one')
    rig.server.remove('Node', 'two')
    await expectRegistered(0)
  })
})

describe('a moved node port', () => {
  test('leaves no target for a while where AWS’s gaps are asked for', async () => {
    // The controller's own timers wait to be moved on; those of the load balancer run.
    const manual = createManualClock()
    const gaps: number[] = []
    const clock = {
      ...systemClock,
      setTimeout: (callback: () => void, milliseconds: number) => {
        if (milliseconds !== 2000) {
          return systemClock.setTimeout(callback, milliseconds)
        }
        gaps.push(milliseconds)
        return manual.setTimeout(callback, milliseconds)
      }
    }
    rig.server.put(ingress(), rig.service(1))
    const controller = await rig.controller({ faithfulGaps: true, clock })
    await rig.until(() => rig.told().length > 0)
    expect(gaps).toEqual([])
    rig.server.put(rig.service())
    function registered() {
      return rig.targets(controller).filter(({ state }) => state !== 'draining')
    }
    await rig.until(() => rig.targets(controller).length > 0 && registered().length === 0)
    await rig.until(() => gaps.length > 0)
    manual.advance(2000)
    await rig.until(() => registered().length === 1)
    expect(registered()[0]!.target.port).toBe(rig.port)
  })
})
