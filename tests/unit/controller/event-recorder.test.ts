import { beforeEach, describe, expect, test } from '@jest/globals'
import { ApiError } from '../../../src/controller/api.ts'
import type { ControllerEvent } from '../../../src/controller/controller-event.ts'
import { EventRecorder, noteKey } from '../../../src/controller/event-recorder.ts'
import { failed, type Note, succeeded } from '../../../src/controller/events.ts'
import type { Ingress, KubernetesObject } from '../../../src/resources/index.ts'
import { createManualClock } from '../../manual-clock.ts'

function ingress(name: string, uid = 'u-1'): Ingress {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: 'shop', uid }
  }
}

let clock: ReturnType<typeof createManualClock>
let log: ControllerEvent[]
/** Event objects as the cluster has them, by their path. */
let stored: Map<string, KubernetesObject & { count?: number }>
let recorder: EventRecorder

beforeEach(() => {
  clock = createManualClock()
  log = []
  stored = new Map()
  recorder = new EventRecorder({
    api: {
      post: async <T>(path: string, body: unknown) => {
        const event = body as KubernetesObject
        stored.set(`${path}/${event.metadata.name}`, event)
        return body as T
      },
      patch: async <T>(path: string, body: unknown) => {
        const event = stored.get(path)
        if (!event) {
          throw new ApiError(404, 'not found')
        }
        stored.set(path, { ...event, ...(body as object) })
        return undefined as T
      }
    },
    clock,
    onEvent: event => log.push(event)
  })
})

/** Lets the writes happen, which follow each other. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) {
    await Promise.resolve()
  }
}

function told() {
  return [...stored.values()].map(({ reason, message, count }) => `${count} × ${reason}: ${message}`)
}
const lost = failed('FailedDeployModel', 'no port is left')

describe('events about an object', () => {
  test('say nothing twice, until the note, the occasion or the object changes', async () => {
    const steps: [Ingress, Note, string, boolean][] = [
      [ingress('web'), succeeded, 'plan 1', true],
      [ingress('web'), succeeded, 'plan 1', false],
      [ingress('api'), succeeded, 'plan 1', true],
      [ingress('web'), succeeded, 'plan 2', true],
      [ingress('web'), lost, '', true],
      [ingress('web'), lost, '', false],
      [ingress('web'), succeeded, 'plan 2', true],
      [ingress('web', 'u-2'), succeeded, 'plan 2', true]
    ]
    for (const [object, note, occasion, news] of steps) {
      const before = log.length
      recorder.record(object, note, occasion)
      expect(log.length - before).toBe(news ? 1 : 0)
    }
    recorder.keepOnly(new Set([noteKey(ingress('api'))]))
    recorder.record(ingress('api'), succeeded, 'plan 1')
    expect(log).toHaveLength(6)
    recorder.record(ingress('web', 'u-2'), succeeded, 'plan 2')
    expect(log).toHaveLength(7)
  })

  test('are counted where they are said again', async () => {
    for (const occasion of ['one', 'two', 'three']) {
      recorder.record(ingress('web'), succeeded, occasion)
    }
    recorder.record(ingress('web'), lost, '')
    await settled()
    expect(told()).toEqual([
      '3 × SuccessfullyReconciled: Successfully reconciled',
      '1 × FailedDeployModel: Failed deploy model due to no port is left'
    ])
  })

  test('are written anew where the API server forgot them', async () => {
    recorder.record(ingress('web'), succeeded, 'one')
    await settled()
    stored.clear()
    recorder.record(ingress('web'), succeeded, 'two')
    await settled()
    expect(told()).toEqual(['1 × SuccessfullyReconciled: Successfully reconciled'])
  })

  test('are 25 at once, and one in five minutes; what is wrong is told by the log all the same', async () => {
    function say(count: number, note = succeeded) {
      for (let time = 0; time < count; time++) {
        recorder.record(ingress('web'), note, `${clock.now()} ${time}`)
      }
    }
    say(40)
    recorder.record(ingress('web'), lost, '')
    await settled()
    expect(told()).toEqual(['25 × SuccessfullyReconciled: Successfully reconciled'])
    expect(log.filter(({ type }) => type === 'event')).toHaveLength(25)
    expect(log.at(-1)).toEqual({
      type: 'error',
      message:
        'Ingress shop/web: FailedDeployModel: Failed deploy model due to no port is left (too many events about it to write another)'
    })
    recorder.record(ingress('api'), succeeded, 'of another')
    clock.advance(600_000)
    say(3)
    await settled()
    expect(told()).toEqual([
      '27 × SuccessfullyReconciled: Successfully reconciled',
      '1 × SuccessfullyReconciled: Successfully reconciled'
    ])
  })
})
