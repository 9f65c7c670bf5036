import { stringify } from 'yaml'
import type { Finding } from '../failure.ts'
import type { MigratedGroup, MoveDifference } from '../model/index.ts'
import { nameReferences } from './references.ts'

const longest = 160

function describeValue(value: unknown): string {
  const text = nameReferences(typeof value === 'string' ? value : JSON.stringify(value))
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}

/** What a move changes, a line each: `load balancer, name: a → b (a Gateway gets …)`. */
export function describeMove(differences: readonly MoveDifference[]): string[] {
  return differences.map(({ resource, path, known, ...values }) => {
    const from = 'old' in values ? describeValue(values.old) : 'unset'
    const to = 'new' in values ? describeValue(values.new) : 'unset'
    return `${resource}, ${path}: ${from} → ${to}${known === undefined ? '' : ` (${known})`}`
  })
}

function describeLoss({ message, object, path, file, line }: Finding): string {
  const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`} `
  return `${place}${[object, path].filter(Boolean).join(' ')}: ${message}`
}

/** Text as comments of YAML, whatever it holds. */
function comments(lines: readonly string[]): string {
  return lines
    .map(
      line =>
        `# ${line
          .split(/[\r\n]/)
          .map(part => part.trim())
          .filter(Boolean)
          .join(' ')}\n`
    )
    .join('')
}

function describeGroup({ group, gateway, objects, differences, losses }: MigratedGroup): string {
  const known = differences.filter(one => one.known !== undefined)
  const head = comments([
    `Gateway ${gateway} takes the place of IngressGroup ${group}, with a load balancer of its own beside the other one's.`,
    ...(known.length > 0 ? ['What the move changes:', ...describeMove(known).map(line => `  ${line}`)] : []),
    losses.length > 0 ? 'What has no equivalent, and is not among these objects:' : 'All of it has an equivalent.',
    ...losses.map(loss => `  ${describeLoss(loss)}`)
  ])
  return head + objects.map(object => stringify(object, { aliasDuplicateObjects: false })).join('---\n')
}

/** Gateways in place of Ingresses as manifests, which say in comments what becomes different. */
export function describeMigration(groups: readonly MigratedGroup[]): string {
  return groups.map(describeGroup).join('---\n')
}
