/** An account that is called without a socket: the endpoint's own actions, one state after the other. */
import { Call, type CallOptions } from '../../../src/aws/actions/call.ts'
import { actionOf } from '../../../src/aws/actions/index.ts'
import type { ActionOf, Caller, InputOf, OutputOf, Service } from '../../../src/aws/client/client.ts'
import { brokenConstraints, describeConstraints } from '../../../src/aws/protocol/constraints.ts'
import { ServiceError } from '../../../src/aws/protocol/service-error.ts'
import { serviceTable } from '../../../src/aws/protocol/table.ts'
import { seedState } from '../../../src/aws/state/seed.ts'
import type { State } from '../../../src/aws/state/state.ts'
import type { Environment } from '../../../src/model/index.ts'

export class AccountCaller implements Caller {
  readonly #options: CallOptions
  state: State
  /** Every call that was made. */
  readonly calls: { service: Service; action: string; input: object }[] = []

  constructor(environment: Environment) {
    const now = new Date(0)
    this.#options = { environment, now, provisioning: 0, describe: () => undefined }
    this.state = seedState(environment, now)
  }

  async call<Name extends Service, Action extends ActionOf<Name>>(
    service: Name,
    action: Action,
    input: InputOf<Name, Action>
  ): Promise<OutputOf<Name, Action>> {
    this.calls.push({ service, action, input: input as object })
    const table = serviceTable(service)
    const { input: shape } = table.operations[action]!
    // As it comes over the wire: nothing is undefined.
    const sent = JSON.parse(JSON.stringify(input)) as Record<string, unknown>
    const broken = shape === undefined ? [] : brokenConstraints(table, shape, sent)
    if (broken.length > 0) {
      throw new ServiceError('ValidationError', describeConstraints(broken))
    }
    const call = new Call(this.state, this.#options)
    const output = actionOf(service, action)!(sent, call)
    this.state = call.state
    return output as OutputOf<Name, Action>
  }
}
