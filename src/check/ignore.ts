/**
 * Findings that a team has decided to live with: each with the reason why, in a file that is reviewed.
 *
 * @module
 */

import { isMap, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { Failure, type Finding } from '../failure.ts'
import { nearestName } from '../nearest-name.ts'
import { describeYAMLProblem } from '../resources/index.ts'
import { everyRule } from './rules.ts'

/** One decision. */
export interface Ignore {
  code: string
  reason: string
  /** Only findings of this object, as findings name it: `Service istio-system/gateway`. */
  object?: string
}

const keys = ['code', 'reason', 'object'] as const

interface Entry {
  key: string
  value: unknown
  node: Node
}

function entriesOf(node: unknown): Entry[] {
  return isMap(node)
    ? node.items.map(({ key, value }) => ({
        key: String((key as { value?: unknown } | null)?.value ?? key),
        value,
        node: key as Node
      }))
    : []
}

function scalarOf(node: unknown): unknown {
  return (node as { value?: unknown } | null)?.value
}

/**
 * Reads a configuration of check: a mapping with the list `ignore`, each entry with `code`, `reason` and perhaps `object`.
 *
 * @throws Failure exit 2 with every problem and its line: `YAML_MALFORMED`, `CONFIG_MALFORMED`, `IGNORE_WITHOUT_REASON`,
 * `IGNORE_UNKNOWN_CODE`.
 */
export function parseIgnores(text: string, file: string): Ignore[] {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'error' })
  const findings: Finding[] = []
  function refuse(code: string, node: unknown, message: string, hint: string, path?: string): void {
    const line = lines.linePos((node as Node | null)?.range?.[0] ?? 0).line
    findings.push({ code, severity: 'error', message, ...(path && { path }), file, line, hint })
  }
  for (const error of document.errors) {
    findings.push({
      code: 'YAML_MALFORMED',
      severity: 'error',
      message: describeYAMLProblem(error),
      file,
      line: error.linePos?.[0].line ?? 1,
      hint: 'mend the YAML; nothing was checked'
    })
  }
  if (findings.length > 0) {
    throw new Failure(2, findings)
  }

  function readEntry(item: unknown, index: number): Ignore | undefined {
    const path = `ignore[${index}]`
    const ignore: Partial<Record<string, string>> = {}
    for (const { key, value, node } of entriesOf(item)) {
      const text = scalarOf(value)
      if (!keys.includes(key as (typeof keys)[number])) {
        refuse(
          'CONFIG_MALFORMED',
          node,
          `${path} has the key ${key}, which nobody reads`,
          `write ${keys.join(', ')}`,
          path
        )
      } else if (typeof text !== 'string') {
        refuse('CONFIG_MALFORMED', node, `${path}.${key} must be a string`, `put quotes around it`, `${path}.${key}`)
      } else {
        ignore[key] = text
      }
    }
    const { code, reason = '', object } = ignore
    if (code === undefined) {
      refuse('CONFIG_MALFORMED', item, `${path} has no code`, 'write code: and reason:', path)
      return undefined
    }
    if (!everyRule.some(rule => rule.code === code)) {
      const nearest = nearestName(
        code,
        everyRule.map(rule => rule.code)
      )
      const hint = nearest ? `did you mean ${nearest}?` : 'docs/findings has a page for each code'
      refuse('IGNORE_UNKNOWN_CODE', item, `${path}.code is ${code}, which no rule has`, hint, `${path}.code`)
    }
    if (reason.trim() === '') {
      refuse(
        'IGNORE_WITHOUT_REASON',
        item,
        `${path} ignores ${code} without a reason`,
        'write reason: and why',
        `${path}.reason`
      )
    }
    return { code, reason, ...(object !== undefined && { object }) }
  }

  const { contents } = document
  if (contents !== null && !isMap(contents)) {
    refuse('CONFIG_MALFORMED', contents, 'a configuration is a mapping with the list ignore', 'write ignore:')
  }
  const ignores = entriesOf(contents).flatMap(({ key, value, node }): Ignore[] => {
    if (key !== 'ignore') {
      refuse('CONFIG_MALFORMED', node, `the key ${key} is not known`, 'write ignore', key)
    } else if (isSeq(value)) {
      return value.items.flatMap((item, index) => readEntry(item, index) ?? [])
    } else if (scalarOf(value) !== null) {
      refuse('CONFIG_MALFORMED', node, 'ignore must be a list', 'write - code: …', key)
    }
    return []
  })
  if (findings.length > 0) {
    throw new Failure(2, findings)
  }
  return ignores
}

/** Findings without those that somebody decided to ignore. */
export function withoutIgnored(findings: Finding[], ignores: Ignore[]): Finding[] {
  return findings.filter(
    finding =>
      !ignores.some(({ code, object }) => code === finding.code && (object === undefined || object === finding.object))
  )
}
