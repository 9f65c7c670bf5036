/**
 * Counters in Prometheus's text format, named after CloudWatch's metrics.
 *
 * @module
 */

import type { CheckedConfiguration, CheckedTarget } from '../target-group/checked-target-group.ts'

type Labels = Record<string, string>

/** What is counted of the targets of a target group. */
interface CountedGroup {
  configuration: Pick<CheckedConfiguration, 'name'>
  registered: readonly Pick<CheckedTarget, 'health'>[]
}

/** A metric whose value stands for this moment. */
export interface Gauge {
  name: string
  help: string
  value: number
}

export class Counters {
  /** By name, and by labels. Objects, so that counting builds no key and sets no entry anew. */
  readonly #counters = new Map<string, Map<string, { value: number }>>()
  readonly #help: Readonly<Record<string, string>>
  readonly #namespaceOf: (name: string) => string

  /** @param namespaceOf what stands before the name of a metric. */
  constructor(help: Readonly<Record<string, string>>, namespaceOf: (name: string) => string) {
    this.#help = help
    this.#namespaceOf = namespaceOf
  }

  /** @param labels - in Prometheus's form: {@link labelText}. */
  count(name: string, labels = '', by = 1): void {
    const counter = this.#counters.get(name)?.get(labels) ?? this.#begin(name, labels)
    counter.value += by
  }

  #begin(name: string, labels: string): { value: number } {
    const counter = { value: 0 }
    const named = this.#counters.get(name)
    if (named) {
      named.set(labels, counter)
    } else {
      this.#counters.set(name, new Map([[labels, counter]]))
    }
    return counter
  }

  /** All counters, and the health of the targets and the gauges as they are now. */
  text(loadBalancer: string, targetGroups: Iterable<CountedGroup>, gauges: readonly Gauge[] = []): string {
    const lines: string[] = []
    const families = new Map<string, string[]>()
    for (const [name, byLabels] of sorted(this.#counters)) {
      const family = name.replace(/_(sum|count)$/, part => (name.startsWith('target_response_time') ? '' : part))
      const suffix = family === name ? '_total' : name.slice(family.length)
      const samples = families.get(family) ?? []
      families.set(family, samples)
      for (const [own, { value }] of sorted(byLabels)) {
        const labels = [`load_balancer="${loadBalancer}"`, own].filter(text => text !== '').join(',')
        samples.push(`${this.#namespaceOf(family)}${family}${suffix}{${labels}} ${value}`)
      }
    }
    for (const [family, samples] of families) {
      const isSummary = family === 'target_response_time_seconds'
      const name = `${this.#namespaceOf(family)}${family}${isSummary ? '' : '_total'}`
      lines.push(
        `# HELP ${name} ${this.#help[family] ?? family}`,
        `# TYPE ${name} ${isSummary ? 'summary' : 'counter'}`,
        ...samples
      )
    }
    const measured = gauges.flatMap(({ name, help, value }) =>
      this.#gauge(name, help, [`{${labelText({ load_balancer: loadBalancer })}} ${value}`])
    )
    return [...lines, ...measured, ...this.#hostCounts(loadBalancer, [...targetGroups]), ''].join('\n')
  }

  #hostCounts(loadBalancer: string, groups: CountedGroup[]): string[] {
    return (['healthy', 'unhealthy'] as const).flatMap(state => {
      const samples = groups.map(group => {
        const labels = labelText({ load_balancer: loadBalancer, target_group: group.configuration.name })
        return `{${labels}} ${group.registered.filter(({ health }) => health.state.split('.')[0] === state).length}`
      })
      return this.#gauge(
        `${state === 'healthy' ? 'healthy' : 'un_healthy'}_host_count`,
        `Targets that are ${state}`,
        samples
      )
    })
  }

  #gauge(plainName: string, help: string, samples: string[]): string[] {
    const name = `${this.#namespaceOf(plainName)}${plainName}`
    return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...samples.map(sample => `${name}${sample}`)]
  }
}

function sorted<Value>(entries: Iterable<[string, Value]>): [string, Value][] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
}

export function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(
      ([name, value]) =>
        `${name}="${value.replace(/["\\\n]/g, character => (character === '\n' ? '\\n' : `\\${character}`))}"`
    )
    .join(',')
}
