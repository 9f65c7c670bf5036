/**
 * Names of hosts, namespaces, gateways and ports, as Istio takes them (Istio: pkg/config/validation/agent).
 *
 * @module
 */

import { isIP } from 'node:net'
import type { Path } from '../../resources/index.ts'
import { parseDuration } from '../duration.ts'
import { type Refusal, refuseIf } from './refusal.ts'

const label = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/
const firstLabel = /^(?:\*|(?:\*-?)?[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)$/
const longestLabel = 63
const longestName = 255

export function isLabel(text: string): boolean {
  return text.length <= longestLabel && label.test(text)
}

/** Whether the labels of a name are such; an empty one may end it. */
function areLabels(name: string): boolean {
  const labels = name.split('.')
  return (
    !/^[+-]?\d+$/.test(labels.at(-1)!) &&
    labels.every((one, index) => isLabel(one) || (one === '' && index === labels.length - 1))
  )
}

/** A name whose first label may be, or begin with, a star (Istio: ValidateWildcardDomain). */
function isWildcardDomain(name: string): boolean {
  const [first = '', ...rest] = name.split('.')
  return (
    name.length > 0 &&
    name.length <= longestName &&
    first.length <= longestLabel &&
    firstLabel.test(first) &&
    (rest.length === 0 || areLabels(rest.join('.')))
  )
}

function refuseName(isWrong: boolean, name: string, path: Path, what: string): Refusal[] {
  return refuseIf(isWrong, {
    path,
    message: name === '' ? `${what} is empty` : `${name} is no ${what}`,
    expected: `a ${what}`,
    actual: name,
    hint: `write a ${what} of letters, digits, dashes and dots; a star stands in front only`
  })
}

/** A host of a VirtualService, or of a DestinationRule. */
export function refuseHost(name: string, path: Path): Refusal[] {
  return refuseName(!isWildcardDomain(name) && isIP(name) === 0, name, path, 'host')
}

/** A host that stands for one Service. */
export function refuseDestinationHost(name: string, path: Path): Refusal[] {
  return refuseName(name === '*' || !isWildcardDomain(name), name, path, 'host')
}

/** A host of a server, with or without the namespace of those who may use it (Istio: ValidateNamespaceSlashWildcardHostname). */
export function refuseServerHost(host: string, path: Path): Refusal[] {
  const [first = '', ...rest] = host.split('/')
  const name = rest.length === 0 ? first : rest.join('/')
  const isShort = name !== '*' && !name.includes('.')
  return [
    ...refuseName(rest.length > 0 && first !== '*' && first !== '.' && !isLabel(first), first, path, 'namespace'),
    ...(isShort
      ? [
          {
            path,
            message: `the host ${name} is a short name`,
            expected: 'a full name, a wildcard such as *.example.com, or *',
            actual: name,
            hint: 'write the name in full'
          }
        ]
      : refuseHost(name, path))
  ]
}

/** A gateway that a VirtualService names: `name`, `namespace/name`, `mesh`. */
export function refuseGatewayName(name: string, path: Path): Refusal[] {
  const [namespace, ...rest] = name.split('/')
  const isWrong = rest.length === 0 ? !areLabels(name) || name === '' : ![namespace!, rest.join('/')].every(isLabel)
  return refuseName(isWrong, name, path, 'gateway, as name or namespace/name')
}

export function refusePort(number: number | undefined, path: Path): Refusal[] {
  return refuseIf(number === undefined || number < 1 || number > 65535, {
    path,
    message: `${number ?? 'none'} is no port`,
    expected: 'from 1 to 65535',
    ...(number !== undefined && { actual: String(number) }),
    hint: 'name a port of the Service'
  })
}

/**
 * The namespaces that an object is exported to (Istio: validateExportTo).
 *
 * @param toNobody whether `~` may stand there, as only in a ServiceEntry.
 */
export function refuseExportTo(
  exportTo: readonly string[] | undefined,
  namespace: string,
  { toNobody = false } = {}
): Refusal[] {
  const listed = (exportTo ?? []).map(to => (to === '.' ? namespace : to))
  const path: Path = ['spec', 'exportTo']
  return [
    ...listed.flatMap((to, index) => [
      ...refuseName(!(to === '*' || isLabel(to) || (toNobody && to === '~')), to, [...path, index], 'namespace'),
      ...refuseIf(listed.indexOf(to) < index, {
        path: [...path, index],
        message: `it is exported to ${to} twice`,
        actual: exportTo![index]!,
        hint: 'take one of them out'
      })
    ]),
    ...refuseIf(listed.length > 1 && listed.some(to => to === '*' || to === '~'), {
      path,
      message: 'it is exported to all or to nobody, and to somebody else besides',
      actual: exportTo?.join(', ') ?? '',
      hint: 'leave the star alone, or name the namespaces alone'
    })
  ]
}

/** A duration of whole milliseconds, at least one (Istio: ValidateDuration). */
export function refuseDuration(duration: string | undefined, path: Path, { wholeSeconds = false } = {}): Refusal[] {
  if (duration === undefined) {
    return []
  }
  const seconds = parseDuration(duration)
  const thousandths = (seconds ?? 0) * 1000
  const isWrong =
    seconds === undefined ||
    thousandths < 1 ||
    Math.abs(thousandths - Math.round(thousandths)) > 1e-6 ||
    (wholeSeconds && Math.round(thousandths) % 1000 !== 0)
  return refuseIf(isWrong, {
    path,
    message: `${duration} is no duration that Istio takes`,
    expected: wholeSeconds ? 'whole seconds, at least one' : 'whole milliseconds, at least one',
    actual: duration,
    hint: 'write a number with its unit, such as 30s or 1h30m'
  })
}
