import type { ServiceName } from '../protocol/table.ts'
import { acmActions } from './acm.ts'
import type { Call } from './call.ts'
import { ec2Actions } from './ec2/index.ts'
import { elbv2Actions } from './elbv2/index.ts'
import { shieldActions } from './shield.ts'
import { stsActions } from './sts.ts'
import { taggingActions } from './tagging.ts'
import { wafRegionalActions, wafv2Actions } from './web-acl.ts'

/** An action, whatever its input is: the service's table has made sure that it is one of its own. */
export type Action = (input: Record<string, unknown>, call: Call) => object

const actions: Record<ServiceName, object> = {
  elbv2: elbv2Actions,
  ec2: ec2Actions,
  sts: stsActions,
  acm: acmActions,
  wafv2: wafv2Actions,
  'waf-regional': wafRegionalActions,
  shield: shieldActions,
  tagging: taggingActions
}

/** The action of a name; undefined for one that AWS has and that is not answered here. */
export function actionOf(service: ServiceName, operation: string): Action | undefined {
  const ofService = actions[service] as Record<string, Action>
  return Object.hasOwn(ofService, operation) ? ofService[operation] : undefined
}
