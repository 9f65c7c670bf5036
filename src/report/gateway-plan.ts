import { type GatewayPlan, type ListenerValidation, type Plan, type RouteJSON, routesToJSON } from '../model/index.ts'

function describeInvalid(listeners: ReadonlyMap<string, ListenerValidation>, of: string): string[] {
  return [...listeners.values()]
    .filter(({ isValid }) => !isValid)
    .map(({ name, reason, message }) => `  listener ${name}${of} is left out: ${reason}: ${message}`)
}

function statusOf({ accepted, resolvedRefs, reason, message }: RouteJSON): string {
  if (accepted && resolvedRefs) {
    return 'accepted'
  }
  return `${accepted ? 'accepted, references not resolved' : 'not accepted'}: ${reason}: ${message}`
}

/** What a Gateway's status would say beside its load balancer: listeners and routes that are turned away, and why. */
export function describeGatewayStatus(plan: GatewayPlan): string[] {
  const { listeners, rejectedListenerSets, refusal } = plan
  const routes = routesToJSON({ gateways: [plan] })
  return [
    ...(refusal ? [`  condition Accepted is False: ${refusal.reason}: ${refusal.message}`] : []),
    ...(listeners ? describeInvalid(listeners.gateway, '') : []),
    ...[...(listeners?.sets ?? [])].flatMap(([set, ofSet]) => describeInvalid(ofSet, ` of ListenerSet ${set}`)),
    ...rejectedListenerSets.map(set => `  ListenerSet ${set} is left out: its namespace is not allowed`),
    ...routes
      .filter(({ accepted, resolvedRefs }) => !(accepted && resolvedRefs))
      .map(status => `  ${status.route} at ${status.parent} is ${statusOf(status)}`)
  ]
}

/** What the controller would report of every route, a line for each parent that one names. */
export function describeRoutes(plan: Plan): string {
  const statuses = routesToJSON(plan)
  return statuses.length > 0
    ? statuses.map(status => `${status.route} at ${status.parent}: ${statusOf(status)}\n`).join('')
    : 'No route names a Gateway of the AWS Load Balancer Controller.\n'
}
