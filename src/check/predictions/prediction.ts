import type { Severity } from '../../failure.ts'
import type { PredictionCode, Problem, Rule } from '../rule.ts'

/** A problem with the code of what is predicted. */
export type Prediction = Problem & {
  code: PredictionCode
  /** Objects behind the load balancer that it comes of, as `Kind namespace/name`. */
  about: string[]
  /** The host for which a gateway has no route. */
  host?: string
}

const severities: Record<PredictionCode, Severity> = {
  HEALTH_CHECK_FAILS: 'error',
  HEALTH_CHECK_ASKS_ROUTES: 'warning',
  TARGET_GIVES_NO_ANSWER: 'error',
  TARGET_GROUP_EMPTY: 'error',
  PROTOCOL_VERSION_UNFIT: 'warning',
  GATEWAY_HAS_NO_HOST: 'warning',
  GATEWAY_HAS_NO_ROUTE: 'warning',
  GATEWAY_REACHES_NOTHING: 'error',
  REDIRECT_LOOP: 'error',
  REDIRECT_LEADS_NOWHERE: 'error'
}

/** The codes of predictions, as rules for whoever lists them; what they find comes of `predict`. */
export const predictionRules: readonly Rule[] = Object.entries(severities).map(([code, severity]) => ({
  code,
  severity,
  find: () => []
}))
