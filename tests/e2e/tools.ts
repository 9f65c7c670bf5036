import { missingTools } from '../../src/cluster/index.ts'
import { findHelm } from '../../src/render/index.ts'

/** Why the tests of this folder cannot run here, with what to do about it; empty where they can. */
export async function reasonsToSkip(): Promise<string[]> {
  const findings = await missingTools(['docker', 'kind', 'kubectl', 'istioctl'])
  const helm = await findHelm().then(
    () => [],
    (error: Error) => [`${error.message}`]
  )
  return [...findings.map(({ message, hint }) => `${message}: ${hint}`), ...helm]
}

/** Set where the tests must run: a reason to skip them is a failure then. */
export const required = process.env.ISTIO_ALB_E2E === 'required'
