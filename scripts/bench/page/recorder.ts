/**
 * What the page itself does for a request, without sockets and whatever else the machine does meanwhile: takes it down, lights links,
 * and writes the batches for one who looks on.
 *
 * @module
 */

import { Edge, readObjects } from '../../../src/edge.ts'
import type { ExchangeEntry, HeaderList } from '../../../src/elbv2/index.ts'
import { defaultEnvironment } from '../../../src/model/index.ts'
import { drawEdge, viewOf } from '../../../src/page/index.ts'
import { Recorder } from '../../../src/page/recorder.ts'
import { createManualClock } from '../../../tests/manual-clock.ts'

const rounds = 25
/** Of a round, as they are told to the page. */
const seconds = 4
const headers: HeaderList = [
  ['Host', 'shop.example.com'],
  ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64)'],
  ['Accept', 'text/html'],
  ['Accept-Language', 'en'],
  ['Cookie', 'session=1f1f1f1f00004000800000000001; theme=dark']
]

function exchangeOf(number: number, targetGroup: string, target: string, date: number): ExchangeEntry {
  const url = ['/', `/cart/${number}`, `/orders/${number}?page=2`, '/old'][number % 4]!
  return {
    event: {
      type: 'request',
      loadBalancer: 'public',
      listener: 443,
      client: '127.0.0.1',
      method: 'GET',
      url,
      status: 200,
      targetStatus: 200,
      target,
      rule: 2,
      milliseconds: 3
    },
    date,
    scheme: 'https',
    version: '1.1',
    headers: [...headers],
    targetGroup,
    toTarget: { method: 'GET', path: url, headers: [...headers] },
    fromTarget: { status: 200, headers: [...headers] },
    timings: { sent: 1, answered: 2, ended: 3 }
  }
}

/** Microseconds of processor time that the page takes for a request, the least first. */
export function recorderTimes(rate: number): number[] {
  const view = viewOf(new Edge(readObjects(['docs/examples/page/two-edges.yaml']), defaultEnvironment))
  const target = drawEdge(view).nodes.findLast(({ column }) => column === 'target')!
  const [, targetGroup = '', name = ''] = target.id.split(' ')
  const clock = createManualClock()
  const source = { command: 'simulate', view: () => view, describe: () => [], metrics: () => [], authority: '' }
  // What following a request takes counts, as it does where time goes by itself.
  const recorder = new Recorder(source, { ...clock, elapsed: () => clock.elapsed() + performance.now() })
  recorder.begin()
  let written = 0
  const end = recorder.read(batch => {
    written += JSON.stringify(batch).length
  })
  let number = 0
  function round(isTold: boolean): number {
    const before = process.cpuUsage()
    for (let quarter = 0; quarter < seconds * 4; quarter++) {
      for (let count = 0; count < rate / 4; count++) {
        const exchange = exchangeOf(++number, targetGroup, name, clock.now())
        if (isTold) {
          recorder.exchange(exchange)
        }
      }
      clock.advance(250)
    }
    const { user, system } = process.cpuUsage(before)
    return (user + system) / (rate * seconds)
  }
  for (let count = 0; count < 15; count++) {
    round(true)
  }
  // Without what the benchmark itself does to make the requests.
  const times = Array.from({ length: rounds }, () => round(true) - round(false)).sort((one, other) => one - other)
  end()
  return written > 0 ? times : []
}
