import { describe, expect, test } from '@jest/globals'
import { Figures } from '../../../src/page/figures.ts'

const start = 1_800_000_000_000

describe('figures', () => {
  test('count the requests of a second by their class, with percentiles of how long they took', () => {
    const figures = new Figures()
    for (let number = 1; number <= 100; number++) {
      figures.request(number <= 90 ? 200 : 503, number, start)
    }
    expect(figures.take(start + 1000, () => 7)).toEqual([
      { second: start / 1000, classes: [0, 90, 0, 0, 10], p50: 51, p90: 91, p99: 100, connections: 0 }
    ])
  })

  test('a second without requests is one of them, and a second is told once', () => {
    const figures = new Figures()
    figures.request(200, 1, start)
    expect(
      figures.take(start + 3000, () => 1).map(({ second, classes }) => [second - start / 1000, classes[1]])
    ).toEqual([
      [0, 1],
      [1, 0],
      [2, 0]
    ])
    expect(figures.take(start + 3500, () => 1)).toEqual([])
    expect(figures.take(start + 4000, () => 5)).toEqual([
      { second: start / 1000 + 3, classes: [0, 0, 0, 0, 0], connections: 4 }
    ])
    expect(figures.seconds).toHaveLength(4)
  })

  test('what came while nobody looked is told to who looks', () => {
    const figures = new Figures()
    figures.request(200, 1, start)
    figures.request(404, 1, start + 2000)
    expect(figures.take(start + 4000, () => 0).map(({ classes }) => classes.join(' '))).toEqual([
      '0 1 0 0 0',
      '0 0 0 0 0',
      '0 0 0 1 0',
      '0 0 0 0 0'
    ])
  })
})
