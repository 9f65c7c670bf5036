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
  readonly #counters = new Map<string, number>()
  readonly #help: Readonly<Record<string, string>>
  readonly #namespaceOf: (name: string) => string

  /** @param namespaceOf what stands before the name of a metric. */
  constructor(help: Readonly<Record<string, string>>, namespaceOf: (name: string) => string) {
    this.#help = help
    this.#namespaceOf = namespaceOf
  }

  /** @param labels - in Prometheus's form: {@link labelText}. */
  count(name: string, labels = '', by = 1): void {
    const key = `${name} ${labels}`
    this.#counters.set(key, (this.#counters.get(key) ?? 0) + by)
  }

  /** All counters, and the health of the targets and the gauges as they are now. */
  text(loadBalancer: string, targetGroups: Iterable<CountedGroup>, gauges: readonly Gauge[] = []): string {
    const lines: string[] = []
    const families = new Map<string, string[]>()
    for (const [key, value] of [...this.#counters].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const space = key.indexOf(' ')
      const name = key.slice(0, space)
      const family = name.replace(/_(sum|count)$/, part => (name.startsWith('target_response_time') ? '' : part))
      const suffix = family === name ? '_total' : name.slice(family.length)
      const labels = [`load_balancer="${loadBalancer}"`, key.slice(space + 1)].filter(text => text !== '').join(',')
      families.set(family, [
        ...(families.get(family) ?? []),
        `${this.#namespaceOf(family)}${family}${suffix}{${labels}} ${value}`
      ])
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

export function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(
      ([name, value]) =>
        `${name}="${value.replace(/["\\\n]/g, character => (character === '\n' ? '\\n' : `\\${character}`))}"`
    )
    .join(',')
}
