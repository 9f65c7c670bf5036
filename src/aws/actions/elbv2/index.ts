import type { Elbv2Operations } from '../../protocol/shapes/elbv2.ts'
import type { Actions } from '../call.ts'
import { accountActions } from './account.ts'
import { attributeActions } from './attributes.ts'
import { certificateActions } from './certificates.ts'
import { listenerActions } from './listeners.ts'
import { loadBalancerActions } from './load-balancers.ts'
import { ruleActions } from './rules.ts'
import { tagActions } from './tags.ts'
import { targetGroupActions } from './target-groups.ts'
import { targetActions } from './targets.ts'
import { trustStoreActions } from './trust-stores.ts'

/** Elastic Load Balancing, version 2. */
export const elbv2Actions: Actions<Elbv2Operations> = {
  ...accountActions,
  ...attributeActions,
  ...certificateActions,
  ...listenerActions,
  ...loadBalancerActions,
  ...ruleActions,
  ...tagActions,
  ...targetActions,
  ...targetGroupActions,
  ...trustStoreActions
}
