/**
 * What a server shows its clients, and what it wants to be shown.
 *
 * @module
 */

import { objectName, type Resources, type Secret } from '../resources/index.ts'
import type { ServerTLS } from './istio.ts'
import type { Server } from './server.ts'
import type { Workload } from './workload.ts'

/** The Secret of a server's certificate, and why there is none. */
export interface Credential {
  secret?: Secret
  problem?: string
  /** It is not among the objects, and taken to be there all the same. */
  assumed?: true
}

/** The TLS of a connection, as far as the gateway sees it. */
export interface ClientTLS {
  serverName?: string
  clientCertificate?: boolean
  /** The newest version that the client speaks; default TLSv1.3. */
  maxVersion?: 'TLSv1.2' | 'TLSv1.3'
}

function hasKeyPair({ data = {} }: Secret): boolean {
  return Boolean((data['tls.crt'] && data['tls.key']) || (data.cert && data.key))
}

function hasAuthority({ data = {} }: Secret): boolean {
  return Boolean(data['ca.crt'] || data.cacert)
}

/** Namespace and name of a credential: `namespace/name` has both in it, as those of the Gateway API do. */
function place(name: string, { namespace }: Workload): { name: string; namespace: string } {
  const [, owner, rest] = /^(?:kubernetes(?:-gateway)?:\/\/)?(?:([^/]+)\/)?([^/]+)$/.exec(name) ?? []
  return rest === undefined ? { name, namespace } : { name: rest, namespace: owner ?? namespace }
}

/**
 * The name of a Secret that `namespace/name` takes from another namespace than the pods', to whom istiod does not give it (istiod:
 * pilot/pkg/xds/sds.go, filterAuthorizedResources); a ReferenceGrant may allow it.
 *
 * @param own the pods' namespace.
 */
export function foreignSecret(credential: string, own: string, resources: Resources): string | undefined {
  const [, namespace, name] = /^(?:kubernetes:\/\/)?([^/:]+)\/([^/]+)$/.exec(credential) ?? []
  const isGranted = resources
    .list('ReferenceGrant')
    .some(({ metadata }) => (metadata.namespace ?? 'default') === namespace)
  return namespace === undefined || namespace === own || isGranted ? undefined : name
}

/** Files in the pods: those of a volume, if anything mounts one there. */
function credentialOfFiles({ serverCertificate = '' }: ServerTLS, { maker }: Workload): Credential {
  const containers = maker?.spec?.template?.spec?.containers
  const mounted = containers?.some(({ volumeMounts = [] }) =>
    volumeMounts.some(({ mountPath }) => mountPath !== undefined && serverCertificate.startsWith(mountPath))
  )
  return containers && !mounted
    ? { problem: `no container of ${objectName(maker!)} mounts anything at ${serverCertificate}` }
    : { assumed: true }
}

/** The certificate of a server that terminates TLS: istiod reads it from the namespace of the gateway's pods. */
export function credentialOf(
  { spec: { tls } }: Server,
  workload: Workload,
  resources: Resources,
  complete: boolean
): Credential {
  const wanted = tls?.credentialName ?? tls?.credentialNames?.[0]
  if (!wanted) {
    return tls?.serverCertificate ? credentialOfFiles(tls, workload) : { assumed: true }
  }
  if (wanted.startsWith('builtin://')) {
    return { assumed: true }
  }
  if (foreignSecret(wanted, workload.namespace, resources) !== undefined) {
    const problem = `Secret ${wanted} is of another namespace than ${workload.namespace}, where the gateway's pods are: istiod does not give it to them`
    return { problem }
  }
  const { name, namespace } = place(wanted, workload)
  const secret = resources.find('Secret', name, namespace)
  if (secret) {
    return hasKeyPair(secret) ? { secret } : { problem: `${objectName(secret)} holds no tls.crt and tls.key` }
  }
  const elsewhere = resources.list('Secret').find(({ metadata }) => metadata.name === name)
  if (elsewhere) {
    return {
      problem: `Secret ${name} is in namespace ${elsewhere.metadata.namespace}, the gateway's pods are in ${namespace}`
    }
  }
  return complete ? { problem: `there is no Secret ${namespace}/${name}` } : { assumed: true }
}

/** Why a server that asks for client certificates has no authority to check them with. */
function authorityProblem(tls: ServerTLS, workload: Workload, resources: Resources): string | undefined {
  const wanted = tls.credentialName ?? tls.credentialNames?.[0]
  if (!wanted || tls.caCertCredentialName) {
    return undefined
  }
  const { name, namespace } = place(wanted, workload)
  const [secret, authority] = [name, `${name}-cacert`].map(one => resources.find('Secret', one, namespace))
  if (!secret || hasAuthority(secret) || (authority && hasAuthority(authority))) {
    return undefined
  }
  return `mode ${tls.mode} needs the authority of the clients' certificates, and neither ${objectName(secret)} nor a Secret ${name}-cacert holds ca.crt`
}

/** Why the handshake of a client with a server fails; undefined where it succeeds. */
export function handshakeProblem(
  { spec: { tls = {} } }: Server,
  client: ClientTLS,
  workload: Workload,
  resources: Resources
): string | undefined {
  const { mode = '', minProtocolVersion } = tls
  if (minProtocolVersion === 'TLSV1_3' && client.maxVersion === 'TLSv1.2') {
    return 'the server takes TLS 1.3 alone (minProtocolVersion), and the client speaks no more than TLS 1.2'
  }
  const asks = mode === 'MUTUAL' || mode === 'OPTIONAL_MUTUAL'
  const problem = asks ? authorityProblem(tls, workload, resources) : undefined
  if (problem) {
    return problem
  }
  return /^(ISTIO_)?MUTUAL$/.test(mode) && !client.clientCertificate
    ? `the server demands a client certificate (mode ${mode}), which the load balancer never presents`
    : undefined
}
