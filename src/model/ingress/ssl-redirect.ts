import { readInt32 } from '../annotation/parser.ts'
import { formatSlice } from '../go/format.ts'
import { parseInteger } from '../go/strconv.ts'
import { ModelError, withErrorPrefix } from '../model-error.ts'
import type { Member } from './group/ingress-group.ts'
import type { ListenPort } from './listen-ports.ts'
import type { BuildTask } from './task.ts'

/** A port of IngressClassParams; undefined where it is none. */
function portOfClass(text: string): number | undefined {
  try {
    return parseInteger(text, 32)
  } catch (error) {
    if (error instanceof ModelError) {
      return undefined
    }
    throw error
  }
}

/**
 * The ports that members redirect to (LBC: buildSSLRedirectConfig). One of IngressClassParams that is no number is no error
 * there: it ends the search, and nothing redirects.
 */
function collectRedirectPorts(members: Member[]): Set<number> {
  const ports = new Set<number>()
  for (const { key, ingress, params } of members) {
    const text = params?.spec?.sslRedirectPort
    const port = text
      ? portOfClass(text)
      : withErrorPrefix(`ingress: ${key}`, () => readInt32('ssl-redirect', ingress))?.value
    if (port !== undefined) {
      ports.add(port)
    } else if (text) {
      return new Set()
    }
  }
  return ports
}

/** The port that every HTTP listener redirects to; undefined for none (LBC: buildSSLRedirectConfig). @throws ModelError */
export function chooseRedirectPort({ group }: BuildTask, listenPorts: ListenPort[]): number | undefined {
  const ports = collectRedirectPorts(group.members)
  const [port] = ports
  if (port === undefined) {
    return undefined
  }
  if (ports.size > 1) {
    throw new ModelError(`conflicting sslRedirect port: ${formatSlice([...ports].sort((left, right) => left - right))}`)
  }
  const listenPort = listenPorts.find(candidate => candidate.port === port)
  if (!listenPort) {
    throw new ModelError(`listener does not exist for SSLRedirect port: ${port}`)
  }
  if (listenPort.protocol !== 'HTTPS') {
    throw new ModelError(`listener protocol non-SSL for SSLRedirect port: ${port}`)
  }
  return port
}
