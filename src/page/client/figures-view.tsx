import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import type { FigureSecond } from '../contract.ts'
import { ScrollRegion } from './scroll-region.tsx'
import { figures, running } from './store.ts'

interface Line {
  label: string
  /** Name of a colour of the style sheet. */
  color: string
  of(second: FigureSecond): number | null
  /** Seconds may have no value: one alone between those makes no line, and is a point. */
  isSparse?: true
}

function sum({ classes }: FigureSecond): number {
  return classes.reduce((total, count) => total + count, 0)
}

const plots: { title: string; unit: string; lines: Line[] }[] = [
  { title: 'Requests a second', unit: '/s', lines: [{ label: 'requests', color: '--accent', of: sum }] },
  {
    title: 'Status classes a second',
    unit: '/s',
    lines: [
      { label: '2xx', color: '--good', of: ({ classes }) => classes[1]! },
      { label: '3xx', color: '--quiet', of: ({ classes }) => classes[2]! },
      { label: '4xx', color: '--warn', of: ({ classes }) => classes[3]! },
      { label: '5xx', color: '--bad', of: ({ classes }) => classes[4]! }
    ]
  },
  {
    title: 'Latency',
    unit: ' ms',
    lines: [
      { label: 'p50', color: '--good', of: ({ p50 }) => p50 ?? null, isSparse: true },
      { label: 'p90', color: '--warn', of: ({ p90 }) => p90 ?? null, isSparse: true },
      { label: 'p99', color: '--bad', of: ({ p99 }) => p99 ?? null, isSparse: true }
    ]
  },
  {
    title: 'New connections a second',
    unit: '/s',
    lines: [{ label: 'connections', color: '--accent', of: ({ connections }) => connections }]
  }
]

function colorOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

function dataOf(lines: readonly Line[]): uPlot.AlignedData {
  const seconds = figures.value
  return [seconds.map(({ second }) => second), ...lines.map(line => seconds.map(line.of))] as uPlot.AlignedData
}

function optionsOf(lines: readonly Line[], width: number): uPlot.Options {
  const axis = { stroke: colorOf('--soft'), grid: { stroke: colorOf('--line'), width: 1 }, ticks: { show: false } }
  return {
    width,
    height: 180,
    legend: { show: false },
    cursor: { y: false },
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.1)] } },
    axes: [
      {
        ...axis,
        size: 28,
        space: 76,
        values: (_plot, marks) => marks.map(one => new Date(one * 1000).toLocaleTimeString('en-GB').slice(0, 8))
      },
      { ...axis, size: 46 }
    ],
    series: [
      {},
      ...lines.map(({ label, color, isSparse }) => ({
        label,
        stroke: colorOf(color),
        width: 1.5,
        points: { show: isSparse === true, size: 5, fill: colorOf(color) }
      }))
    ]
  }
}

function Plot({ title, unit, lines }: (typeof plots)[number]) {
  const element = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  useEffect(() => {
    const box = element.current!
    function draw(): void {
      plot.current?.destroy()
      plot.current = new uPlot(optionsOf(lines, box.clientWidth), dataOf(lines), box)
    }
    draw()
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: box.clientWidth, height: 180 }))
    observer.observe(box)
    // Colours are drawn: another theme has others.
    const theme = new MutationObserver(draw)
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
    return () => {
      observer.disconnect()
      theme.disconnect()
      plot.current?.destroy()
    }
  }, [])
  useEffect(() => plot.current?.setData(dataOf(lines)), [figures.value])
  const last = figures.value.findLast(one => lines.some(line => line.of(one) !== null))
  const texts = lines.map(line => ({ ...line, value: last ? line.of(last) : null }))
  const summary = texts.map(({ label, value }) => `${label} ${value ?? '–'}${value === null ? '' : unit}`)
  return (
    <section class="panel plot">
      <header>
        <h2>{title}</h2>
        <span class="legend">
          {texts.map(({ label, color, value }) => (
            <span key={label}>
              <i style={{ background: `var(${color})` }} /> {label} <b>{value ?? '–'}</b>
              {value === null ? '' : unit}
            </span>
          ))}
        </span>
      </header>
      <div ref={element} role="img" aria-label={`${title} over the last five minutes. Now: ${summary.join(', ')}`} />
    </section>
  )
}

/** Requests, statuses, latencies and connections over the last five minutes. */
export function FiguresView() {
  const listeners = running.value.loadBalancers.flatMap(({ name, listeners }) =>
    listeners.map(one => ({ ...one, name }))
  )
  return (
    <ScrollRegion label="Figures" class="page">
      <div class="plots">
        {plots.map(plot => (
          <Plot key={plot.title} {...plot} />
        ))}
      </div>
      <section class="panel">
        <header>
          <h2>Listeners</h2>
        </header>
        <table>
          <thead>
            <tr>
              <th scope="col">Load balancer</th>
              <th scope="col">Listener</th>
              <th scope="col">Listens on</th>
            </tr>
          </thead>
          <tbody>
            {listeners.map(({ name, protocol, port, address }) => (
              <tr key={`${name} ${port} ${protocol}`}>
                <td>{name}</td>
                <td>
                  {protocol}:{port}
                </td>
                <td>
                  <code>{address}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </ScrollRegion>
  )
}
