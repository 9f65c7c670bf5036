/**
 * Where a rendered line was written: the template on disk, and the line in it.
 *
 * @module
 */

import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parse } from 'yaml'
import type { DocumentText, Origin, Path, Position } from './origin.ts'

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

/** Translates the lines of one rendered document to its template's. */
class Template {
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

/** How Helm names the template of a document, in a line above it. */
const sourceMark = '# Source: '

/** The template that Helm names above a document, `CHART/templates/NAME`; undefined of what no chart rendered. */
function templateName(text: string): string | undefined {
  let start = 0
  while (start < text.length) {
    const end = text.indexOf('\n', start)
    const line = text.slice(start, end < 0 ? text.length : end).trimEnd()
    if (line.startsWith(sourceMark)) {
      return line.slice(sourceMark.length)
    }
    if (end < 0 || (line !== '' && line !== '---' && !line.startsWith('#'))) {
      return undefined
    }
    start = end + 1
  }
  return undefined
}

/** A file's name as a person in the current folder would type it. */
export function fromHere(file: string): string {
  const path = relative(process.cwd(), file)
  return path.startsWith('..') ? file : path
}

function isChartOf(name: string, folder: string): boolean {
  try {
    const chart = parse(readFileSync(join(folder, 'Chart.yaml'), 'utf8')) as { name?: unknown } | null
    return chart?.name === name
  } catch {
    return false
  }
}

/** The folder of a chart by its name: the one that was named, else where charts are kept. */
function findChart(name: string, named: string | undefined): string | undefined {
  const folders = named === undefined ? ['.', name, join('charts', name), 'chart'] : [named]
  return folders.find(folder => isChartOf(name, folder))
}

/** The origin of an object that a chart rendered, at the template on disk or in what it rendered to. */
class TemplateOrigin implements Origin {
  readonly file: string
  readonly #rendered: Origin
  readonly #lineOf: (line: number) => number

  constructor(rendered: Origin, file: string, lineOf: (line: number) => number) {
    this.#rendered = rendered
    this.file = file
    this.#lineOf = lineOf
  }

  positionOf(path: Path): Position {
    const { line, ...position } = this.#rendered.positionOf(path)
    return { ...position, file: this.file, line: this.#lineOf(line) }
  }
}

/** Where a document of a render was written: a file, and for each line of the render the one in it. */
export interface TemplatePlace {
  file: string
  lineOf(line: number): number
}

/** Tells of documents which template they were rendered from. */
export class Templates {
  readonly #chart: string | undefined
  readonly #folders = new Map<string, string | undefined>()

  /** @param chart the folder of the chart; default what is found by the names that Helm writes. */
  constructor(chart?: string) {
    this.#chart = chart
  }

  /**
   * The template of a document, on disk where its chart is; else by the name that Helm prints, with lines of what it rendered
   * to. Undefined of what no chart rendered, and of a file that can be opened itself.
   */
  placeOf(file: string, document: DocumentText): TemplatePlace | undefined {
    const { text } = document
    const name = templateName(text)
    if (name === undefined) {
      return undefined
    }
    const { line: first } = document
    const onDisk = this.#find(name)
    if (onDisk !== undefined) {
      const template = new Template(onDisk, text)
      return { file: onDisk, lineOf: line => template.lineOf(line - first + 1) }
    }
    return existsSync(file) ? undefined : { file: name, lineOf: line => line - first + 1 }
  }

  /** The origin of an object, at its template. */
  locate(origin: Origin): Origin {
    const document = origin.document?.()
    const place = document && this.placeOf(origin.file, document)
    return place ? new TemplateOrigin(origin, place.file, line => place.lineOf(line)) : origin
  }

  #find(source: string): string | undefined {
    const [name, ...steps] = source.split('/')
    if (!this.#folders.has(name!)) {
      this.#folders.set(name!, findChart(name!, this.#chart))
    }
    const folder = this.#folders.get(name!)
    const file = folder === undefined ? undefined : join(folder, ...steps)
    return file !== undefined && existsSync(file) ? fromHere(file) : undefined
  }
}
