/** Numbers and names as the page writes them. */

import type { Column } from '../contract.ts'

export const columns: readonly { column: Column; title: string; width: number }[] = [
  { column: 'load-balancer', title: 'Load balancer', width: 140 },
  { column: 'listener', title: 'Listener', width: 112 },
  { column: 'rule', title: 'Rule', width: 210 },
  { column: 'target-group', title: 'Target group', width: 168 },
  { column: 'target', title: 'Target', width: 152 },
  { column: 'port', title: 'Node port or pod', width: 168 },
  { column: 'gateway', title: 'Istio Gateway', width: 170 },
  { column: 'route', title: 'Route', width: 170 },
  { column: 'service', title: 'Service', width: 130 }
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
