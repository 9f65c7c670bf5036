import { readString, specEntries } from '../../model/index.ts'
import { annotationName, objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { annotationPath, type Problem } from '../rule.ts'

/**
 * Ingresses whose requests authenticate on HTTPS listeners, and pass without on an HTTP one: the controller leaves the action out
 * there (LBC: buildActions, buildAuthAction).
 */
export function* ingressesOpenOnHTTP({ backends, groupOf }: Context): Generator<Problem> {
  const seen = new Set<unknown>()
  for (const { ingress, setting } of backends) {
    const type = setting('auth-type')
    const asked = type && type.value !== 'none' ? type : readString('jwt-validation', ingress)
    const group = groupOf(ingress)
    if (!asked || !group?.stack || seen.has(asked.object)) {
      continue
    }
    const listeners = specEntries(group.stack, 'listener')
    const open = specEntries(group.stack, 'rule').find(
      ([id, { actions }]) =>
        group.ruleSources.get(id)?.object === objectName(ingress) &&
        actions.some(action => action.type === 'forward') &&
        listeners.find(([listener]) => listener === id.split(':')[0])?.[1].protocol === 'HTTP'
    )
    if (!open) {
      continue
    }
    seen.add(asked.object)
    const secure = listeners.find(([, { protocol }]) => protocol === 'HTTPS')?.[1].port
    const name = annotationName('ssl-redirect')
    yield {
      object: asked.object,
      path: annotationPath(asked.name),
      message: `${objectName(ingress)} authenticates on HTTPS alone: it also has rules on the HTTP listener ${open[0].split(':')[0]}, where requests pass without`,
      expected: 'no rules on HTTP listeners, or a redirect there',
      actual: `${asked.name}, and HTTP`,
      ...(secure === undefined
        ? {
            hint: `have an HTTPS listener in ${annotationName('listen-ports')}, with a certificate, and redirect to it`
          }
        : {
            hint: `set ${name}: "${secure}"`,
            changed: ingress,
            changes: [{ path: annotationPath(name), value: String(secure) }]
          })
    }
  }
}
