import type { Ec2Operations } from '../../protocol/shapes/ec2.ts'
import type { Actions } from '../call.ts'
import { instanceActions } from './instances.ts'
import { networkActions } from './network.ts'
import { securityGroupActions } from './security-groups.ts'
import { tagActions } from './tags.ts'

/** EC2, as far as load balancers and their controllers need it. */
export const ec2Actions: Actions<Ec2Operations> = {
  ...instanceActions,
  ...networkActions,
  ...securityGroupActions,
  ...tagActions
}
