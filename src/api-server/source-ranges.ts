/**
 * The address ranges that may reach a Service's load balancer, as the API server takes them: of the field, else of the annotation
 * (Kubernetes: ValidateService, IsValidCIDRForLegacyField).
 *
 * @module
 */

import { isIP } from 'node:net'
import { type Path, type Service, serviceAnnotationPrefix } from '../resources/index.ts'
import { type Advice, type FieldError, forbidden, invalid } from './field-error.ts'

const annotation = `${serviceAnnotationPrefix}load-balancer-source-ranges`
const notARange = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'

/** The bits of an address, which may have zeros before its numbers; 0 for what is none. */
function bitsOf(address: string): number {
  const plain = /^[\d.]+$/.test(address) ? address.replace(/(^|\.)0+(?=\d)/g, '$1') : address
  return { 4: 32, 6: 128 }[isIP(plain)] ?? 0
}

function isRange(text: string): boolean {
  const [, address = '', length = ''] = /^([^/%]+)\/(\d+)$/.exec(text) ?? []
  return length !== '' && Number(length) <= (bitsOf(address) || -1)
}

/** The range of an address that stands alone; other texts as they are. */
export function toRange(text: string): string {
  const bits = bitsOf(text)
  return bits === 0 ? text : `${text}/${bits}`
}

/** @param mended the whole value, with ranges for all addresses in it. */
function adviceFor(range: string, path: Path, mended: string): Advice {
  return bitsOf(range) === 0
    ? { hint: 'write an address, a slash and the length of its prefix, as in 203.0.113.0/24' }
    : {
        hint: `write ${toRange(range)} for that address alone, or the range that is meant`,
        changes: [{ path, value: mended }]
      }
}

/** What is refused of a Service's ranges; that of the field on other types is told with its like. */
export function* validateSourceRanges({ metadata, spec }: Service, type: string): Generator<FieldError> {
  const given: unknown = spec?.loadBalancerSourceRanges
  const ranges = Array.isArray(given) ? given : []
  for (const [index, range] of ranges.entries()) {
    const text = String(range).trim()
    if (!isRange(text)) {
      const path = ['spec', 'loadBalancerSourceRanges', index]
      yield invalid(path, text, notARange, {
        field: ['spec', 'LoadBalancerSourceRanges', index],
        ...adviceFor(text, path, toRange(text))
      })
    }
  }
  const value = metadata.annotations?.[annotation]
  if (ranges.length > 0 || value === undefined) {
    return
  }
  const path = ['metadata', 'annotations', annotation]
  if (type !== 'LoadBalancer') {
    yield forbidden(path, "may only be used when `type` is 'LoadBalancer'", {
      hint: 'remove it',
      changes: [{ path, remove: true }]
    })
  }
  const items = value.trim() === '' ? [] : value.split(',').map(item => item.trim())
  for (const range of items.filter(item => !isRange(item))) {
    yield invalid(path, range, notARange, adviceFor(range, path, items.map(toRange).join(',')))
  }
}
