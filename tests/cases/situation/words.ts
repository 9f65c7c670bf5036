import fc from 'fast-check'

/** A part of an object. */
export type Spec = Record<string, unknown>

/** A value in so many of a hundred, else none. */
export function maybe<Value>(value: fc.Arbitrary<Value>, percent = 50): fc.Arbitrary<Value | undefined> {
  return fc.oneof({ weight: 100 - percent, arbitrary: fc.constant(undefined) }, { weight: percent, arbitrary: value })
}

export function some<Value>(values: readonly Value[], most: number): fc.Arbitrary<Value[]> {
  return fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: most })
}
/** An object without the fields that are undefined. */
export function filled(model: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Spec> {
  return fc
    .record(model)
    .map(spec => Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined)))
}
