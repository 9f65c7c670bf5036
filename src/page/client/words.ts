/** Numbers and names as the page writes them. */

import type { Column } from '../contract.ts'
import type { ColumnTerms } from './column-layout.ts'

/** All nine side by side fit beside the details on a screen of 1440 pixels. */
export const columns: readonly (ColumnTerms & { title: string })[] = [
  { column: 'load-balancer', title: 'Load balancer', width: 86, share: 1.5 },
  { column: 'listener', title: 'Listener', width: 90, share: 0.5 },
  { column: 'rule', title: 'Rule', width: 142, share: 5 },
  { column: 'target-group', title: 'Target group', width: 98, share: 1.5 },
  { column: 'target', title: 'Target', width: 110, share: 2.5 },
  { column: 'port', title: 'Node port or pod', width: 104, share: 1.5 },
  { column: 'gateway', title: 'Istio Gateway', width: 98, share: 1.5 },
  { column: 'route', title: 'Route', width: 110, share: 2 },
  { column: 'service', title: 'Service', width: 92, share: 1 }
]

export function titleOf(column: Column): string {
  return columns.find(one => one.column === column)!.title
}

export function clock(date: number): string {
  return new Date(date).toLocaleTimeString('en-GB', { hour12: false })
}

export function milliseconds(value: number): string {
  if (value === 0) {
    return '<1 ms'
  }
  return value < 10
    ? `${value.toFixed(1)} ms`
    : value < 10_000
      ? `${Math.round(value)} ms`
      : `${Math.round(value / 1000)} s`
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
