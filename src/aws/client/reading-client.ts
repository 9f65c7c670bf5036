/**
 * A client that only reads, of a real account or of an endpoint.
 *
 * @module
 */

import { type Caller, Client } from './client.ts'
import { findCredentials, localCredentials } from './credentials.ts'
import { isLocal } from './endpoint-url.ts'
import { Recorder } from './recorder.ts'

/**
 * Calls AWS itself, or the endpoint that is named, or that of AWS_ENDPOINT_URL, with the credentials of the standard chain. A call
 * that would write is not made.
 *
 * @throws Failure exit 3 as {@link findCredentials} does.
 */
export async function readingClient(
  { endpoint, region }: { endpoint?: string; region: string },
  env: NodeJS.ProcessEnv = process.env
): Promise<Caller> {
  const address = endpoint ?? env.AWS_ENDPOINT_URL
  const url = address === undefined ? undefined : URL.parse(address)
  const credentials = url && isLocal(url) ? localCredentials(env) : await findCredentials(env)
  return new Recorder(new Client({ region, credentials, ...(address !== undefined && { endpoint: address }) }), {
    dryRun: true
  })
}
