import { cpus, release, totalmem } from 'node:os'

/** What a figure was measured on. */
export const machine = (): string =>
  `${cpus().length} × ${cpus()[0]!.model}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${process.platform} ${release()}; Node ${process.version}`

/** The value that a share of the sorted figures does not exceed: 0.5 is the median. */
export const percentile = (figures: number[], share: number): number =>
  figures.toSorted((left, right) => left - right)[Math.min(Math.floor(figures.length * share), figures.length - 1)]!

const milliseconds = (figure: number): string => `${figure.toFixed(figure < 10 ? 1 : 0)} ms`

/** One line of figures in milliseconds: median, range, and the goal where there is one. */
export function printTimes(what: string, figures: number[], goal?: string): void {
  const range = `${milliseconds(Math.min(...figures))} to ${milliseconds(Math.max(...figures))}`
  const runs = figures.length === 1 ? '' : ` median of ${figures.length} (${range})`
  console.log(`${what}: ${milliseconds(percentile(figures, 0.5))}${runs}${goal ? `; goal ${goal}` : ''}`)
}
