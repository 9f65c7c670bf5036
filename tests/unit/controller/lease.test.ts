import { describe, expect, test } from '@jest/globals'
import { type Api, ApiError } from '../../../src/controller/api.ts'
import { Lease, leaseDuration, retryPeriod } from '../../../src/controller/lease.ts'
import { createManualClock } from '../../manual-clock.ts'

interface Stored {
  metadata: { name: string; namespace: string; resourceVersion?: string }
  spec: Record<string, unknown>
}

/** One Lease behind an API that knows its version. */
function leaseAPI() {
  let stored: Stored | undefined
  let version = 0
  let away = false
  function reach(): void {
    if (away) {
      throw new ApiError(0, 'connect ECONNREFUSED')
    }
  }
  function store(lease: Stored): Stored {
    stored = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(++version) } }
    return stored
  }
  const api = {
    get: async () => {
      reach()
      if (!stored) {
        throw new ApiError(404, 'leases "controller" not found')
      }
      return stored
    },
    post: async (_path: string, lease: Stored) => {
      reach()
      if (stored) {
        throw new ApiError(409, 'leases "controller" already exists')
      }
      return store(lease)
    },
    put: async (_path: string, lease: Stored) => {
      reach()
      if (lease.metadata.resourceVersion !== stored?.metadata.resourceVersion) {
        throw new ApiError(409, 'modified')
      }
      return store(lease)
    }
  } as unknown as Pick<Api, 'get' | 'post' | 'put'>
  function give(spec: Record<string, unknown>): void {
    store({ metadata: { name: 'controller', namespace: 'edge' }, spec: { ...stored?.spec, ...spec } })
  }
  function goAway(is: boolean): void {
    away = is
  }
  return { api, give, spec: () => stored?.spec, goAway }
}

/** Lets what is under way finish. */
function settle(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

function world() {
  const { api, ...rest } = leaseAPI()
  const clock = createManualClock()
  const lost: string[] = []
  function lease(identity: string): Lease {
    return new Lease({
      api,
      clock,
      namespace: 'edge',
      name: 'controller',
      identity,
      onLost: holder => lost.push(holder)
    })
  }
  /** Moves time on, one retry period at a time. */
  async function pass(milliseconds: number): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += retryPeriod) {
      clock.advance(retryPeriod)
      await settle()
    }
  }
  return { ...rest, lease, lost, pass }
}

const never = new AbortController().signal

describe('leader election', () => {
  test('the first takes the Lease, and renews it', async () => {
    const { lease, pass, spec } = world()
    const one = lease('one')
    await one.acquire(never)
    expect(one.isHeld).toBe(true)
    expect(spec()).toMatchObject({ holderIdentity: 'one', leaseDurationSeconds: leaseDuration })
    const renewed = spec()!.renewTime
    expect(renewed).toMatch(/\.\d{6}Z$/)
    await pass(retryPeriod)
    expect(spec()!.renewTime).not.toBe(renewed)
    await one.release()
  })

  test('the second stands by while the first renews, and takes over at once when it gives back', async () => {
    const { lease, lost, pass, spec } = world()
    const [one, two] = [lease('one'), lease('two')]
    await one.acquire(never)
    let elected = false
    const waiting = two.acquire(never).then(() => {
      elected = true
    })
    await pass(3 * leaseDuration * 1000)
    expect(elected).toBe(false)
    await one.release()
    await pass(retryPeriod)
    await waiting
    expect(spec()).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 })
    expect(lost).toEqual([])
    await two.release()
  })

  test('a Lease that nobody renews is taken over after its duration, whatever the clocks say', async () => {
    const { lease, give, pass, spec } = world()
    // Renewed in a future that no clock here has reached.
    give({ holderIdentity: 'killed', leaseDurationSeconds: leaseDuration, renewTime: '2099-01-01T00:00:00.000000Z' })
    const one = lease('one')
    let elected = false
    const waiting = one.acquire(never).then(() => {
      elected = true
    })
    await settle()
    await pass(leaseDuration * 1000 - 2 * retryPeriod)
    expect(elected).toBe(false)
    await pass(4 * retryPeriod)
    await waiting
    expect(spec()!.holderIdentity).toBe('one')
    await one.release()
  })

  test('an API server that is away costs nobody the Lease; another holder does, once', async () => {
    const { lease, give, goAway, lost, pass, spec } = world()
    const one = lease('one')
    await one.acquire(never)
    goAway(true)
    await pass(3 * leaseDuration * 1000)
    expect(one.isHeld).toBe(true)
    goAway(false)
    await pass(retryPeriod)
    expect(lost).toEqual([])
    give({ holderIdentity: 'two' })
    await pass(3 * retryPeriod)
    expect(lost).toEqual(['two'])
    expect(one.isHeld).toBe(false)
    await one.release()
    expect(spec()!.holderIdentity).toBe('two')
  })

  test('of two that try at once one gets it (409)', async () => {
    const { lease } = world()
    const [one, two] = [lease('one'), lease('two')]
    const stop = new AbortController()
    const both = [one, two].map(each => each.acquire(stop.signal).catch(() => {}))
    await Promise.race(both)
    await settle()
    expect([one.isHeld, two.isHeld].filter(Boolean)).toHaveLength(1)
    stop.abort(new Error('enough'))
    await Promise.all(both)
    await Promise.all([one.release(), two.release()])
  })
})
