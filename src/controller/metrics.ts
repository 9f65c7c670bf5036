/**
 * Counters of the controller in Prometheus's text format, beside those of its load balancers.
 *
 * @module
 */

import type { ControllerEvent } from './controller-event.ts'

const prefix = 'istio_alb_controller_'

interface Family {
  type: 'counter' | 'gauge'
  help: string
}

const families: Record<string, Family> = {
  events_total: { type: 'counter', help: 'Events written about Ingresses, by reason' },
  errors_total: { type: 'counter', help: 'Errors that only the log tells' },
  watch_failures_total: { type: 'counter', help: 'Watches that the API server refused' },
  api_losses_total: { type: 'counter', help: 'Times that the API server went away' },
  load_balancers: { type: 'gauge', help: 'Load balancers that run' },
  leader: { type: 'gauge', help: '1 while this controller is the one that works' }
}

/** Counts what the controller tells. */
export class ControllerMetrics {
  readonly #counters = new Map<string, number>()

  take(event: ControllerEvent): void {
    if (event.type === 'event') {
      this.#count(`events_total{reason="${event.reason}"}`)
    } else if (event.type === 'error') {
      this.#count('errors_total')
    } else if (event.type === 'watch-failed') {
      this.#count('watch_failures_total')
    } else if (event.type === 'api-lost') {
      this.#count('api_losses_total')
    }
  }

  /** Everything that was counted, the gauges as they are now, and the load balancers' own texts. */
  text(gauges: { load_balancers: number; leader: number }, loadBalancers: readonly string[] = []): string {
    const samples = [...this.#counters, ...Object.entries(gauges)]
    const own = Object.entries(families).flatMap(([name, { type, help }]) => [
      `# HELP ${prefix}${name} ${help}`,
      `# TYPE ${prefix}${name} ${type}`,
      ...samples
        .filter(([sample]) => sample.replace(/\{.*/, '') === name)
        .map(([sample, value]) => `${prefix}${sample} ${value}`)
    ])
    return `${own.join('\n')}\n${mergeFamilies(loadBalancers)}`
  }

  #count(sample: string): void {
    this.#counters.set(sample, (this.#counters.get(sample) ?? 0) + 1)
  }
}

/** Texts of the same format as one: a family's samples stand together, under one head. */
export function mergeFamilies(texts: readonly string[]): string {
  const merged = new Map<string, { head: string[]; samples: string[] }>()
  for (const text of texts) {
    let family = { head: [] as string[], samples: [] as string[] }
    for (const line of text.split('\n').filter(Boolean)) {
      const [, keyword, name] = /^# (HELP|TYPE) (\S+)/.exec(line) ?? []
      if (keyword === 'HELP') {
        family = merged.get(name!) ?? { head: [], samples: [] }
        merged.set(name!, family)
      }
      if (!keyword) {
        family.samples.push(line)
      } else if (!family.head.includes(line)) {
        family.head.push(line)
      }
    }
  }
  return [...merged.values()]
    .flatMap(({ head, samples }) => [...head, ...samples, ''])
    .join('\n')
    .replace(/\n\n/g, '\n')
}
