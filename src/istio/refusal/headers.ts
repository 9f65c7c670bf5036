import type { Path } from '../../resources/index.ts'
import type { Headers } from '../istio.ts'
import type { Refusal } from './refusal.ts'

/** Percent signs of header values stand in pairs around a name, or double for themselves (Istio: ValidateHTTPHeaderValue). */
function isHeaderValue(value: string): boolean {
  return /^(?:[^%]|%%|%[A-Z_]+(?:\([^)]*\))?(?::\d+)?%)*$/.test(value)
}

export function refuseHeaders(headers: Headers | undefined, path: Path): Refusal[] {
  return (['request', 'response'] as const).flatMap(direction => {
    const { set = {}, add = {}, remove = [] } = headers?.[direction] ?? {}
    const at = [...path, 'headers', direction]
    const values = Object.entries({ set, add }).flatMap(([operation, entries]) =>
      Object.entries(entries).flatMap(([name, value]): Refusal[] => {
        const place = [...at, operation, name]
        if (!isHeaderValue(value)) {
          return [
            {
              path: place,
              message: `the header value ${value} has a percent sign that belongs to no pair`,
              actual: value,
              hint: 'write %% for a percent sign'
            }
          ]
        }
        return isForbidden(name, direction, operation)
          ? [
              {
                path: place,
                message: `the header ${name} cannot be changed`,
                hint: 'use rewrite.authority for the host'
              }
            ]
          : []
      })
    )
    const removed = remove.flatMap((name, index): Refusal[] =>
      isForbidden(name, direction, 'remove')
        ? [{ path: [...at, 'remove', index], message: `the header ${name} cannot be removed`, hint: 'leave it out' }]
        : []
    )
    return [...values, ...removed]
  })
}

function isForbidden(name: string, direction: string, operation: string): boolean {
  const isHost = /^(:authority|host)$/i.test(name)
  return name.startsWith(':') || isHost ? !(isHost && direction === 'request' && operation !== 'remove') : false
}
