import type { Ingress } from '../../resources/index.ts'
import { readString } from '../annotation/parser.ts'
import { trustStoreARNs } from '../build/trust-stores.ts'
import { sortedStrings } from '../go/format.ts'
import { decodeJSON, type GoType, goBool, goInt32, goString, pointer, slice } from '../go/json.ts'
import { ModelError, withErrorPrefix } from '../model-error.ts'
import type { MutualAuthentication } from '../stack/stack.ts'
import { checkListenPort } from './listen-port.ts'
import type { BuildTask } from './task.ts'

interface Entry {
  port: number
  mode: string
  trustStore?: string
  ignoreClientCertificateExpiry?: boolean
  advertiseTrustStoreCaNames?: string
}

const entryType: GoType = {
  kind: 'struct',
  name: 'MutualAuthenticationConfig',
  package: 'ingress',
  fields: {
    port: goInt32,
    mode: goString,
    trustStore: pointer(goString),
    ignoreClientCertificateExpiry: pointer(goBool),
    advertiseTrustStoreCaNames: pointer(goString)
  }
}

/** LBC: validateMutualAuthenticationConfig. @throws ModelError */
function checkEntry(entry: Entry): void {
  const { port, mode, trustStore = '', ignoreClientCertificateExpiry, advertiseTrustStoreCaNames } = entry
  checkListenPort(port)
  if (mode === '') {
    throw new ModelError(`mutualAuthentication mode cannot be empty for port ${port}`)
  }
  if (!['off', 'passthrough', 'verify'].includes(mode)) {
    throw new ModelError(
      `mutualAuthentication mode value must be among [off, passthrough, verify] for port ${port} : ${mode}`
    )
  }
  const verifies = mode === 'verify'
  if (verifies && trustStore === '') {
    throw new ModelError(`trustStore is required when mutualAuthentication mode is verify for port ${port}`)
  }
  if (!verifies && trustStore !== '') {
    throw new ModelError(`Mutual Authentication mode ${mode} does not support trustStore for port ${port}`)
  }
  if (!verifies && ignoreClientCertificateExpiry !== undefined) {
    throw new ModelError(
      `Mutual Authentication mode ${mode} does not support ignoring client certificate expiry for port ${port}`
    )
  }
  if (advertiseTrustStoreCaNames === undefined) {
    return
  }
  if (!verifies) {
    throw new ModelError(
      `Mutual Authentication mode ${mode} does not support advertiseTrustStoreCaNames for port ${port}`
    )
  }
  if (!['on', 'off'].includes(advertiseTrustStoreCaNames)) {
    throw new ModelError(
      `advertiseTrustStoreCaNames only supports the values "on" and "off" got value ${advertiseTrustStoreCaNames} for port ${port}`
    )
  }
}

/** Mutual TLS of an Ingress's HTTPS listeners, by port (LBC: computeIngressMutualAuthentication). @throws ModelError */
export function readMutualAuthentication(task: BuildTask, ingress: Ingress): Map<number, MutualAuthentication> {
  const text = readString('mutual-authentication', ingress)?.value
  if (text === undefined) {
    return new Map()
  }
  const entries = withErrorPrefix(
    `failed to parse mutualAuthentication configuration from ingress annotation: \`${text}\``,
    () => decodeJSON<Entry[] | undefined>(slice(entryType), text)
  )
  if (!entries?.length) {
    throw new ModelError(`empty mutualAuthentication configuration from ingress annotation: \`${text}\``)
  }
  const byPort = new Map<number, MutualAuthentication>()
  for (const entry of entries) {
    checkEntry(entry)
    const { port, mode, trustStore = '', advertiseTrustStoreCaNames } = entry
    const ignoreExpiry = entry.ignoreClientCertificateExpiry ?? (mode === 'verify' ? false : undefined)
    byPort.set(port, {
      mode,
      trustStoreArn: trustStore,
      ...(ignoreExpiry !== undefined && { ignoreClientCertificateExpiry: ignoreExpiry }),
      ...(advertiseTrustStoreCaNames !== undefined && { advertiseTrustStoreCaNames })
    })
  }
  function isName({ mode, trustStoreArn = '' }: MutualAuthentication): boolean {
    return mode === 'verify' && !trustStoreArn.startsWith('arn:')
  }
  const named = [...byPort.values()].filter(isName)
  const arns = trustStoreARNs(task, sortedStrings(named.map(({ trustStoreArn }) => trustStoreArn!)))
  for (const attributes of named) {
    attributes.trustStoreArn = arns.get(attributes.trustStoreArn!)!
  }
  return byPort
}
