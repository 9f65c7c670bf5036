/**
 * The library: what the commands do, as functions. Objects come from a chart's render or from manifests; everything else takes
 * them.
 *
 * ```ts
 * import { check, plan, render, trace } from 'istio-alb'
 *
 * const edge = await render({ values: ['values.yaml'] })
 * console.log(check(edge), plan(edge).groups, trace(edge, 'GET https://shop.example.com/').answer)
 * ```
 *
 * @module
 */

import { AWSEndpoint, type AWSOptions } from './aws/index.ts'
import { type SentAnswer, Simulation, type SimulationOptions, sendTo } from './cluster/index.ts'
import { edgeOf, type NamespaceOption, parseObjects, readObjects, renderObjects } from './edge.ts'
import { type Finding, usageFailure } from './failure.ts'
import { defaultEnvironment, type Environment, type MigratedGroup, migratePlan, type Plan } from './model/index.ts'
import type { RenderOptions } from './render/index.ts'
import { assumeMissing, type Resources } from './resources/index.ts'
import { parseRequest, readRequest, type Trace, type TraceOptions, type TraceRequest } from './trace/index.ts'

export type { AWSEndpoint, AWSEvent, AWSOptions } from './aws/index.ts'
export type { SentAnswer, Simulation, SimulationOptions } from './cluster/index.ts'
export { ownChart } from './defaults.ts'
export type { NamespaceOption } from './edge.ts'
export type { LoadBalancerDescription, LoadBalancerEvent, TargetHealthDescription } from './elbv2/index.ts'
export { type ExitCode, Failure, type Finding, type Severity } from './failure.ts'
export {
  defaultEnvironment,
  diffPlans,
  type Environment,
  type GroupPlan,
  type MigratedGroup,
  type MoveDifference,
  type Plan,
  type PlanDiff,
  type PlanJSON,
  parseEnvironment,
  planToJSON,
  type Stack,
  stacksOf
} from './model/index.ts'
export type { RenderOptions } from './render/index.ts'
export {
  describeDiff,
  describeLoadBalancers,
  describePlan,
  describeTrace,
  type FindingsFormat,
  formatFindings
} from './report/index.ts'
export { type KubernetesObject, objectName, Resources } from './resources/index.ts'
export type { Trace, TracedAnswer, TracedDestination, TraceOptions, TraceRequest } from './trace/index.ts'

/** What only AWS and the controller's installation know; default {@link defaultEnvironment}. */
export interface EnvironmentOption {
  environment?: Environment
}

/**
 * Renders a chart with helm: this project's, unless another is named. The gateway's Service and the controller's IngressClass
 * are added where the render lacks them, as a cluster would have them.
 *
 * @throws Failure exit 1 with a finding for each value that the chart refuses, exit 2 for files that are not there, exit 3
 * without helm.
 */
export async function render(options: RenderOptions = {}): Promise<Resources> {
  return assumeMissing(await renderObjects(options)).resources
}

/**
 * Reads manifests from files and folders, completed as by {@link render}; objects without a namespace belong to the one that is
 * named.
 *
 * @throws Failure exit 2 with everything that cannot be read.
 */
export function read(sources: string | string[], options: NamespaceOption = {}): Resources {
  return assumeMissing(readObjects([sources].flat(), options)).resources
}

/**
 * Reads manifests from YAML text, completed as by {@link render}.
 *
 * @param file the name that findings carry; default `<text>`.
 * @throws Failure exit 2 with everything that is no object.
 */
export function parse(text: string, file = '<text>', options: NamespaceOption = {}): Resources {
  return assumeMissing(parseObjects(text, file, options)).resources
}

/** Everything that will not work on AWS, the worst first. */
export function check(resources: Resources, { environment = defaultEnvironment }: EnvironmentOption = {}): Finding[] {
  return [...edgeOf(resources, environment).findings]
}

/** What the AWS Load Balancer Controller would make of the Ingresses; a group that it refuses carries its error. */
export function plan(resources: Resources, { environment = defaultEnvironment }: EnvironmentOption = {}): Plan {
  return edgeOf(resources, environment).plan
}

/**
 * The Gateways that take the place of IngressGroups, each with the two plans compared and what has no equivalent. Groups without
 * a plan are left out.
 *
 * @param options `gatewayClass`: a GatewayClass of `gateway.k8s.aws/alb`, default `alb`.
 */
export function migrate(
  resources: Resources,
  { environment = defaultEnvironment, gatewayClass = 'alb' }: EnvironmentOption & { gatewayClass?: string } = {}
): MigratedGroup[] {
  const edge = edgeOf(resources, environment)
  return migratePlan(edge.plan, resources, edge.environment, gatewayClass)
}

/**
 * Follows one request: listener, rules, target group, targets, node port, gateway, answer.
 *
 * @param request a request, or its method and URL: `GET https://shop.example.com/orders`.
 * @throws Failure exit 1 where there is no plan, exit 2 for a malformed request.
 */
export function trace(
  resources: Resources,
  request: TraceRequest | string,
  { environment = defaultEnvironment, ...options }: EnvironmentOption & TraceOptions = {}
): Trace {
  return edgeOf(resources, environment).trace(parseRequest(request), options)
}

/**
 * Runs the load balancers of the objects on loopback, at ports of the system's choice unless `anyPort` is false, before a
 * stand-in for Istio's gateway. Close it, or have it closed by `await using`.
 *
 * @throws Failure exit 2 where a port is busy; nothing is left behind.
 */
export async function simulate(resources: Resources, options: Partial<SimulationOptions> = {}): Promise<Simulation> {
  const { environment, plan: planned } = edgeOf(resources, options.environment ?? defaultEnvironment)
  const simulation = await Simulation.create({ anyPort: true, ...options, environment })
  try {
    await simulation.apply(resources, planned)
    return simulation
  } catch (error) {
    await simulation.close()
    throw error
  }
}

/**
 * Answers the AWS APIs on loopback and runs the load balancers that are made through them, at ports of the system's choice
 * unless `port` and `anyPort: false` say otherwise. Clients in any language come by `AWS_ENDPOINT_URL`. Close it, or have it
 * closed by `await using`.
 *
 * @throws Failure exit 2 where the port is busy, or the state's file cannot be read.
 */
export function startAWS(options: AWSOptions = {}): Promise<AWSEndpoint> {
  return AWSEndpoint.start({ anyPort: true, ...options })
}

/**
 * Sends one request to a simulation as a client whose resolver leads the URL's host to it; its development CA is trusted and
 * redirects are not followed.
 *
 * @throws Failure exit 2 `LISTENER_NONE` where no load balancer listens on the URL's port; the socket's error without an answer.
 */
export async function send(simulation: Simulation, request: TraceRequest | string): Promise<SentAnswer> {
  const { head, scheme, host, port } = readRequest(parseRequest(request))
  const descriptions = simulation
    .describe()
    .toSorted((one, other) => Number(other.dnsName === host) - Number(one.dnsName === host))
  const listener = descriptions.flatMap(({ listeners }) => listeners).find(one => one.port === port)
  if (!listener) {
    throw usageFailure({
      code: 'LISTENER_NONE',
      message: `no load balancer of the simulation listens on port ${port}`,
      hint: 'name the port of a listener in the URL'
    })
  }
  return sendTo(listener.address, { ...head, scheme, host }, simulation.authority.certificate)
}
