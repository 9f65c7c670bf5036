import type { Path } from '../../resources/index.ts'
import type { DestinationRule, RouteDestination } from '../istio.ts'
import { refuseHeaders } from './headers.ts'
import type { Refusal } from './refusal.ts'

export function refuseDestinations(route: readonly RouteDestination[] | undefined, path: Path): Refusal[] {
  const all = route ?? []
  const zero = all.length > 1 && all.every(({ weight = 0 }) => weight === 0)
  return [
    ...(zero
      ? [
          {
            path: [...path, 'route'],
            message: 'the weights of the destinations add up to 0',
            hint: 'give one of them a weight'
          }
        ]
      : []),
    ...all.flatMap(({ weight = 0, destination, headers }, index): Refusal[] => {
      const at = [...path, 'route', index]
      return [
        ...(weight < 0
          ? [{ path: [...at, 'weight'], message: `the weight ${weight} is below 0`, hint: 'use 0 or more' }]
          : []),
        ...(destination?.host === '*' || destination?.host === ''
          ? [
              {
                path: [...at, 'destination', 'host'],
                message: 'the destination names no host',
                hint: 'name one Service'
              }
            ]
          : []),
        ...refuseHeaders(headers, at)
      ]
    })
  ]
}

export function refusalOfDestinationRule({ spec }: DestinationRule): Refusal[] {
  return spec?.host ? [] : [{ path: ['spec', 'host'], message: 'it names no host', hint: 'add the host of a Service' }]
}
