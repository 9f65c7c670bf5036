import { annotationLegacy } from './annotation-legacy.ts'
import { annotationName } from './annotation-name.ts'
import { annotationPlace } from './annotation-place.ts'
import { plainToTLS, tlsToPlain } from './backend-protocol.ts'
import { healthCheckNumber } from './health-check-number.ts'
import { healthCheckPodPort } from './health-check-pod-port.ts'
import { healthCheckPort } from './health-check-port.ts'
import { healthCheckProtocol } from './health-check-protocol.ts'
import { hub } from './hub.ts'
import { ingressClass } from './ingress-class.ts'
import { operatorResource } from './operator-resource.ts'
import { planError } from './plan-error.ts'
import type { Rule } from './rule.ts'
import { serviceType } from './service-type.ts'
import { sslRedirectAction } from './ssl-redirect.ts'

/** Every rule, in the order in which findings of one place are told: causes before what follows from them. */
export const rules: readonly Rule[] = [
  // The health check.
  healthCheckPort,
  healthCheckPodPort,
  healthCheckNumber,
  healthCheckProtocol,
  // The backend.
  plainToTLS,
  tlsToPlain,
  serviceType,
  // Annotations.
  sslRedirectAction,
  annotationName,
  annotationPlace,
  annotationLegacy,
  ingressClass,
  // Istio.
  hub,
  operatorResource,
  // What the controller says itself.
  planError
]
