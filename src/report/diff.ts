import type { ChangeKind, FieldChange, PlanDiff, ResourceChange } from '../model/index.ts'
import { describeMove } from './migration.ts'
import { nameReferences } from './references.ts'

const signs: Record<ChangeKind, string> = { create: '+', modify: '~', replace: '!', delete: '-', leave: '=' }
const words: Record<ChangeKind, string> = {
  create: 'created',
  modify: 'changed in place',
  replace: 'replaced',
  delete: 'deleted',
  leave: 'left as it is'
}

/** The kind of a resource as people say it: `target group` of `AWS::ElasticLoadBalancingV2::TargetGroup`. */
function kindOf(type: string): string {
  const names: Record<string, string> = {
    'AWS::WAFv2::WebACLAssociation': 'web ACL association',
    'AWS::WAFRegional::WebACLAssociation': 'web ACL association (classic)',
    'AWS::ElasticLoadBalancingV2::ListenerRule': 'rule',
    FrontendNLBTargetGroup: 'registered ALB of'
  }
  const ownWords = type
    .split('::')
    .at(-1)!
    .replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)
  return names[type] ?? ownWords.trim()
}

function describeValue(value: unknown): string {
  return nameReferences(typeof value === 'string' ? value : JSON.stringify(value))
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value)
}

function describeField({ path, kept, ...values }: FieldChange): string[] {
  const { old, new: next } = values
  const suffix = kept === undefined ? '' : ` (no change: ${kept})`
  if (isList(old) && isList(next)) {
    const before = old.map(describeValue)
    const after = next.map(describeValue)
    const lines = [
      ...before.filter(item => !after.includes(item)).map(item => `      - ${item}`),
      ...after.filter(item => !before.includes(item)).map(item => `      + ${item}`)
    ]
    return [`    ${path}${lines.length === 0 ? ': in another order' : ''}${suffix}`, ...lines]
  }
  const from = 'old' in values ? describeValue(old) : 'unset'
  const to = 'new' in values ? describeValue(next) : 'unset'
  return [`    ${path}: ${from} → ${to}${suffix}`]
}

function describeChange({ type, id, change, reason, fields, consequences }: ResourceChange): string[] {
  return [
    `  ${signs[change]} ${kindOf(type)} ${id} is ${words[change]}${reason === undefined ? '' : `: ${reason}`}`,
    // What is created is in the plan; here only what is different counts.
    ...(change === 'create' ? [] : fields.flatMap(describeField)),
    ...consequences.map(consequence => `    → ${consequence}`)
  ]
}

/** What changes between two plans, for people: group by group, with the reasons and what clients notice. */
export function describeDiff({ changes, unchanged, blocked, moves = [] }: PlanDiff): string {
  const blocks = [
    ...Map.groupBy(changes, ({ kind, group }) => `${kind === 'Ingress' ? 'IngressGroup' : kind} ${group}`)
  ].map(
    ([title, ofGroup]) =>
      `${title}\n${ofGroup
        .flatMap(describeChange)
        .map(line => `${line}\n`)
        .join('')}`
  )
  for (const { from, to, differences } of moves) {
    const lines = [
      `Gateway ${to} takes the place of IngressGroup ${from}, with another load balancer and another DNS name:`,
      ...describeMove(differences).map(line => `  ${line}`)
    ]
    blocks.push(lines.map(line => `${line}\n`).join(''))
  }
  for (const { side, group, error } of blocked) {
    blocks.push(
      `${group === undefined ? `The ${side} plan` : `${group} of the ${side} plan`} is no plan: ${error}\n  nothing of it was compared: the controller leaves what is there as it is\n`
    )
  }
  const counts = (['create', 'modify', 'replace', 'delete', 'leave'] as const).flatMap(kind => {
    const count = changes.filter(({ change }) => change === kind).length
    return count === 0 ? [] : [`${count} ${words[kind]}`]
  })
  blocks.push(`${[...counts, `${unchanged} unchanged`].join(', ')}.\n`)
  return blocks.join('\n')
}
