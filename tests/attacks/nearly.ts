/**
 * Texts that are nearly right, as others' bytes mostly are. The same each time; ISTIO_ALB_SEED and ISTIO_ALB_ATTACKS, a number,
 * give others, and more of them.
 */

import fc from 'fast-check'

const seed = Number(process.env.ISTIO_ALB_SEED ?? 20_261_125)
export const numRuns = Number(process.env.ISTIO_ALB_ATTACKS ?? 1_000)

/** One thing done to a text: others' bytes are mostly right. */
const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  kind: fc.constantFrom('drop', 'double', 'replace', 'insert', 'cut'),
  what: fc.constantFrom(
    ...[
      '\0',
      '\r',
      '\n',
      '\r\n',
      ' ',
      '\t',
      ':',
      ';',
      ',',
      '"',
      "'",
      '\\',
      '{',
      '}',
      '[',
      ']',
      '\xff',
      '\x85',
      '%',
      '#'
    ],
    ...[
      '__proto__',
      'constructor',
      'null',
      '-1',
      '99999999999999999999',
      '1e999',
      'true',
      '&a [*a]',
      '*a',
      '<<: ',
      '!!js ',
      '\u2028',
      '\ud800'
    ]
  )
})

function edited(text: string, edits: { at: number; kind: string; what: string }[]): string {
  return edits.reduce((changed, { at, kind, what }) => {
    const place = Math.floor(at * changed.length)
    const [before, after] = [changed.slice(0, place), changed.slice(place)]
    switch (kind) {
      case 'drop':
        return before + after.slice(1 + (what.length % 8))
      case 'double':
        return before + after.slice(0, 30) + after
      case 'replace':
        return before + what + after.slice(what.length)
      case 'insert':
        return before + what + after
      default:
        return before
    }
  }, text)
}

/** Texts that begin as one of the seeds. */
export function nearly(seeds: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...seeds), fc.array(edit, { maxLength: 5 }))
    .map(([text, edits]) => edited(text, edits))
}

export function each<Value>(values: fc.Arbitrary<Value>, take: (value: Value) => void, runs = numRuns): void {
  fc.assert(
    fc.property(values, value => take(value)),
    { seed, numRuns: runs }
  )
}

/** Runs it, and takes a refusal for an answer. */
export function refusable(run: () => unknown, ...refusals: (abstract new (...args: never[]) => Error)[]): void {
  try {
    run()
  } catch (error) {
    if (!refusals.some(refusal => error instanceof refusal)) {
      throw error
    }
  }
}
