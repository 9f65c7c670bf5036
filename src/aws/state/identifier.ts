import { createHash } from 'node:crypto'

/** Hexadecimal digits that follow from a text, for IDs that nobody gave. */
export function digitsOf(text: string, length = 17): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length)
}

const shortDirections: Record<string, string> = { southeast: 'se', northeast: 'ne', southwest: 'sw', northwest: 'nw' }

/** The ID of a zone: `usw2-az1` for `us-west-2a`. AWS deals them out anew for each account. */
export function zoneID(zone: string): string {
  const [, region = '', letter = 'a'] = /^(.*-\d+)([a-z])$/.exec(zone) ?? [undefined, zone]
  const [continent = '', ...rest] = region.split('-')
  const number = rest.at(-1) ?? ''
  const middle = rest.slice(0, -1).map(word => shortDirections[word] ?? word[0])
  return `${continent}${middle.join('')}${number}-az${letter.charCodeAt(0) - 0x60}`
}

/** The ID of the group that every VPC has. */
export function defaultGroupID(vpcID: string): string {
  return `sg-${digitsOf(`default ${vpcID}`)}`
}
