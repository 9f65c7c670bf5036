import { test } from '@jest/globals'
import { checkEdge, createEdge } from './edge.ts'
import { ruleCases } from './rules/rules.cases.ts'
import { predictionRules } from '../../../src/check/predictions/prediction.ts'
import { rules } from '../../../src/check/rules.ts'
import { writeFileSync } from 'node:fs'
import { checkRules } from '../../../src/check/index.ts'
test('x', () => {
  const codes = new Set(predictionRules.map(r => r.code))
  const own = new Set(rules.map(r => r.code))
  const out: string[] = []
  const edits = new Map<string, { with: number; without: string[] }>()
  for (const one of ruleCases.filter(c => c.finds)) {
    const edge = createEdge(); one.change(edge)
    const found = checkEdge(edge, one.rewrite)
    const p = found.filter(f => codes.has(f.code))
    if (own.has(one.code) && p.length) out.push(`${one.code}: ${one.name} -> ${p.map(f => f.code + ' ' + f.message).join(' | ')}`)
    const e = edits.get(one.code) ?? { with: 0, without: [] }
    edits.set(one.code, e)
    for (const f of found.filter(f => f.code === one.code)) if (f.edit) e.with++; else e.without.push(`${one.name} :: ${f.object} ${f.path} :: ${f.hint}`)
  }
  writeFileSync('/tmp/wt-scratch/advice/out.txt', out.join('\n') + '\n\n' + checkRules.map(({code}) => `${code} with ${edits.get(code)?.with}\n${edits.get(code)?.without.map(x => '   ' + x).join('\n')}`).join('\n'))
})
