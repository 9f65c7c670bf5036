import { readString } from '../../annotation/parser.ts'
import { type Setting, settingOf } from '../../build/setting.ts'
import { fromField } from '../../build/task.ts'
import type { Member } from './ingress-group.ts'

/**
 * What each member says about a setting: its IngressClassParams, else its annotation; members that say nothing are left
 * out. Most settings of a load balancer are collected this way before their values are compared.
 */
export function collectSettings(
  members: Member[],
  suffix: string,
  paramsValue: (params: NonNullable<Member['params']>['spec']) => string | undefined = () => undefined,
  paramsPath = ''
): Setting<string>[] {
  return members.flatMap(({ ingress, params }) => {
    const value = params && paramsValue(params.spec)
    if (value !== undefined) {
      return [{ value, source: fromField(params!, paramsPath) }]
    }
    const annotation = readString(suffix, ingress)
    return annotation ? [settingOf(annotation)] : []
  })
}
