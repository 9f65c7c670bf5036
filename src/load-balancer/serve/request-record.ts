import type { Rule, Transformed, WebACLVerdict } from '../../elbv2/index.ts'
import type { RegisteredTarget } from '../target-group/registered-target.ts'
import type { TargetGroup } from '../target-group/target-group.ts'
import type { TargetRequest, TargetResponse } from '../transport/transport.ts'

/** What happened to one request, for events, access log and counters. Times are what had elapsed on the clock by then. */
export interface RequestRecord {
  received: number
  /** When it was received, in milliseconds since the epoch. */
  date: number
  rule?: Rule['priority']
  /** Actions carried out, as access logs name them: `waf`, `authenticate`, `forward`. */
  actions: string[]
  targetGroup?: TargetGroup
  target?: RegisteredTarget
  /** The request went to a target although not enough of them are healthy. */
  unhealthyRouting?: boolean
  status: number
  targetStatus?: number
  /** As the target got it, and as it answered. */
  request?: TargetRequest
  response?: TargetResponse
  /** The head went to the target; its answer began. */
  sent?: number
  answered?: number
  /** Why the load balancer answered with an error by itself. */
  cause?: string
  /** The request ended a login. */
  loggedIn?: boolean
  /** Access log's error_reason. */
  errorReason?: string
  /** What the web ACL found. */
  webACL?: WebACLVerdict
  redirectURL?: string
  traceID?: string
  upgraded?: boolean
  transformed?: Transformed
}
