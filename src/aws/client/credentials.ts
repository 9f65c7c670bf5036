/**
 * Whose account is asked: the credentials chain that AWS's own SDKs have.
 *
 * @module
 */

import { missingFailure } from '../../failure.ts'

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

/** What an emulator of AWS's APIs, which checks no signature, is told where the environment has no credentials. */
const anyCredentials: Credentials = { accessKeyId: 'any', secretAccessKey: 'any' }

/** The first link of the chain: the environment, which a profile that is named goes before. */
function credentialsOfEnvironment(env: NodeJS.ProcessEnv): Credentials | undefined {
  const { AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = env
  return AWS_PROFILE || !AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY
    ? undefined
    : {
        accessKeyId: AWS_ACCESS_KEY_ID,
        secretAccessKey: AWS_SECRET_ACCESS_KEY,
        ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN })
      }
}

/** Credentials for an endpoint on loopback: nothing but the environment is asked, and no credentials will do. */
export function localCredentials(env: NodeJS.ProcessEnv = process.env): Credentials {
  return credentialsOfEnvironment(env) ?? anyCredentials
}

/**
 * Credentials by the standard chain of AWS's SDKs. Beyond the environment it is the SDK's own (profiles, single sign-on, web
 * identity, containers, instance metadata), an optional peer that is loaded when it is asked for.
 *
 * @throws Failure exit 3 `CREDENTIALS_CHAIN_MISSING` where the chain goes on and is not installed, `CREDENTIALS_MISSING`
 * where it ends without any.
 */
export async function findCredentials(env: NodeJS.ProcessEnv = process.env): Promise<Credentials> {
  const own = credentialsOfEnvironment(env)
  if (own) {
    return own
  }
  const chain = await import('@aws-sdk/credential-provider-node').catch((error: unknown) => {
    throw missingFailure(
      {
        code: 'CREDENTIALS_CHAIN_MISSING',
        message: 'the environment has no AWS credentials, and what looks for them elsewhere is not installed',
        expected: 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the package @aws-sdk/credential-provider-node',
        hint: 'eval "$(aws configure export-credentials --format env)", or npm install @aws-sdk/credential-provider-node'
      },
      { cause: error }
    )
  })
  try {
    const { accessKeyId, secretAccessKey, sessionToken } = await chain.defaultProvider()()
    return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) }
  } catch (error) {
    throw missingFailure(
      {
        code: 'CREDENTIALS_MISSING',
        message: `no AWS credentials are found: ${(error as Error).message}`,
        hint: 'log in with aws sso login or aws configure, or name a profile in AWS_PROFILE'
      },
      { cause: error }
    )
  }
}
