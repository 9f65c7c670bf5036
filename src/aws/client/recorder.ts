/**
 * Calls on their way: what writes is told, and of a dry run only told.
 *
 * @module
 */

import { Failure } from '../../failure.ts'
import { ServiceError } from '../protocol/service-error.ts'
import { isRead } from '../protocol/table.ts'
import type { ActionOf, Caller, InputOf, OutputOf, Service } from './client.ts'

/** A call that writes. */
export interface WriteCall {
  service: Service
  action: string
  input: object
}

const redacted = '[REDACTED]'

/** An input without what nobody else may read. */
function withoutSecrets(input: object): object {
  return JSON.parse(
    JSON.stringify(input, (key, value: unknown) => (key === 'ClientSecret' ? redacted : value))
  ) as object
}

/** What a call would answer that is not made: names in the place of ARNs that AWS draws. */
function pretend(action: string, input: Record<string, unknown>): object {
  const { Name, GroupName, Port, Priority, ListenerArn } = input
  switch (action) {
    case 'CreateSecurityGroup':
      return { GroupId: `(security group ${GroupName})` }
    case 'CreateTargetGroup':
      return { TargetGroups: [{ TargetGroupArn: `(target group ${Name})` }] }
    case 'CreateLoadBalancer':
      return { LoadBalancers: [{ LoadBalancerArn: `(load balancer ${Name})`, LoadBalancerName: Name }] }
    case 'CreateListener':
      return { Listeners: [{ ListenerArn: `(listener ${Port})` }] }
    case 'CreateRule':
      return { Rules: [{ RuleArn: `(rule ${Priority} of ${ListenerArn})` }] }
    default:
      return {}
  }
}

/** Codes of who may not. */
const denied =
  /AccessDenied|Unauthorized|NotAuthorized|AuthFailure|UnrecognizedClient|InvalidClientTokenId|ExpiredToken/

function refused(service: Service, action: string, { code, message }: ServiceError): Failure {
  return new Failure(1, {
    code: 'CALL_REFUSED',
    severity: 'error',
    message: `${service} ${action}: ${code}: ${message}`,
    hint: denied.test(code)
      ? 'see who is asked for with aws sts get-caller-identity, and what the policy of that role allows'
      : 'what the account has not, list in the aws.yaml that istio-alb aws is started with'
  })
}

export interface RecorderOptions {
  /** Writes are told, and not made. */
  dryRun?: boolean
  onWrite?(call: WriteCall): void
}

export class Recorder implements Caller {
  readonly #caller: Caller
  readonly #options: RecorderOptions

  constructor(caller: Caller, options: RecorderOptions = {}) {
    this.#caller = caller
    this.#options = options
  }

  async call<Name extends Service, Action extends ActionOf<Name>>(
    service: Name,
    action: Action,
    input: InputOf<Name, Action>
  ): Promise<OutputOf<Name, Action>> {
    const { dryRun, onWrite } = this.#options
    if (!isRead(action)) {
      onWrite?.({ service, action, input: withoutSecrets(input as object) })
      if (dryRun) {
        return pretend(action, input as Record<string, unknown>) as OutputOf<Name, Action>
      }
    }
    try {
      return await this.#caller.call(service, action, input)
    } catch (error) {
      throw error instanceof ServiceError ? refused(service, action, error) : error
    }
  }
}
