/**
 * What AWS says to a kind of stickiness that a target group cannot have. (API: TargetGroupAttribute, `stickiness.type`.)
 *
 * @module
 */

import { ServiceError } from '../../protocol/service-error.ts'
import type { TargetGroup } from '../../state/state.ts'
import { invalid } from './lookup.ts'

const kinds = ['app_cookie', 'lb_cookie', 'source_ip']

function kindsOf(protocol: string): string[] {
  return kinds.filter(kind => kind.endsWith('_cookie') === (protocol === 'HTTP' || protocol === 'HTTPS'))
}

/** @throws {ServiceError} for a kind that the protocol does not have, turned on or not. */
export function checkStickiness(
  { Protocol, TargetType }: TargetGroup,
  attributes: readonly { Key?: string; Value?: string }[]
): void {
  if (Protocol === undefined || Protocol === 'GENEVE' || TargetType === 'lambda') {
    return
  }
  const given = new Map(attributes.map(({ Key, Value }) => [Key, Value]))
  const kind = given.get('stickiness.type')
  if (kind !== undefined && !kinds.includes(kind)) {
    throw invalid(`'Stickiness type' must be one of [${kinds.join(', ')}]`)
  }
  if (kind !== undefined && !kindsOf(Protocol).includes(kind)) {
    throw new ServiceError(
      'InvalidConfigurationRequest',
      `Stickiness type '${kind}' is not supported for target groups with the ${Protocol} protocol`
    )
  }
  if (Protocol === 'TLS' && given.get('stickiness.enabled') === 'true') {
    throw new ServiceError(
      'InvalidConfigurationRequest',
      'You cannot enable stickiness on target groups with the TLS protocol'
    )
  }
}
