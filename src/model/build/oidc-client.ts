import type { Resources } from '../../resources/index.ts'
import { trimRightControls, trimRightSpace } from '../go/format.ts'
import { ModelError } from '../model-error.ts'
import { getSecret } from './cluster-objects.ts'

function decode(base64: string | undefined): string | undefined {
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString()
}

/**
 * The client's ID and secret at an OIDC provider, trimmed at the end as the controller does: white space there, control
 * characters here.
 *
 * @throws ModelError
 */
export function readClient(
  resources: Resources,
  namespace: string,
  secretName: string
): { clientID: string; clientSecret: string } {
  const { data = {} } = getSecret(resources, namespace, secretName)
  const clientID = decode(data.clientID ?? data.clientId)
  const clientSecret = decode(data.clientSecret)
  if (clientID === undefined) {
    throw new ModelError(`missing clientID, secret: ${namespace}/${secretName}`)
  }
  if (clientSecret === undefined) {
    throw new ModelError(`missing clientSecret, secret: ${namespace}/${secretName}`)
  }
  return {
    clientID: trimRightSpace(clientID),
    clientSecret: trimRightControls(clientSecret)
  }
}
