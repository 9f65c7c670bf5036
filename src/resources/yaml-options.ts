/**
 * How YAML is read: as kubectl reads it, which is not in every point as the library does.
 *
 * @module
 */

import { Schema } from 'yaml'

/** A number with an exponent, which has a digit before it. */
const exponential = /^[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)[eE][-+]?[0-9]+$/

/** A number with a point, which has a digit on one side of it. */
const decimal = /^[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)$/

/** The library takes `e-9` and `.`, a name and a namespace like any other, for numbers without digits. */
function withDigits(tag: unknown): unknown {
  const { format, test } = tag as { format?: string; test?: RegExp }
  if (format === 'EXP') {
    return { ...(tag as object), test: exponential }
  }
  return test?.test('.') ? { ...(tag as object), test: decimal } : tag
}

/**
 * Scalars as kubectl reads them (sigs.k8s.io/yaml): YAML 1.1 booleans and octal numbers, but no timestamps, no base-60
 * numbers and no sets.
 */
export const yamlOptions = {
  version: '1.1',
  merge: true,
  // Every key is text, as in the JSON that kubectl makes of it; a mapping as a key is refused.
  stringKeys: true,
  logLevel: 'error',
  customTags: (tags: unknown[]) =>
    tags
      .filter(tag => {
        const { format, tag: name = '' } = (typeof tag === 'string' ? { tag } : tag) as {
          format?: string
          tag?: string
        }
        return format !== 'TIME' && !/timestamp|:(set|omap|pairs)$/.test(name)
      })
      .map(withDigits)
} as const

/** What the options make, once: the library would make it anew for each of a thousand documents. */
const schema = new Schema({ ...yamlOptions, schema: 'yaml-1.1', resolveKnownTags: false } as never)

/** How a text is read; one that names its version of YAML chooses a schema by itself. */
export function optionsFor(text: string): object {
  return { ...yamlOptions, prettyErrors: false, ...(!text.includes('%YAML') && { schema }) }
}
