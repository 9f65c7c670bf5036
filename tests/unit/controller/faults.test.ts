import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Controller } from '../../../src/controller/controller.ts'
import type { Ingress, IngressClassParams } from '../../../src/resources/index.ts'
import { sendTo } from '../../cases/edge-client.ts'
import { ControllerRig, definition, finalizer, hosted, ingress, prefix } from './controller-rig.ts'

let rig: ControllerRig

beforeEach(async () => {
  rig = new ControllerRig()
  await rig.start()
})

afterEach(() => rig.stop())

const reconciled = 'SuccessfullyReconciled: Successfully reconciled'

function addressOf(controller: Controller, id: string): string {
  return controller.describe().find(loadBalancer => loadBalancer.id === id)!.listeners[0]!.address
}

describe('a controller that ends in the middle of its work', () => {
  const written = [
    { after: 'the finalizer', refused: '/status', metadata: { finalizers: [finalizer] } },
    { after: 'nothing', refused: '', metadata: {} }
  ]
  test.each(written)(
    'after $after: the next one finishes it, and an Ingress deleted meanwhile goes',
    async ({ refused, metadata }) => {
      rig.server.put(ingress(), ingress('leaving'))
      for (const name of ['web', 'leaving']) {
        rig.server.refuse(`PATCH /apis/networking.k8s.io/v1/namespaces/shop/ingresses/${name}${refused}`, {
          status: 503,
          message: 'not now'
        })
      }
      const first = await rig.controller()
      await rig.until(() => rig.events.filter(({ type }) => type === 'error').length >= 2)
      // Killed: it has neither removed nor written anything since.
      await first.close()
      expect(rig.stored()).toMatchObject({ metadata })
      expect(rig.stored()!.status).toBeUndefined()
      rig.server.allow()
      rig.server.remove('Ingress', 'leaving', 'shop')
      const second = await rig.controller()
      await rig.until(() => rig.told().at(-1) === reconciled && rig.stored('leaving') === undefined)
      expect(rig.stored()!.status!.loadBalancer!.ingress![0]!.hostname).toBe(
        second.describe()[0]!.dnsName.toLowerCase()
      )
      expect(second.describe().map(({ id }) => id)).toEqual(['shop/web'])
    }
  )
})

describe('rights that are taken away', () => {
  test('what runs goes on, the log says so once, and what changed meanwhile is followed when they are back', async () => {
    rig.server.put(ingress())
    const controller = await rig.controller()
    await rig.until(() => rig.told().length > 0)
    const message = 'ingresses.networking.k8s.io is forbidden: User "controller" cannot list resource "ingresses"'
    rig.server.refuse('GET /apis/networking.k8s.io/v1/ingresses', { status: 403, message })
    rig.server.expireWatches()
    await rig.until(() => rig.events.some(({ type }) => type === 'watch-failed'))
    expect((await sendTo(addressOf(controller, 'shop/web'), 'a', { scheme: 'http', path: '/' })).status).toBe(200)
    rig.server.remove('Ingress', 'web', 'shop')
    rig.server.put(ingress('another'))
    rig.server.allow()
    await rig.until(() => rig.stored() === undefined && rig.told('another').length > 0)
    expect(rig.events.filter(({ type }) => type === 'watch-failed' || type === 'watch-restored')).toEqual([
      // A watch that is refused tells less than a list.
      { type: 'watch-failed', kind: 'Ingress', message: expect.stringMatching(/forbidden/i) },
      { type: 'watch-restored', kind: 'Ingress' }
    ])
  }, 20_000)
})

describe('definitions that come and go', () => {
  test('IngressClassParams take effect once they can be, and their absence is told in the controller’s words', async () => {
    rig.server.put(
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'IngressClass',
        metadata: { name: 'alb' },
        spec: {
          controller: 'ingress.k8s.aws/alb',
          parameters: { apiGroup: 'elbv2.k8s.aws', kind: 'IngressClassParams', name: 'public' }
        }
      },
      ingress()
    )
    const controller = await rig.controller()
    await rig.until(() => rig.told().length > 0)
    expect(rig.told()).toEqual([
      'FailedLoadGroupID: failed load groupID due to invalid ingress class: IngressClassParams.elbv2.k8s.aws "public" not found'
    ])
    rig.server.put(definition('ingressclassparams'), {
      apiVersion: 'elbv2.k8s.aws/v1beta1',
      kind: 'IngressClassParams',
      metadata: { name: 'public' },
      spec: { scheme: 'internet-facing', group: { name: 'public' } }
    } as IngressClassParams)
    await rig.until(() => rig.told().at(-1) === reconciled)
    expect(controller.describe()).toMatchObject([{ id: 'public', scheme: 'internet-facing' }])
  })
})

describe('input of any size', () => {
  test('a hundred Ingresses in five groups come and go; nothing is left', async () => {
    const groups = 5
    const each = 20
    const names = Array.from({ length: groups * each }, (_, index) => `web-${index}`)
    rig.server.put(...names.map((name, index) => hosted(name, { [`${prefix}/group.name`]: `group-${index % groups}` })))
    // As many target groups are checked as often as on AWS: that is enough.
    const controller = await rig.controller({ timeScale: 1 })
    function isDone(name: string): boolean {
      return rig.stored(name)?.status?.loadBalancer?.ingress !== undefined
    }
    await rig.until(() => isDone(names.at(-1)!) && names.every(isDone))
    expect(controller.describe()).toHaveLength(groups)
    const host = `${names[77]}.example.com`
    const answer = await sendTo(addressOf(controller, `group-${77 % groups}`), host, { scheme: 'http', path: '/' })
    expect(answer.body).toBe('application')
    for (const name of names) {
      rig.server.remove('Ingress', name, 'shop')
    }
    await rig.until(() => rig.stored(names.at(-1)!) === undefined && rig.server.list('Ingress').length === 0)
    await rig.until(() => controller.describe().length === 0)
    expect(rig.events.filter(({ type }) => type === 'error')).toEqual([])
    function counted(type: string) {
      return rig.events.filter(event => event.type === type).length
    }
    expect([counted('listener-opened'), counted('listener-closed')]).toEqual([groups, groups])
  }, 60_000)

  test('megabytes of annotations are told, and the rest keeps working', async () => {
    // The API server takes 256 KiB of annotations for each object.
    const action = `{"type":"${'x'.repeat(250_000)}`
    const names = Array.from({ length: 8 }, (_, index) => `huge-${index}`)
    const backend = { service: { name: 'web', port: { name: 'use-annotation' } } }
    const huge = names.map(name => {
      const { spec, ...rest } = ingress(name, { [`${prefix}/actions.web`]: action })
      return { ...rest, spec: { ...spec, defaultBackend: backend } }
    })
    rig.server.put(...(huge as Ingress[]), ingress())
    await rig.controller()
    await rig.until(() => [...names, 'web'].every(name => rig.told(name).length > 0))
    expect(rig.told()).toEqual([reconciled])
    for (const name of names) {
      expect(rig.told(name)[0]).toContain(`/actions.web: ${action}`)
    }
  }, 20_000)
})
