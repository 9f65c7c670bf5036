import type { AWSEndpoint, AWSEvent } from '../aws/index.ts'
import type { Finding } from '../failure.ts'
import { diffPlans, type Environment, type Plan, planToJSON, stacksOf } from '../model/index.ts'
import { type Page, type View, viewOf } from '../page/index.ts'
import { Resources } from '../resources/index.ts'
import { changeOf } from './page.ts'

/** No object stands behind an account's load balancers. */
const nothing = new Resources([])

/** Names of actions that a change was made by; of more than these it is told how many there were. */
const mostNamed = 4

/** What an ARN of Elastic Load Balancing names, in a text for people. */
const namedByARN =
  /arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\d+:(?:targetgroup|loadbalancer\/(?:app|net|gwy))\/([A-Za-z0-9-]+)\/[0-9a-f]+/g

function notListening({ name, reason }: { name: string; reason: string }): Finding {
  return {
    code: 'LOAD_BALANCER_NOT_RUN',
    severity: 'error',
    message: `${name}: ${reason}`,
    hint: 'Application and Network Load Balancers listen'
  }
}

/** `CreateListener, CreateRule` */
function titleOf(actions: readonly string[]): string {
  const names = [...new Set(actions)]
  const more = names.length - mostNamed
  return names.length === 0
    ? 'the account changed'
    : `${names.slice(0, mostNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** What a page shows of the accounts of an endpoint: made anew where a call has changed one, and only while somebody looks. */
export class AccountView {
  readonly #endpoint: AWSEndpoint
  readonly #environment: Environment
  readonly #page: Pick<Page, 'onChange'>
  #view: View | undefined
  /** Actions that have changed something since the last look. */
  #actions: string[] = []

  constructor(endpoint: AWSEndpoint, environment: Environment, page: Pick<Page, 'onChange'>) {
    this.#endpoint = endpoint
    this.#environment = environment
    this.#page = page
  }

  get view(): View {
    const { plan, idle } = this.#endpoint.look()
    const before = this.#view?.plan
    if (before === plan) {
      return this.#view!
    }
    const viewed = { resources: nothing, environment: this.#environment, plan, findings: [], assumptions: [] }
    this.#view = { ...viewOf(viewed, nothing, { knowsTargets: false }), failures: idle.map(notListening) }
    const title = titleOf(this.#actions)
    this.#actions = []
    if (before) {
      this.#tell(title, before, plan)
    }
    return this.#view
  }

  onEvent(event: AWSEvent): void {
    if (event.type === 'call' && event.error === undefined && !/^(Describe|List|Get)/.test(event.action)) {
      this.#actions.push(event.action)
    }
  }

  #tell(title: string, before: Plan, after: Plan): void {
    const plan = diffPlans(stacksOf(planToJSON(before)), stacksOf(planToJSON(after)))
    if (plan.changes.length > 0) {
      const { text, ...change } = changeOf(title, { appeared: [], gone: [], plan })
      const named = text.replaceAll(namedByARN, '$1').replaceAll(/^Service (?=\S+$)/gm, 'Load balancer ')
      this.#page.onChange({ ...change, text: named })
    }
  }
}
