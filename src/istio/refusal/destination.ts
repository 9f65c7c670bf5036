import type { Path } from '../../resources/index.ts'
import type { DestinationRule, DestinationSpec, Headers } from '../istio.ts'
import { refuseHeaders } from './headers.ts'
import { isLabel, refuseDestinationHost, refuseExportTo, refuseHost, refusePort } from './name.ts'
import { type Refusal, refuseEach, refuseIf } from './refusal.ts'
import { refuseTrafficPolicy } from './traffic-policy.ts'

/** One destination (Istio: validateDestination). */
export function refuseDestination(destination: DestinationSpec | undefined, path: Path): Refusal[] {
  if (!destination) {
    return []
  }
  const { host, subset, port } = destination
  return [
    ...refuseDestinationHost(host, [...path, 'host']),
    ...refuseIf(subset && !isLabel(subset), {
      path: [...path, 'subset'],
      message: `${subset} is no name of a subset`,
      hint: 'use letters, digits and dashes'
    }),
    ...(port ? refusePort(port.number, [...path, 'port', 'number']) : [])
  ]
}

/** The destinations of a route, with their weights. */
export function refuseDestinations(
  route: readonly { destination: DestinationSpec; weight?: number; headers?: Headers }[] | undefined,
  path: Path
): Refusal[] {
  const all = route ?? []
  return [
    ...refuseIf(all.length > 1 && all.every(({ weight = 0 }) => weight === 0), {
      path: [...path, 'route'],
      message: 'the weights of the destinations add up to 0',
      hint: 'give one of them a weight'
    }),
    ...refuseEach(all, [...path, 'route'], ({ weight = 0, destination, headers }, at) => [
      ...refuseIf(weight < 0, {
        path: [...at, 'weight'],
        message: `the weight ${weight} is below 0`,
        hint: 'use 0 or more'
      }),
      ...refuseDestination(destination, [...at, 'destination']),
      ...refuseHeaders(headers, at)
    ])
  ]
}

export function refusalOfDestinationRule({ metadata, spec = {} }: DestinationRule): Refusal[] {
  const { host = '', subsets, exportTo, trafficPolicy } = spec
  const names = subsets?.map(({ name }) => name) ?? []
  return [
    ...refuseHost(host, ['spec', 'host']),
    ...refuseEach(names, ['spec', 'subsets'], (name, at) =>
      refuseIf(names.indexOf(name) < Number(at.at(-1)), {
        path: [...at, 'name'],
        message: `two subsets have the name ${name}`,
        actual: name,
        hint: 'name the subsets differently'
      })
    ),
    ...refuseEach(names, ['spec', 'subsets'], (name, at) =>
      refuseIf(!isLabel(name), {
        path: [...at, 'name'],
        message: name === '' ? 'the name of a subset is empty' : `${name} is no name of a subset`,
        hint: 'use letters, digits and dashes'
      })
    ),
    ...refuseTrafficPolicy(trafficPolicy, ['spec', 'trafficPolicy']),
    ...refuseEach(subsets, ['spec', 'subsets'], (subset, at) =>
      refuseTrafficPolicy(subset.trafficPolicy, [...at, 'trafficPolicy'])
    ),
    ...refuseExportTo(exportTo, metadata.namespace ?? 'default')
  ]
}
