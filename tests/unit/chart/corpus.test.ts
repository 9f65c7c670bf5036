import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import { Failure, type Finding } from '../../../src/failure.ts'
import { ownChart, renderChart } from '../../../src/render/index.ts'
import { checkValues, ValuesFiles } from '../../../src/values/index.ts'

const corpus = new URL('../../../schema/corpus/', import.meta.url).pathname
const defaults = join(ownChart, 'values.yaml')

const files = (folder: string): string[] =>
  readdirSync(folder)
    .filter(name => name.endsWith('.yaml'))
    .map(name => join(folder, name))

const accepted = [...files(join(corpus, 'accept')), ...files(join(ownChart, 'ci'))]
const rejected = files(join(corpus, 'reject')).map(file => {
  const text = readFileSync(file, 'utf8')
  const [, code, key] = /^# (\w+) (\S+)$/m.exec(text)!
  return {
    name: basename(file, '.yaml'),
    file,
    code: code!,
    key: key!,
    schemaCannot: /^# The schema alone cannot: /m.test(text)
  }
})

const refusals = async (file: string, skipSchemaValidation: boolean): Promise<Finding[]> => {
  try {
    await renderChart({ values: [file], skipSchemaValidation })
    return []
  } catch (error) {
    if (error instanceof Failure) return error.findings
    throw error
  }
}

/** `a.b[0]` as a key and `a.b.0` as a pointer are the same place. */
const normalized = (path: string | undefined): string => (path ?? '').replaceAll(/\[(\d+)\]/g, '.$1')

/** A refusal may stand at the key, below it, or at the mapping that lacks it. */
const names = (finding: Finding, key: string): boolean => {
  const path = normalized(finding.path)
  const wanted = normalized(key)
  return (
    path === wanted || path.startsWith(`${wanted}.`) || finding.message.includes(key) || wanted.startsWith(`${path}.`)
  )
}

const schema = new Ajv2020({ strict: false }).compile(parse(readFileSync(join(ownChart, 'values.schema.json'), 'utf8')))

describe('accepted by every engine', () => {
  test.each(accepted.map(file => ({ name: basename(file, '.yaml'), file })))('$name', async ({ file }) => {
    expect(checkValues(ValuesFiles.read([defaults, file]).merged())).toEqual([])
    expect(await refusals(file, false)).toEqual([])
    expect(await refusals(file, true)).toEqual([])
  })
})

describe('rejected by every engine, each naming the key', () => {
  test.each(rejected)('$name: $code $key', async ({ file, code, key, schemaCannot }) => {
    const merged = ValuesFiles.read([defaults, file]).merged()
    const [byHelm, byGuards] = await Promise.all([refusals(file, false), refusals(file, true)])
    const byAjv = checkValues(merged)
    // The guards say the code of the file's first line; Helm's validator speaks first where the schema can say it.
    expect(byGuards.map(finding => finding.code)).toContain(code)
    for (const findings of [byHelm, byGuards, byAjv]) {
      expect(findings.length).toBeGreaterThan(0)
      expect(findings.every(({ severity, hint }) => severity === 'error' && hint)).toBe(true)
      expect(findings.some(finding => names(finding, key))).toBe(true)
    }
    expect(schema(merged)).toBe(schemaCannot)
  })
})
