import type { Resources, ServicePort } from '../../resources/index.ts'
import type { GatewayConnection } from '../contract.ts'
import type { FormatFacts } from '../header-operation.ts'
import type { OwnAnswer } from '../own-response.ts'
import { authenticate } from './authentication.ts'
import { authorize } from './authorization.ts'
import type { PolicyTarget } from './selection.ts'

export interface Judgement {
  /** The gateway's own answer; absent where the request passes. */
  answer?: OwnAnswer
  notEvaluated: string[]
}

/**
 * What the policies for the gateway's pods say: tokens come first (Istio: the order of its filters).
 *
 * @param port of the Service, by which policies tell the pods' port.
 */
export function judgeRequest(
  target: PolicyTarget,
  facts: FormatFacts,
  { tls }: GatewayConnection,
  port: ServicePort | undefined,
  resources: Resources
): Judgement {
  const caller = authenticate(target, facts, resources)
  if (caller.kind === 'refused') {
    const { body, policy } = caller
    const realm = `${facts.scheme}://${facts.authority}${facts.path}`
    const headers: [string, string][] = [['www-authenticate', `Bearer realm="${realm}", error="invalid_token"`]]
    return { answer: { status: 401, reason: `${policy} takes no such token`, body, headers }, notEvaluated: [] }
  }
  const unverified =
    caller.kind === 'token' ? [`whether the token is valid, which the keys of ${caller.policy} decide`] : []
  const { denied, notEvaluated } = authorize(
    target,
    {
      ...facts,
      port: Number(port?.targetPort ?? port?.port ?? 0),
      ...(tls?.serverName && { serverName: tls.serverName }),
      ...(caller.kind === 'token' && { claims: caller.claims })
    },
    resources
  )
  return {
    ...(denied && { answer: { status: 403, reason: denied, body: 'RBAC: access denied' } }),
    notEvaluated: [...unverified, ...notEvaluated]
  }
}
