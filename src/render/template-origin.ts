/**
 * Where a rendered line was written: the template on disk, and the line in it.
 *
 * @module
 */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding } from '../failure.ts'
import type { Origin, Path, Position } from '../resources/index.ts'

/** A line of a template as what it may render to: actions stand for anything. */
interface LinePattern {
  parts: string[]
  /** Characters that are written out: the more, the surer the match. */
  weight: number
}

function patternOf(line: string): LinePattern {
  const parts = aroundActions(line.trim())
  return { parts, weight: parts.join('').replace(/[\s:'"-]/g, '').length }
}

/** What a template's line has before, between and behind its actions. */
function aroundActions(line: string): string[] {
  const parts: string[] = []
  let at = 0
  for (;;) {
    const open = line.indexOf('{{', at)
    const close = open < 0 ? -1 : line.indexOf('}}', open + 2)
    if (close < 0) {
      return [...parts, line.slice(at)]
    }
    parts.push(line.slice(at, open))
    at = close + 2
  }
}

/** Whether a text has the parts in their order, the first at its start and the last at its end. */
function isMadeOf(text: string, parts: string[]): boolean {
  const [first = '', ...others] = parts
  const last = others.pop()
  if (last === undefined) {
    return text === first
  }
  if (!text.startsWith(first) || !text.endsWith(last)) {
    return false
  }
  let at = first.length
  for (const part of others) {
    const found = text.indexOf(part, at)
    if (found < 0) {
      return false
    }
    at = found + part.length
  }
  return at + last.length <= text.length
}

/** How much speaks for a rendered line being made of a template's line; 0 where it cannot be. */
function likeness(rendered: string, { parts, weight }: LinePattern): number {
  return weight > 0 && isMadeOf(rendered, parts) ? weight : 0
}

/**
 * For each rendered line the template's line that it was made of, in the order of both; undefined for what an action wrote.
 */
function alignLines(rendered: string[], template: string[]): (number | undefined)[] {
  const patterns = template.map(patternOf)
  const width = patterns.length + 1
  const best = new Float64Array((rendered.length + 1) * width)
  for (let row = rendered.length - 1; row >= 0; row--) {
    const text = rendered[row]!.trim()
    for (let column = patterns.length - 1; column >= 0; column--) {
      const skip = Math.max(best[(row + 1) * width + column]!, best[row * width + column + 1]!)
      const alike = text === '' ? 0 : likeness(text, patterns[column]!)
      best[row * width + column] = Math.max(skip, alike > 0 ? alike + best[(row + 1) * width + column + 1]! : 0)
    }
  }
  const lines: (number | undefined)[] = rendered.map(() => undefined)
  let row = 0
  let column = 0
  while (row < rendered.length && column < patterns.length) {
    const value = best[row * width + column]!
    if (value === best[(row + 1) * width + column]) {
      row++
    } else if (value === best[row * width + column + 1]) {
      column++
    } else {
      lines[row++] = column++
    }
  }
  return lines
}

/** Lines that are compared at most: of larger texts the rendered line stays as it is. */
const mostCells = 4_000_000

/** Translates the places of one rendered document to its template. */
export class Template {
  readonly file: string
  readonly #rendered: string
  #lines: (number | undefined)[] | undefined

  constructor(file: string, rendered: string) {
    this.file = file
    this.#rendered = rendered
  }

  /** Of what an action wrote, the line above that is the template's own. */
  lineOf(renderedLine: number): number {
    this.#lines ??= this.#align()
    for (let row = Math.min(renderedLine, this.#lines.length) - 1; row >= 0; row--) {
      const line = this.#lines[row]
      if (line !== undefined) {
        return line + 1
      }
    }
    return 1
  }

  #align(): (number | undefined)[] {
    const rendered = this.#rendered.split('\n')
    const template = readFileSync(this.file, 'utf8').split('\n')
    return rendered.length * template.length > mostCells ? [] : alignLines(rendered, template)
  }
}

/** The template on disk that a render names `CHART/templates/NAME`; undefined where the chart is an archive. */
export function findTemplate(source: string, chart: string): string | undefined {
  const file = join(chart, ...source.split('/').slice(1))
  return existsSync(file) ? file : undefined
}

/** The origin of an object that a chart rendered. */
export class TemplateOrigin implements Origin {
  readonly #rendered: Origin
  readonly #template: Template

  constructor(rendered: Origin, template: Template) {
    this.#rendered = rendered
    this.#template = template
  }

  get file(): string {
    return this.#template.file
  }

  positionOf(path: Path): Position {
    const { line, ...position } = this.#rendered.positionOf(path)
    return { ...position, file: this.file, line: this.#template.lineOf(line) }
  }
}

/** A finding about a rendered text, at its place in the template. */
export function atTemplate(finding: Finding, template: Template | undefined): Finding {
  return template && finding.line !== undefined
    ? { ...finding, file: template.file, line: template.lineOf(finding.line) }
    : finding
}
