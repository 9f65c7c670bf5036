import type { Change } from '../../failure.ts'
import { type GroupPlan, readString, settingsOfClass } from '../../model/index.ts'
import { annotationName, type Ingress } from '../../resources/index.ts'
import type { Context } from '../context.ts'

export interface ListenPort {
  protocol: string
  port: number
}

/** The ports that an Ingress asks for; undefined where they cannot be read, which the plan tells. */
export function listenPortsOf(
  { resources, environment }: Pick<Context, 'resources' | 'environment'>,
  ingress: Ingress
): ListenPort[] | undefined {
  const text = readString('listen-ports', ingress)?.value
  if (text === undefined) {
    const certificates = settingsOfClass(ingress, resources, environment).params?.spec?.certificateArn?.length
    const secure = certificates || readString('certificate-arn', ingress)?.value
    return [secure ? { protocol: 'HTTPS', port: 443 } : { protocol: 'HTTP', port: 80 }]
  }
  try {
    const entries = JSON.parse(text) as Record<string, number>[]
    return entries.flatMap(entry => Object.entries(entry).map(([protocol, port]) => ({ protocol, port })))
  } catch {
    return undefined
  }
}

/** The change by which an Ingress listens on one more port; none where that is taken, or its ports cannot be read. */
export function listenOn(context: Context, ingress: Ingress, protocol: string, port: number): { changes?: Change[] } {
  const ports = listenPortsOf(context, ingress)
  if (!ports || ports.some(one => one.port === port)) {
    return {}
  }
  const all = [...ports, { protocol, port }].toSorted((one, other) => one.port - other.port)
  const value = JSON.stringify(all.map(one => ({ [one.protocol]: one.port })))
  return { changes: [{ path: ['metadata', 'annotations', annotationName('listen-ports')], value }] }
}

export function describePorts(ports: ListenPort[]): string {
  return ports.map(({ protocol, port }) => `${protocol}:${port}`).join(', ')
}

/** Which member of a group redirects every HTTP listener to HTTPS, and to which port. */
export function sslRedirectOf(
  context: Context,
  group: GroupPlan | undefined
): { ingress: Ingress; port: string } | undefined {
  for (const ingress of context.membersOf(group)) {
    const port =
      settingsOfClass(ingress, context.resources, context.environment).params?.spec?.sslRedirectPort ??
      readString('ssl-redirect', ingress)?.value
    if (port !== undefined) {
      return { ingress, port }
    }
  }
  return undefined
}
