import type { Clock, ListenerConfiguration, PreRoutingAction, Rule } from '../../elbv2/index.ts'
import { parseTarget, type RequestHead } from '../../elbv2/index.ts'
import { Authenticator, callbackPath } from './authenticator.ts'
import { cognitoProvider, type IdentityProvider, oidcProvider } from './identity-provider.ts'
import { JWTValidator } from './jwt-validation.ts'
import { type PreRoutingOutcome, refusal } from './pre-routing.ts'

type AuthenticateAction = Exclude<PreRoutingAction, { kind: 'jwt-validation' }>

export interface PreRouterHost {
  clock: Clock
  dnsName: string
  /** ARN of the load balancer. */
  arn(): string
  /** How identity providers and key sets are reached. */
  fetch: typeof fetch
}

/** Carries out the actions ahead of routing. */
export class PreRouter {
  readonly #host: PreRouterHost
  readonly #authenticator: Authenticator
  readonly #validator: JWTValidator
  readonly #providers = new WeakMap<AuthenticateAction, IdentityProvider>()

  constructor(host: PreRouterHost) {
    this.#host = host
    this.#authenticator = new Authenticator(host)
    this.#validator = new JWTValidator(host.clock, host.fetch)
  }

  /** What signatures of claims are checked with. */
  get identityKey(): { kid: string; publicKey: string } {
    const { keyID, publicKey } = this.#authenticator.signer
    return { kid: keyID, publicKey }
  }

  /** Carries out a rule's action. */
  async pass(action: PreRoutingAction, head: RequestHead): Promise<PreRoutingOutcome> {
    if (action.kind === 'jwt-validation') {
      return this.#validator.validate(action.jwt, head.headers)
    }
    return this.#authenticator.authenticate(this.#providerOf(action), head)
  }

  /**
   * Ends the login that a request to the callback belongs to, and says which rule began it. Undefined for all other
   * requests, and where no rule of the listener authenticates users.
   */
  callback(
    { rules }: ListenerConfiguration,
    head: RequestHead
  ): { rule: Rule; outcome: Promise<PreRoutingOutcome> } | undefined {
    if (!head.target.includes(callbackPath) || parseTarget(head.target).path !== callbackPath) {
      return undefined
    }
    const candidates = rules.flatMap(rule => {
      const { preRouting } = rule.action
      return preRouting && preRouting.kind !== 'jwt-validation'
        ? [{ rule, provider: this.#providerOf(preRouting) }]
        : []
    })
    const first = candidates[0]
    if (!first) {
      return undefined
    }
    const state = this.#authenticator.stateOf(head)
    const begun = state && candidates.find(({ provider }) => provider.id === state.provider)
    if (!begun) {
      const outcome = refusal(401, 'no login is known that would end here', 'AuthInvalidStateParam')
      return { rule: first.rule, outcome: Promise.resolve(outcome) }
    }
    return { rule: begun.rule, outcome: this.#authenticator.complete(begun.provider, state, head) }
  }

  #providerOf(action: AuthenticateAction): IdentityProvider {
    const present = this.#providers.get(action)
    if (present) {
      return present
    }
    const provider =
      action.kind === 'authenticate-oidc'
        ? oidcProvider(action.oidc, this.#host.fetch)
        : cognitoProvider(action.cognito, this.#host.fetch)
    this.#providers.set(action, provider)
    return provider
  }
}
