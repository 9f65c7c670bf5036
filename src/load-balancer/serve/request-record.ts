import type { Rule, Transformed, WebACLVerdict } from '../../elbv2/index.ts'
import type { RegisteredTarget } from '../target-group/registered-target.ts'
import type { TargetGroup } from '../target-group/target-group.ts'
import type { TargetRequest, TargetResponse } from '../transport/transport.ts'

/** What happened to one request, for events, access log and counters. Times are what had elapsed on the clock by then. */
export class RequestRecord {
  readonly received: number
  /** When it was received, in milliseconds since the epoch. */
  readonly date: number
  rule: Rule['priority'] | undefined
  /** Actions carried out, as access logs name them: `waf`, `authenticate`, `forward`. */
  actions: string[] = []
  targetGroup: TargetGroup | undefined
  target: RegisteredTarget | undefined
  /** The request went to a target although not enough of them are healthy. */
  unhealthyRouting: boolean | undefined
  status = 0
  targetStatus: number | undefined
  /** As the target got it, and as it answered. */
  request: TargetRequest | undefined
  response: TargetResponse | undefined
  /** The head went to the target; its answer began. */
  sent: number | undefined
  answered: number | undefined
  /** Why the load balancer answered with an error by itself. */
  cause: string | undefined
  /** The request ended a login. */
  loggedIn: boolean | undefined
  /** Access log's error_reason. */
  errorReason: string | undefined
  /** What the web ACL found. */
  webACL: WebACLVerdict | undefined
  redirectURL: string | undefined
  traceID: string | undefined
  upgraded: boolean | undefined
  transformed: Transformed | undefined

  constructor(received: number, date: number) {
    this.received = received
    this.date = date
  }
}
