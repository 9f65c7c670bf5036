import { isIP } from 'node:net'
import type { ServiceEntry } from '../istio.ts'
import { refuseDestinationHost, refuseExportTo, refusePort } from './name.ts'
import { type Refusal, refuseEach, refuseIf } from './refusal.ts'

/** Why the webhook refuses a ServiceEntry (Istio: ValidateServiceEntry), as far as it decides on what a gateway sends there. */
export function refusalOfServiceEntry({ metadata, spec = {} }: ServiceEntry): Refusal[] {
  const { hosts = [], ports = [], exportTo, resolution = 'NONE', endpoints, workloadSelector, addresses = [] } = spec
  const numbers = ports.map(({ number }) => number)
  const names = ports.map(({ name = '' }) => name)
  return [
    ...refuseIf(hosts.length === 0, { path: ['spec', 'hosts'], message: 'it has no hosts', hint: 'add a host' }),
    ...refuseEach(hosts, ['spec', 'hosts'], refuseDestinationHost),
    ...refuseIf(endpoints && workloadSelector, {
      path: ['spec', 'workloadSelector'],
      message: 'it has both endpoints and workloadSelector',
      hint: 'leave one of them'
    }),
    ...refuseEach(addresses, ['spec', 'addresses'], (address, path) =>
      refuseIf(isIP(address.split('/')[0]!) === 0, {
        path,
        message: `${address} is no address`,
        actual: address,
        hint: 'write an address or a block of addresses'
      })
    ),
    ...refuseEach(ports, ['spec', 'ports'], ({ number, name = '' }, at) => [
      ...refusePort(number, [...at, 'number']),
      ...refuseIf(numbers.indexOf(number) < Number(at.at(-1)), {
        path: [...at, 'number'],
        message: `it has the port ${number} twice`,
        hint: 'take one of them out'
      }),
      ...refuseIf(names.indexOf(name) < Number(at.at(-1)), {
        path: [...at, 'name'],
        message: `two ports have the name ${name}`,
        hint: 'name the ports differently'
      })
    ]),
    ...refuseIf(resolution === 'NONE' && (endpoints?.length ?? 0) > 0, {
      path: ['spec', 'endpoints'],
      message: 'endpoints are named, and resolution NONE asks for none',
      hint: 'make the resolution STATIC or DNS'
    }),
    ...refuseIf(/^DNS/.test(resolution) && !endpoints?.length && hosts.some(host => host.startsWith('*')), {
      path: ['spec', 'resolution'],
      message: `a host with a wildcard cannot be asked of DNS (${resolution})`,
      hint: 'name the hosts, or make the resolution NONE or DYNAMIC_DNS'
    }),
    ...refuseExportTo(exportTo, metadata.namespace ?? 'default', { toNobody: true })
  ]
}
