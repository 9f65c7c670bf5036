import { describe, expect, test } from '@jest/globals'
import { eventOf, type FailureReason, failed, succeeded } from '../../../src/controller/events.ts'
import type { Ingress } from '../../../src/resources/index.ts'

const ingress: Ingress = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'web', namespace: 'shop', uid: 'u-1', resourceVersion: '7' }
}

describe('the texts of events', () => {
  const cases: [FailureReason, string][] = [
    ['FailedBuildModel', 'Failed build model due to x'],
    ['FailedDeployModel', 'Failed deploy model due to x'],
    ['FailedAddFinalizer', 'Failed add finalizer due to x'],
    ['FailedRemoveFinalizer', 'Failed remove finalizer due to x'],
    ['FailedUpdateStatus', 'Failed update status due to x'],
    ['FailedLoadGroupID', 'failed load groupID due to x']
  ]
  test.each(cases)('%s', (reason, message) => {
    expect(failed(reason, 'x')).toEqual({ type: 'Warning', reason, message })
  })
})

describe('an Event object', () => {
  const now = Date.UTC(2026, 7, 3, 12, 0, 0, 250)

  test('names the Ingress, the reason, the component and the time', () => {
    expect(eventOf(ingress, succeeded, now, 1)).toEqual({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `web.${(BigInt(now) * 1_000_000n + 1n).toString(16)}`, namespace: 'shop' },
      involvedObject: {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        name: 'web',
        namespace: 'shop',
        uid: 'u-1',
        resourceVersion: '7'
      },
      type: 'Normal',
      reason: 'SuccessfullyReconciled',
      message: 'Successfully reconciled',
      source: { component: 'ingress' },
      firstTimestamp: '2026-08-03T12:00:00Z',
      lastTimestamp: '2026-08-03T12:00:00Z',
      count: 1
    })
  })

  test('has a name that the API takes, its own for each', () => {
    const long = { ...ingress, metadata: { ...ingress.metadata, name: 'w'.repeat(253) } }
    const names = [0, 1].map(sequence => eventOf(long, succeeded, now, sequence).metadata.name)
    expect(new Set(names).size).toBe(2)
    for (const name of names) {
      expect(name.length).toBeLessThanOrEqual(253)
    }
  })
})
