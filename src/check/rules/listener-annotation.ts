/**
 * Annotations for listeners or ports that are not there, of Services and of Ingresses.
 *
 * @module
 */

import { readString } from '../../model/index.ts'
import { annotationPrefix, type Ingress, objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { frontDoors } from '../facts/front-door.ts'
import { describePorts, type ListenPort, listenPortsOf } from '../facts/listen-ports.ts'
import { annotationPath, type Problem, type Rule } from '../rule.ts'
import { unusedTLSPorts } from './in-tree-lists.ts'
import { unusedListenerConfigurations } from './listener-configuration.ts'

/** Annotations with a protocol and a port in their names that no listener has. */
export const listenerAnnotationUnused: Rule = {
  code: 'LISTENER_ANNOTATION_UNUSED',
  severity: 'warning',
  *find(context) {
    yield* unusedTLSPorts(context)
    yield* unusedListenerConfigurations(context)
    for (const ingress of context.ingresses) {
      yield* unusedOfIngress(context, ingress)
    }
    const family =
      /^service\.beta\.kubernetes\.io\/(actions|aws-load-balancer-listener-attributes|aws-load-balancer-target-group-attributes)\.(.+)$/
    for (const { service, plan, listeners } of frontDoors(context)) {
      if (plan.by !== 'controller' || !plan.stack) {
        continue
      }
      for (const name of Object.keys(service.metadata.annotations ?? {})) {
        const [, kind, of] = family.exec(name) ?? []
        if (kind === undefined || of === undefined) {
          continue
        }
        const isByPort = kind.endsWith('target-group-attributes')
        const names = listeners.map(({ protocol, servicePort: { port } }) =>
          isByPort ? String(port) : `${protocol}-${port}`
        )
        if (names.includes(of) || names.length === 0) {
          continue
        }
        const port = /-([0-9]+)$/.exec(of)?.[1]
        const found = names.find(candidate => candidate.endsWith(`-${port}`))
        // TCP listeners alone have attributes, of Network Load Balancers.
        const isFit = !kind.endsWith('listener-attributes') || found?.startsWith('TCP-')
        const meant = isFit ? found : undefined
        yield {
          object: service,
          path: annotationPath(name),
          message: `${name} of ${objectName(service)} is ignored: no ${isByPort ? 'port' : 'listener'} ${of} is made, only ${names.join(', ')}`,
          expected: names.join(', '),
          actual: of,
          changes: [
            meant
              ? { path: annotationPath(name), rename: `${name.slice(0, -of.length)}${meant}` }
              : { path: annotationPath(name), remove: true }
          ],
          hint: meant
            ? `write ${name.slice(0, -of.length)}${meant}`
            : found
              ? `remove it: ${found}, the listener on that port, has no attributes`
              : 'remove it, or name a port of the Service'
        }
      }
    }
  }
}

/** What an Ingress says of listeners that it has not: the controller reads it for the ports that this Ingress listens on. */
function* unusedOfIngress(context: Context, ingress: Ingress): Generator<Problem> {
  const group = context.groupOf(ingress)
  const ports = listenPortsOf(context, ingress)
  // EKS Auto Mode has rules of its own for listeners.
  if (!group?.stack || group.autoMode || !ports) {
    return
  }
  yield* unusedAttributes(ingress, ports)
  const secure = ports.filter(({ protocol }) => protocol === 'HTTPS')
  // A certificate without a listener, or spec.tls, is told as such: who opens the listener has these too.
  if (secure.length > 0 || !(readString('certificate-arn', ingress) || ingress.spec?.tls?.length)) {
    yield* unusedPolicy(ingress, ports, secure)
    yield* unusedMutualAuthentication(ingress, ports, secure)
  }
}

function* unusedAttributes(ingress: Ingress, ports: ListenPort[]): Generator<Problem> {
  const start = `${annotationPrefix}listener-attributes.`
  const names = ports.map(({ protocol, port }) => `${protocol}-${port}`)
  for (const name of Object.keys(ingress.metadata.annotations ?? {})) {
    const of = name.startsWith(start) ? name.slice(start.length) : undefined
    if (of === undefined || names.includes(of)) {
      continue
    }
    const port = /^[A-Za-z]*[-:_]?([0-9]+)$/.exec(of)?.[1]
    const meant =
      names.find(candidate => candidate.toLowerCase() === of.toLowerCase()) ??
      names.find(candidate => candidate.endsWith(`-${port}`))
    yield {
      object: ingress,
      path: annotationPath(name),
      message: `${name} of ${objectName(ingress)} has no effect: it listens on ${describePorts(ports)}, and not on ${of.replace('-', ':')}`,
      expected: names.join(', '),
      actual: of,
      hint: meant ? `write ${start}${meant}` : `remove it, or listen there: ${annotationPrefix}listen-ports`,
      ...(meant &&
        ingress.metadata.annotations?.[start + meant] === undefined && {
          changes: [{ path: annotationPath(name), rename: start + meant }]
        })
    }
  }
}

function* unusedPolicy(ingress: Ingress, ports: ListenPort[], secure: ListenPort[]): Generator<Problem> {
  const policy = readString('ssl-policy', ingress)
  if (policy && secure.length === 0) {
    yield {
      object: ingress,
      path: annotationPath(policy.name),
      message: `${policy.name} of ${objectName(ingress)} has no effect: it listens on ${describePorts(ports)} alone, and no listener of it ends TLS`,
      expected: 'an HTTPS port',
      actual: describePorts(ports),
      hint: `remove it, or add {"HTTPS":443} to ${annotationPrefix}listen-ports`
    }
  }
}

function* unusedMutualAuthentication(ingress: Ingress, ports: ListenPort[], secure: ListenPort[]): Generator<Problem> {
  const annotation = readString('mutual-authentication', ingress)
  const entries = annotation === undefined ? [] : entriesOf(annotation.value)
  for (const { port, mode } of entries) {
    if (mode === 'off' || secure.some(one => one.port === port)) {
      continue
    }
    const [only] = secure.length === 1 && entries.length === 1 ? secure : []
    yield {
      object: ingress,
      path: annotationPath(annotation!.name),
      message: `${annotation!.name} of ${objectName(ingress)} has no effect for port ${port}: it listens on ${describePorts(ports)}, and asks no client for a certificate there`,
      expected: secure.length > 0 ? secure.map(one => one.port).join(' or ') : 'an HTTPS port',
      actual: String(port),
      hint: only
        ? `write "port": ${only.port}`
        : `name an HTTPS port of ${annotationPrefix}listen-ports, or remove the entry`
    }
  }
}

/** Entries as far as they are any; what is none keeps the plan from being made. */
function entriesOf(text: string): { port?: unknown; mode?: unknown }[] {
  try {
    return [JSON.parse(text)].flat().filter(entry => typeof entry === 'object' && entry !== null)
  } catch {
    return []
  }
}
