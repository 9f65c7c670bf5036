import { expect, it } from '@jest/globals'
import { IdleWatch } from '../../../../src/load-balancer/serve/idle-watch.ts'
import { createManualClock } from '../../../manual-clock.ts'

function rig() {
  const clock = createManualClock()
  const ended: [name: string, at: number][] = []
  const started = clock.elapsed()
  const watch = new IdleWatch(clock)
  function begin(name: string, idleTimeout: number, timeOut = (): void => {}) {
    const request = {
      lastByte: clock.elapsed(),
      idleTimeout,
      timeOut() {
        ended.push([name, clock.elapsed() - started])
        timeOut()
      }
    }
    return { request, seat: watch.watch(request) }
  }
  return { clock, watch, begin, ended }
}

it('each ends when no byte has passed for as long as it may be idle, whoever came first', () => {
  const { clock, begin, ended } = rig()
  begin('long', 60)
  clock.advance(10)
  begin('short', 20)
  begin('as short', 20)
  clock.advance(1000)
  expect(ended).toEqual([
    ['short', 30],
    ['as short', 30],
    ['long', 60]
  ])
})

it('a byte gives the whole time again', () => {
  const { clock, begin, ended } = rig()
  const { request } = begin('busy', 60)
  clock.advance(50)
  request.lastByte = clock.elapsed()
  clock.advance(59)
  expect(ended).toEqual([])
  clock.advance(1)
  expect(ended).toEqual([['busy', 110]])
})

it('what is over is forgotten, and what comes later is watched again', () => {
  const { clock, watch, begin, ended } = rig()
  watch.forget(begin('over', 60).seat)
  clock.advance(1000)
  begin('later', 60)
  clock.advance(60)
  expect(ended).toEqual([['later', 1060]])
})

it('one that throws does not keep the others', () => {
  const { clock, begin, ended } = rig()
  begin('broken', 60, () => {
    throw new Error('broken')
  })
  begin('other', 60)
  expect(() => clock.advance(60)).toThrow('broken')
  clock.advance(1)
  expect(ended.map(([name]) => name)).toEqual(['broken', 'other'])
})
