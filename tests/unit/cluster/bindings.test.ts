import { createServer } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { type Binding, type BindingsOptions, createBindings } from '../../../src/cluster/bindings.ts'

const edge = [
  { port: 80, protocol: 'HTTP' },
  { port: 443, protocol: 'HTTPS' }
]

/** Bindings on a machine where other programs have these ports. */
function bindings(options: BindingsOptions, busy: number[] = []) {
  return createBindings({ ...options, isBusy: async ({ port }: Binding) => busy.includes(port) })
}

async function ports(all: ReturnType<typeof bindings>, loadBalancer: string, listeners = edge): Promise<number[]> {
  await all.assign(loadBalancer, listeners)
  return listeners.map(({ port }) => all.of(loadBalancer, port).port)
}

describe('where the listeners of several load balancers bind', () => {
  const cases: { name: string; options: BindingsOptions; busy?: number[]; first: number[]; second: number[] }[] = [
    { name: 'privileged ports', options: { lowestBindable: 0 }, first: [80, 443], second: [8080, 8443] },
    {
      name: 'ports that may not be bound',
      options: { lowestBindable: 1024 },
      first: [8080, 8443],
      second: [9080, 9443]
    },
    { name: 'an offset', options: { portOffset: 20_000 }, first: [20_080, 20_443], second: [21_080, 21_443] },
    {
      name: 'ports that others have',
      options: { lowestBindable: 1024 },
      busy: [8443, 9080],
      first: [8080, 9443],
      second: [10_080, 10_443]
    }
  ]
  test.each(cases)('$name', async ({ options, busy, first, second }) => {
    const all = bindings(options, busy)
    expect(await ports(all, 'one')).toEqual(first)
    expect(await ports(all, 'two')).toEqual(second)
    expect(all.of('one', 80)).toEqual({ host: '127.0.0.1', port: first[0] })
  })

  test('two listeners of one load balancer do not meet', async () => {
    const listeners = [...edge, { port: 8443, protocol: 'HTTPS' }]
    expect(await ports(bindings({ lowestBindable: 1024 }), 'one', listeners)).toEqual([8080, 8443, 9443])
  })

  test('a listener stays where it is, whatever comes and goes beside it', async () => {
    const busy: number[] = []
    const all = bindings({ lowestBindable: 1024 }, busy)
    await ports(all, 'one')
    // By now it listens there itself.
    busy.push(8080, 8443)
    expect(await ports(all, 'one', [...edge, { port: 8080, protocol: 'HTTP' }])).toEqual([8080, 8443, 9080])
    expect(await ports(all, 'one', edge.slice(1))).toEqual([8443])
  })

  test('what is released is free for others', async () => {
    const all = bindings({ lowestBindable: 1024 })
    await ports(all, 'one')
    all.release('one')
    expect(await ports(all, 'two')).toEqual([8080, 8443])
  })

  test('two at once get different places', async () => {
    const all = bindings({ lowestBindable: 1024 })
    const [one, two] = await Promise.all([ports(all, 'one'), ports(all, 'two')])
    expect(new Set([...one, ...two]).size).toBe(4)
  })

  test('with every place taken the first is kept, for the listener to say so', async () => {
    const all = createBindings({ lowestBindable: 1024, isBusy: async () => true })
    expect(await ports(all, 'one')).toEqual([8080, 8443])
  })

  test('an offset that leads nowhere is refused, and later ones are not held up', async () => {
    const all = bindings({ portOffset: 65_500 })
    await expect(all.assign('one', edge)).rejects.toMatchObject({ exitCode: 2, code: 'PORT_OFFSET_TOO_LARGE' })
    expect(await ports(all, 'two', [{ port: 1, protocol: 'HTTP' }])).toEqual([65_501])
  })

  test('a port that somebody listens on is passed over', async () => {
    const other = createServer()
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    const all = createBindings({ portOffset: 0 })
    await all.assign('one', [{ port, protocol: 'HTTP' }])
    expect(all.of('one', port).port).not.toBe(port)
    await new Promise(resolve => other.close(resolve))
  })

  describe('within a range of ports', () => {
    const range = { first: 32_080, last: 32_083 }

    test('every listener gets one of them, the same after a restart', async () => {
      const [all, again] = [bindings({ range, host: '0.0.0.0' }), bindings({ range, host: '0.0.0.0' })]
      const [one, two] = [await ports(all, 'one'), await ports(all, 'two')]
      expect([...one, ...two].toSorted()).toEqual([32_080, 32_081, 32_082, 32_083])
      expect(all.of('one', 80).host).toBe('0.0.0.0')
      expect(await ports(again, 'one')).toEqual(one)
    })

    test('none that is busy, and no more than there are; what is given back is given again', async () => {
      const all = bindings({ range }, [32_081])
      const one = await ports(all, 'one')
      expect(one).not.toContain(32_081)
      await expect(all.assign('two', edge)).rejects.toMatchObject({ exitCode: 3, code: 'PORTS_EXHAUSTED' })
      all.release('one')
      all.release('two')
      expect((await ports(all, 'three')).length).toBe(2)
    })
  })
})
