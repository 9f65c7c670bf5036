import { expect, test } from '@jest/globals'
import { expectVerdicts, generateValues } from '../../cases/generated-values.ts'

/** Enough for a look here; the end-to-end tests make many more, for the API server too. */
const count = 120

test('generated values are refused by every engine, with a code, or rendered into objects of which the plan builds', async () => {
  expect((await expectVerdicts(generateValues(count))).length).toBeGreaterThan(count / 10)
})
