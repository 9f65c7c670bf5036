import type { HeaderList } from '../../elbv2/index.ts'
import { type OwnResponse, ownPage } from '../../elbv2/index.ts'

/** The request may go on. */
export interface Passed {
  passed: true
  /** For the target. */
  headers: HeaderList
  /** For the client, with whatever answer it gets. */
  cookies: HeaderList
}

/** What comes of an action ahead of the routing one. */
export type PreRoutingOutcome =
  | Passed
  | {
      passed: false
      own: OwnResponse
      /** Access log's error_reason. */
      errorReason?: string
    }

/** The request goes on as it is. */
export const passedAsIs: Passed = { passed: true, headers: [], cookies: [] }

/** Answers with a page of the load balancer's. */
export function refusal(status: 400 | 401 | 500 | 561, cause: string, errorReason?: string): PreRoutingOutcome {
  return {
    passed: false,
    own: ownPage(status, cause),
    ...(errorReason === undefined ? {} : { errorReason })
  }
}
