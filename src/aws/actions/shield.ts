import { ServiceError } from '../protocol/service-error.ts'
import type { Protection, ShieldOperations } from '../protocol/shapes/shield.ts'
import type { Actions, Call } from './call.ts'

function notFound(): ServiceError {
  return new ServiceError('ResourceNotFoundException', 'The referenced protection does not exist.')
}

function protectionOf(call: Call, arn: string | undefined): Protection | undefined {
  return call.all('protections').find(({ ResourceArn }) => ResourceArn === arn)
}

/** A year, AWS's commitment. */
const commitment = 31_536_000

/** AWS Shield. Nobody subscribes until CreateSubscription does; a protection is kept either way. */
export const shieldActions: Actions<ShieldOperations> = {
  GetSubscriptionState: (_input, call) => ({
    SubscriptionState: call.state.shieldSubscription ? 'ACTIVE' : 'INACTIVE'
  }),
  CreateSubscription(_input, call) {
    if (call.state.shieldSubscription) {
      throw new ServiceError('ResourceAlreadyExistsException', 'The subscription already exists.')
    }
    call.set({ shieldSubscription: true })
    return {}
  },
  DescribeSubscription(_input, call) {
    if (!call.state.shieldSubscription) {
      throw new ServiceError('ResourceNotFoundException', 'The subscription does not exist.')
    }
    return {
      Subscription: {
        TimeCommitmentInSeconds: commitment,
        AutoRenew: 'ENABLED',
        ProactiveEngagementStatus: 'DISABLED',
        SubscriptionLimits: {
          ProtectionLimits: { ProtectedResourceTypeLimits: [] },
          ProtectionGroupLimits: {
            MaxProtectionGroups: 0,
            PatternTypeLimits: { ArbitraryPatternLimits: { MaxMembers: 0 } }
          }
        }
      }
    }
  },
  CreateProtection({ Name, ResourceArn, Tags = [] }, call) {
    if (!call.find('loadBalancers', ResourceArn)) {
      throw new ServiceError('InvalidResourceException', `The resource ${ResourceArn} is invalid.`)
    }
    if (protectionOf(call, ResourceArn)) {
      throw new ServiceError('ResourceAlreadyExistsException', 'The referenced protection already exists.')
    }
    const id = [8, 4, 4, 4, 12].map(length => call.digits(length)).join('-')
    const ProtectionArn = `arn:${call.partition}:shield::${call.accountID}:protection/${id}`
    call.put('protections', id, { Id: id, Name, ResourceArn, ProtectionArn })
    if (Tags.length > 0) {
      call.put('tags', ProtectionArn, Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value])))
    }
    return { ProtectionId: id }
  },
  DescribeProtection({ ProtectionId, ResourceArn }, call) {
    if (ProtectionId !== undefined && ResourceArn !== undefined) {
      throw new ServiceError('InvalidParameterException', 'Specify either a protection ID or a resource ARN, not both.')
    }
    const found = ProtectionId === undefined ? protectionOf(call, ResourceArn) : call.find('protections', ProtectionId)
    if (!found) {
      throw notFound()
    }
    return { Protection: found }
  },
  DeleteProtection({ ProtectionId }, call) {
    if (!call.find('protections', ProtectionId)) {
      throw notFound()
    }
    call.remove('protections', ProtectionId)
    return {}
  },
  ListProtections({ NextToken, MaxResults = 20, InclusionFilters = {} }, call) {
    const { ResourceArns, ProtectionNames, ResourceTypes } = InclusionFilters
    const found = call
      .all('protections')
      .filter(({ ResourceArn = '' }) => !ResourceArns || ResourceArns.includes(ResourceArn))
      .filter(({ Name = '' }) => !ProtectionNames || ProtectionNames.includes(Name))
      // Nothing else than load balancers is in the account.
      .filter(() => !ResourceTypes || ResourceTypes.includes('APPLICATION_LOAD_BALANCER'))
    const code = 'InvalidPaginationTokenException'
    const page = call.page(found, ({ Id = '' }) => Id, { token: NextToken, size: MaxResults, code })
    return { Protections: page.items, ...(page.next !== undefined && { NextToken: page.next }) }
  }
}
