import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'

/** What a figure was measured on. */
export function machine(): string {
  return `${cpus().length} × ${cpus()[0]!.model}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${process.platform} ${release()}; Node ${process.version}`
}

/** The value that a share of the sorted figures does not exceed: 0.5 is the median. */
export function percentile(figures: number[], share: number): number {
  return figures.toSorted((left, right) => left - right)[
    Math.min(Math.floor(figures.length * share), figures.length - 1)
  ]!
}

function milliseconds(figure: number): string {
  return `${figure.toFixed(figure < 10 ? 1 : 0)} ms`
}

/** One line of figures in milliseconds: median, range, and the goal where there is one. */
export function printTimes(what: string, figures: number[], goal?: string): void {
  const range = `${milliseconds(Math.min(...figures))} to ${milliseconds(Math.max(...figures))}`
  const runs = figures.length === 1 ? '' : ` median of ${figures.length} (${range})`
  console.log(`${what}: ${milliseconds(percentile(figures, 0.5))}${runs}${goal ? `; goal ${goal}` : ''}`)
}

type Point = [x: number, y: number]

/** How a figure grows: the slope of the straight line through the logarithms, by least squares. 1 is linear. */
export function exponent(points: Point[]): number {
  const logs = points.map(([x, y]): Point => [Math.log(x), Math.log(y)])
  function mean(pick: 0 | 1): number {
    return logs.reduce((sum, point) => sum + point[pick], 0) / logs.length
  }
  const [meanX, meanY] = [mean(0), mean(1)]
  const covariance = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0)
  return covariance / logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
}

/** Powers of ten from the one at or below the least value to the one at or above the greatest. */
function decades(values: number[]): number[] {
  const first = Math.floor(Math.log10(Math.min(...values)))
  const last = Math.ceil(Math.log10(Math.max(...values)))
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index))
}

const colours = ['#0969da', '#bf3989', '#1a7f37', '#9a6700']

/** A plot of figures over numbers, both axes logarithmic, as SVG. */
export function plotGrowth(
  title: string,
  xLabel: string,
  yLabel: string,
  series: { name: string; points: Point[] }[]
): string {
  const [width, height, left, top, right, bottom] = [640, 400, 70, 40, 20, 50]
  const ticks = ([0, 1] as const).map(axis => decades(series.flatMap(({ points }) => points.map(point => point[axis]))))
  function place(axis: 0 | 1, value: number): number {
    const [first, last] = [Math.log10(ticks[axis]!.at(0)!), Math.log10(ticks[axis]!.at(-1)!)]
    const share = (Math.log10(value) - first) / (last - first)
    return Number(
      (axis === 0 ? left + share * (width - left - right) : height - bottom - share * (height - top - bottom)).toFixed(
        1
      )
    )
  }
  const grid = [
    ...ticks[0]!.map(
      x =>
        `<line x1="${place(0, x)}" y1="${top}" x2="${place(0, x)}" y2="${height - bottom}"/><text x="${place(0, x)}" y="${height - bottom + 18}" text-anchor="middle">${x}</text>`
    ),
    ...ticks[1]!.map(
      y =>
        `<line x1="${left}" y1="${place(1, y)}" x2="${width - right}" y2="${place(1, y)}"/><text x="${left - 8}" y="${place(1, y) + 4}" text-anchor="end">${y}</text>`
    )
  ]
  const lines = series.map(({ name, points }, index) => {
    const colour = colours[index % colours.length]!
    const dots = points.map(([x, y]) => `<circle cx="${place(0, x)}" cy="${place(1, y)}" r="3"/>`).join('')
    const path = points.map(([x, y]) => `${place(0, x)},${place(1, y)}`).join(' ')
    return `<g fill="${colour}" stroke="${colour}"><polyline fill="none" points="${path}"/>${dots}<text stroke="none" x="${left + 14}" y="${top + 20 + index * 18}">${name}</text></g>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${left}" y="22" font-size="15">${title}</text>
<g stroke="#d0d7de" fill="#57606a">${grid.join('').replaceAll('<text', '<text stroke="none"')}</g>
${lines.join('\n')}
<text x="${(left + width - right) / 2}" y="${height - 12}" text-anchor="middle">${xLabel}</text>
<text transform="translate(18 ${(top + height - bottom) / 2}) rotate(-90)" text-anchor="middle">${yLabel}</text>
</svg>
`
}

export interface Goal {
  what: string
  goal: string
  found: string
  met: boolean
}

/** Goals as a table in Markdown. */
export function goalsTable(goals: readonly Goal[]): string {
  return [
    '| what | goal | found | |',
    '|---|---|---:|---|',
    ...goals.map(({ what, goal, found, met }) => `| ${what} | ${goal} | ${found} | ${met ? 'met' : '**missed**'} |`)
  ].join('\n')
}

const page = new URL('../../docs/performance.md', import.meta.url)

/** Replaces the part of docs/performance.md that a benchmark writes; the others stay. */
export function writePart(benchmark: string, text: string): void {
  const [start, end] = [`<!-- start of ${benchmark} -->`, `<!-- end of ${benchmark} -->`]
  const before = readFileSync(page, 'utf8')
  const [from, to] = [before.indexOf(start), before.indexOf(end)]
  if (from < 0 || to < from) {
    throw new Error(`docs/performance.md has no part of ${benchmark}: ${start} … ${end}`)
  }
  writeFileSync(page, `${before.slice(0, from)}${start}\n${text.trim()}\n${before.slice(to)}`)
}
