import { describe, expect, test } from '@jest/globals'
import { missingTools } from '../../src/cluster/index.ts'
import { findHelm } from '../../src/render/index.ts'

/** Why the tests of this folder cannot run here, with what to do about it; empty where they can. */
async function reasonsToSkip(): Promise<string[]> {
  const findings = await missingTools(['docker', 'kind', 'kubectl', 'istioctl'])
  const helm = await findHelm().then(
    () => [],
    (error: Error) => [`${error.message}`]
  )
  return [...findings.map(({ message, hint }) => `${message}: ${hint}`), ...helm]
}

/** Set where the tests must run: a reason to skip them is a failure then. */
const required = process.env.ISTIO_ALB_E2E === 'required'

/**
 * A suite that needs what is missing for these reasons: skipped, and its name says what would end that.
 *
 * @param isRequired whether that is a failure; where the tests must run by default.
 */
export function describeUnless(reasons: string[], name: string, suite: () => void, isRequired = required): void {
  if (reasons.length === 0) {
    return void describe(name, suite)
  }
  if (isRequired) {
    test('the end-to-end tests can run here', () => {
      expect(reasons).toEqual([])
    })
  }
  describe.skip(`${name} (skipped: ${reasons.join('; ')})`, suite)
}

/** A test that needs what is missing for these reasons: skipped, and its name says what would end that. */
export function testUnless(reasons: readonly string[], name: string, run: () => Promise<void>, timeout?: number): void {
  if (reasons.length === 0) {
    test(name, run, timeout)
  } else {
    test.skip(`${name} (skipped: ${reasons.join('; ')})`, run, timeout)
  }
}

/** A suite with real parts. Where they are not to be had it is skipped, and says by its name what would end that. */
export async function describeWithTools(name: string, suite: () => void): Promise<void> {
  describeUnless(await reasonsToSkip(), name, suite)
}
