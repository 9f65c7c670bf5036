/**
 * Colours of what is written for people. Reports are plain text wherever they go; a terminal's lines get theirs here, by the words
 * that the reports (src/report) begin them with. Calm: what has to be seen, and what may be passed over.
 *
 * @module
 */

import type { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** Sets a part of a line off, as `styleText` does. */
export type Paint = (style: Style, text: string) => string

interface LineRule {
  /** Groups that make the whole line, one after the other. */
  line: RegExp
  /** One style a group. */
  styles: (Style | undefined)[]
}

const bad: Style = ['bold', 'red']
const doubtful: Style = ['bold', 'yellow']

const rules: LineRule[] = [
  // Findings.
  { line: /^( *)(error)( [A-Z\d_]+\b)(.*)$/, styles: [undefined, bad, 'bold'] },
  { line: /^( *)(warning)( [A-Z\d_]+\b)(.*)$/, styles: [undefined, doubtful, 'bold'] },
  { line: /^( *)(info)( [A-Z\d_]+\b)(.*)$/, styles: [undefined, ['bold', 'blue'], 'bold'] },
  { line: /^( +(?:expected|actual|hint):)(.*)$/, styles: ['dim'] },
  { line: /^( {2}\d+ \| )(.*)$/, styles: ['dim'] },
  { line: /^( +\^)$/, styles: ['bold'] },
  { line: /^(looked at \d+ objects?; )(\d+ errors?)(.*)$/, styles: [undefined, bad] },
  { line: /^(looked at \d+ objects?; )(\d+ warnings?)(.*)$/, styles: [undefined, doubtful] },
  { line: /^(looked at \d+ objects?; )(no findings)(.*)$/, styles: [undefined, 'green'] },
  // What stands below each report.
  { line: /^(assumed: .*)$/, styles: ['dim'] },
  { line: /^((?:not looked at|not evaluated|skipped): )(.*)$/, styles: ['yellow'] },
  // Plans.
  { line: /^( {2})(no plan:)(.*)$/, styles: [undefined, bad] },
  // Differences: what is replaced drops connections.
  { line: /^( {2})(!)( .*)$/, styles: [undefined, bad] },
  { line: /^( {2}| {6})(\+)( .*)$/, styles: [undefined, 'green'] },
  { line: /^( {2}| {6})(-)( .*)$/, styles: [undefined, 'red'] },
  { line: /^( {2})(~)( .*)$/, styles: [undefined, 'yellow'] },
  { line: /^( {2}= .*)$/, styles: ['dim'] },
  // The way of a request.
  { line: /^( {2}(?:default rule|rule \d+): )(yes)(.*)$/, styles: [undefined, 'green'] },
  { line: /^( {2}(?:default rule|rule \d+): no,.*)$/, styles: ['dim'] },
  { line: /^( {2}target [^,]+, checked on [^:]+: )(healthy)(.*)$/, styles: [undefined, 'green'] },
  { line: /^( {2}target [^,]+, checked on [^:]+: )(unhealthy)(.*)$/, styles: [undefined, 'red'] },
  { line: /^( {2})(FAIL-OPEN)(:.*)$/, styles: [undefined, doubtful] },
  { line: /^(NOT as foretold)(,.*)$/, styles: [bad] }
]

function colourLine(line: string, paint: Paint): string {
  for (const { line: pattern, styles } of rules) {
    const found = pattern.exec(line)
    if (found) {
      return found
        .slice(1)
        .map((part, index) => (styles[index] && part ? paint(styles[index], part) : part))
        .join('')
    }
  }
  return line
}

/** A report with the parts of its lines set off. */
export function colourReport(text: string, paint: Paint): string {
  return text
    .split('\n')
    .map(line => colourLine(line, paint))
    .join('\n')
}
