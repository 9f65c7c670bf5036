import type { Change } from '../../failure.ts'
import { annotationName, type KubernetesObject, objectName, type Service } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import type { Backend } from './backend.ts'
import { readyPath, statusPortNumber, statusPortOf } from './health-check.ts'
import { needsTLS } from './tls-port.ts'

/** Settings of a target group by their names without the prefix; undefined for one that is to go. */
export type Settings = Record<string, string | undefined>

/** New settings of a backend as changes of one object, and in words. */
export interface SettingChange {
  changed: KubernetesObject
  changes: Change[]
  /** `set NAME: VALUE and NAME: VALUE` */
  hint: string
}

/**
 * The object to change: the Service where one of the settings stands on it, as its annotations win, or where they would reach
 * other Services of the Ingress too; else the Ingress.
 */
function ownerOf({ ingress, service }: Backend, names: readonly string[], backends: readonly Backend[]) {
  const isSet = names.some(name => service.metadata.annotations?.[name] !== undefined)
  const isShared = backends.some(
    other =>
      other.ingress === ingress &&
      other.service !== service &&
      names.some(name => other.service.metadata.annotations?.[name] === undefined)
  )
  return isSet || isShared ? service : ingress
}

/** What gives a backend some settings, whatever the Ingress says for others. */
export function changeSettings(backend: Backend, settings: Settings, { backends }: Context): SettingChange {
  const names = Object.keys(settings).map(annotationName)
  const changed = ownerOf(backend, names, backends)
  const changes = Object.entries(settings).flatMap(([suffix, value]): Change[] => {
    const name = annotationName(suffix)
    const path = ['metadata', 'annotations', name]
    if (value !== undefined) {
      return [{ path, value }]
    }
    return changed.metadata.annotations?.[name] === undefined ? [] : [{ path, remove: true }]
  })
  const words = Object.entries(settings).map(([suffix, value]) =>
    value === undefined ? `remove ${annotationName(suffix)}` : `set ${annotationName(suffix)}: ${value}`
  )
  return { changed, changes, hint: words.join(' and ').replaceAll(' and set ', ' and ') }
}

/** The settings by which a health check asks the status port of that name for readiness, as far as they are not so. */
export function statusPortSettings(context: Context, backend: Backend, name: string): Settings {
  const path = backend.setting('healthcheck-path')?.value
  const codes = backend.setting('success-codes')?.value
  const isTLS = backend.setting('healthcheck-protocol')?.value ?? (needsTLS(context, backend) ? 'HTTPS' : 'HTTP')
  return {
    ...(backend.setting('healthcheck-port')?.value !== name && { 'healthcheck-port': name }),
    ...(!path?.startsWith(readyPath) && { 'healthcheck-path': readyPath }),
    ...(isTLS === 'HTTPS' && { 'healthcheck-protocol': 'HTTP' }),
    ...(codes !== undefined && !takesReady(codes) && { 'success-codes': '200' })
  }
}

/** What makes the health check of a gateway ask its status port; undefined where it has none, none with a name, or asks it. */
export function askStatusPort(context: Context, backend: Backend): SettingChange | undefined {
  const { name } = statusPortOf(backend) ?? {}
  const settings = name === undefined ? {} : statusPortSettings(context, backend, name)
  return Object.keys(settings).length === 0 ? undefined : changeSettings(backend, settings, context)
}

/**
 * What gives a gateway's Service a status port, and has the health check ask it. Without an edit where the Ingress sets what is to
 * change: an edit is of one object, and the port is the Service's.
 */
export function addStatusPort(
  context: Context,
  backend: Backend
): { hint: string; changed?: Service; changes?: Change[] } {
  const { service, ingress } = backend
  const port = { name: 'status-port', port: statusPortNumber, targetPort: statusPortNumber }
  const settings = Object.entries(statusPortSettings(context, backend, port.name))
  const words = settings.map(([suffix, value]) => `${annotationName(suffix)}: ${value}`).join(' and ')
  const added = `add { name: status-port, port: ${statusPortNumber}, targetPort: ${statusPortNumber} } to the ports of ${objectName(service)}`
  const hint = words === '' ? added : `${added}, and set ${words}`
  if (settings.some(([suffix]) => ingress.metadata.annotations?.[annotationName(suffix)] !== undefined)) {
    return { hint }
  }
  return {
    hint,
    changed: service,
    changes: [
      { path: ['spec', 'ports', service.spec?.ports?.length ?? 0], value: port },
      ...settings.map(([suffix, value]) => ({
        path: ['metadata', 'annotations', annotationName(suffix)],
        value: value!
      }))
    ]
  }
}

/** Whether success codes take the 200 of a gateway that is ready. */
function takesReady(codes: string): boolean {
  return codes.split(',').some(part => {
    const [from, to = from] = part.trim().split('-').map(Number)
    return from! <= 200 && 200 <= to!
  })
}
