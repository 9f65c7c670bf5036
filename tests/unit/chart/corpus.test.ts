import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import type { Failure, Finding } from '../../../src/failure.ts'
import { ownChart, renderChart } from '../../../src/render/index.ts'
import { ValuesFiles } from '../../../src/values/index.ts'
import { type CaseRender, renderCases } from '../../chart/cases.ts'
import { checkValues } from '../../chart/consistency.ts'
import { helms } from './helms.ts'

const corpus = new URL('../../../schema/corpus/', import.meta.url).pathname
const defaults = join(ownChart, 'values.yaml')

function files(folder: string): string[] {
  return readdirSync(folder)
    .filter(name => name.endsWith('.yaml'))
    .map(name => join(folder, name))
}

const accepted = [...files(join(corpus, 'accept')), ...files(join(ownChart, 'ci'))].map(file => ({
  name: basename(file, '.yaml'),
  file
}))
const rejected = files(join(corpus, 'reject')).map(file => {
  const text = readFileSync(file, 'utf8')
  const [, code, key] = /^# (\w+) (\S+)$/m.exec(text)!
  return {
    name: basename(file, '.yaml'),
    file,
    code: code!,
    key: key!
  }
})
function merged(file: string) {
  return ValuesFiles.read([defaults, file]).merged()
}
const all = [...accepted, ...rejected].map(({ file }) => file)

/** `a.b[0]` as a key and `a.b.0` as a pointer are the same place. */
function normalized(path: string | undefined): string {
  return (path ?? '').replaceAll(/\[(\d+)\]/g, '.$1')
}

/** A refusal may stand at the key, below it, or at the mapping that lacks it. */
function names(finding: Finding, key: string): boolean {
  const path = normalized(finding.path)
  const wanted = normalized(key)
  return (
    path === wanted || path.startsWith(`${wanted}.`) || finding.message.includes(key) || wanted.startsWith(`${path}.`)
  )
}

describe.each(helms)('helm $version$skipped', ({ command, skipped }) => {
  const run = skipped ? test.skip : test
  const renders = new Map<string, CaseRender>()
  beforeAll(async () => {
    if (skipped) {
      return
    }
    for (const [index, render] of (await renderCases(all.map(merged), { helm: command })).entries()) {
      renders.set(all[index]!, render)
    }
  }, 180_000)

  describe('accepted by every engine', () => {
    run.each(accepted)('$name', ({ file }) => {
      const { schema, guard, manifests } = renders.get(file)!
      expect({ schema, guard, ajv: checkValues(merged(file)) }).toEqual({ schema: [], guard: [], ajv: [] })
      expect(manifests).toContain('kind:')
    })
  })

  describe('rejected by every engine, each naming the key', () => {
    run.each(rejected)('$name: $code $key', ({ file, code, key }) => {
      const { schema, guard } = renders.get(file)!
      expect(guard.map(finding => finding.code)).toContain(code)
      for (const findings of [guard, checkValues(merged(file))]) {
        expect(findings.length).toBeGreaterThan(0)
        expect(findings.every(({ severity, hint }) => severity === 'error' && hint)).toBe(true)
        expect(findings.some(finding => names(finding, key))).toBe(true)
      }
      // Of what Helm's validator refuses before the guard is asked, its words are as good: types and choices.
      for (const { message } of schema) {
        expect(message).toMatch(/: (got \w+, want |value must be |Invalid type\. Expected: |\S+ must be one of )/)
      }
    })
  })

  run(
    'a render of its own refuses in the same words',
    async () => {
      const file = join(corpus, 'reject', 'node-port-twice.yaml')
      const refused = await renderChart({ values: [file], helm: command }).catch((error: Failure) => error.findings)
      const [finding] = renders.get(file)!.guard
      expect(refused).toEqual([{ ...finding, file, line: expect.any(Number) }])
    },
    30_000
  )

  run('every refusal is one line with the key as it is typed', () => {
    for (const finding of rejected.flatMap(({ file }) => renders.get(file)!.guard)) {
      expect(finding.message).not.toContain('\n')
      expect(`${finding.code} ${finding.message}; ${finding.hint}`.length).toBeLessThan(400)
      expect(finding.message.startsWith(`${finding.path}: `)).toBe(true)
    }
  })
})
