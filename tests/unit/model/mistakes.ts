/**
 * Tables of mistakes that the controller refuses, each with its own words.
 *
 * @module
 */
import { expect, test } from '@jest/globals'
import { annotationPrefix, type KubernetesObject } from '../../../src/resources/index.ts'
import { type Annotations, errorOf, ingress, member } from './objects.ts'

export interface Mistake {
  mistake: string
  objects: KubernetesObject[]
  error: string
}

/** A certificate, for listeners that are to be HTTPS. */
export const secure = { 'certificate-arn': 'arn:aws:acm:us-west-2:1:certificate/a' }

/** An annotation's full name. */
export function annotation(name: string): string {
  return annotationPrefix + name
}

/** The text of an error of the Ingress `ns/web`. */
export function own(error: string): string {
  return `ingress: ns/web: ${error}`
}

/** The text of an annotation that is no number. */
export function invalidNumber(name: string, text: string, bits: 32 | 64): string {
  return `failed to parse int${bits} annotation, ${annotation(name)}: ${text}: strconv.ParseInt: parsing "${text}": invalid syntax`
}

/** A mistake in annotations of the Ingress alone. */
export function mistakeOn(mistake: string, annotations: Annotations, error: string): Mistake {
  return {
    mistake,
    objects: [ingress(annotations)],
    error
  }
}

/** Two members of a group that cannot both have their way. */
export function conflict(a: Annotations, b: Annotations, error: string): Mistake {
  return {
    mistake: `${JSON.stringify(a)} and ${JSON.stringify(b)}`,
    objects: [member('a', a), member('b', b)],
    error
  }
}

/** A test for each of some mistakes. */
export function testMistakes(mistakes: Mistake[]): void {
  test.each(mistakes)('$mistake', ({ objects, error }) => {
    expect(errorOf(objects)).toBe(error)
  })
}
