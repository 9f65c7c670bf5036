/**
 * What following requests through one set of objects shares: it is worked out once, however many requests are followed.
 *
 * @module
 */

import {
  applicationViolations,
  type Configuration,
  compileConfiguration,
  type ListenerConfiguration,
  type StackViolation,
  type Target,
  type TargetGroupConfiguration
} from '../elbv2/index.ts'
import type { Finding } from '../failure.ts'
import { refusalFindings } from '../istio/index.ts'
import type { Environment, Plan, Stack, StackPlan } from '../model/index.ts'
import type { Resources } from '../resources/index.ts'
import { assumedOfTargets, assumeEndpoints, dnsNameOf, targetsOf } from '../targets/index.ts'
import { assumedAddresses, loadBalancerPeer } from './assume-nodes.ts'
import { Backends, type Connection } from './backend.ts'
import { predictHealth } from './health.ts'
import type { TracedTarget } from './load-balancer.ts'

/** A planned load balancer, ready to be asked. */
export interface TracedLoadBalancer<Plan extends StackPlan = StackPlan> {
  group: Plan
  configuration: Configuration
  dnsName: string
  /** What was taken to be so of what stands behind it. */
  assumptions: string[]
  /** The load balancer as its targets meet it. */
  from: Pick<Connection, 'peer' | 'maxVersion'>
  /** The targets of a target group, each with the health that its checks come to. */
  targetsOf(targetGroup: TargetGroupConfiguration): Omit<TracedTarget, 'candidate'>[]
}

export class Tracer {
  readonly environment: Environment
  readonly plan: Plan
  readonly backends: Backends
  /** What was taken to be there. */
  readonly assumptions: string[]
  /** Objects of Istio's that do not count. */
  readonly findings: Finding[]
  readonly #resources: Resources
  readonly #targets = new Map<Stack, Map<string, Target[]>>()
  readonly #violations = new Map<Stack, readonly StackViolation[]>()
  readonly #loadBalancers = new Map<StackPlan, TracedLoadBalancer<StackPlan>>()

  /**
   * @param plan the plan of the objects.
   * @param knowsTargets false where the objects do not tell what answers at targets, as of an account of AWS's; default true.
   */
  constructor(given: Resources, environment: Environment, plan: Plan, { knowsTargets = true } = {}) {
    const { resources, assumptions } = assumeEndpoints(given, environment.region, assumedAddresses)
    this.environment = environment
    this.plan = plan
    this.#resources = resources
    this.backends = new Backends(resources, given, knowsTargets)
    this.findings = refusalFindings(given)
    this.assumptions = [...assumptions, ...this.backends.assumptions]
  }

  /**
   * The load balancer of a stack that has one.
   *
   * @throws Failure with what AWS would refuse of its configuration.
   */
  loadBalancerOf<One extends StackPlan>(group: One): TracedLoadBalancer<One> {
    const known = this.#loadBalancers.get(group)
    if (known) {
      return known as TracedLoadBalancer<One>
    }
    const configuration = compileConfiguration(group.stack!, undefined, this.violationsOf(group.stack!))
    const targets = targetsOf(group.stack!, this.#resources)
    const predicted = new Map<string, Omit<TracedTarget, 'candidate'>[]>()
    const from = loadBalancerPeer(configuration)
    const made: TracedLoadBalancer<One> = {
      group,
      configuration,
      assumptions: assumedOfTargets(group.stack!, this.#resources),
      from,
      dnsName: dnsNameOf(configuration, this.environment.region),
      targetsOf: targetGroup => {
        const found =
          predicted.get(targetGroup.id) ?? this.#predict(targets.get(targetGroup.id) ?? [], targetGroup, from)
        predicted.set(targetGroup.id, found)
        return found
      }
    }
    this.#loadBalancers.set(group, made)
    return made
  }

  /** The objects, with nodes and pods that nobody gave. */
  get resources(): Resources {
    return this.#resources
  }

  /** The targets of a stack, by resource ID of their target group. */
  targetsOf(stack: Stack): Map<string, Target[]> {
    const known = this.#targets.get(stack) ?? targetsOf(stack, this.#resources)
    this.#targets.set(stack, known)
    return known
  }

  /** What AWS refuses in the Application Load Balancer of a stack. */
  violationsOf(stack: Stack): readonly StackViolation[] {
    const known = this.#violations.get(stack) ?? applicationViolations(stack)
    this.#violations.set(stack, known)
    return known
  }

  #predict(
    targets: readonly Target[],
    targetGroup: TargetGroupConfiguration,
    from: TracedLoadBalancer['from']
  ): Omit<TracedTarget, 'candidate'>[] {
    return targets.map(target => ({ target, ...predictHealth(target, targetGroup, this.backends, from) }))
  }
}

/** Whether a client that speaks `scheme` can be served by a listener at all, and why not. */
export function refusalOfListener(
  { port, protocol, mutualAuthentication }: ListenerConfiguration,
  scheme: 'http' | 'https'
): string | undefined {
  if (protocol.toLowerCase() !== scheme) {
    // The listener answers what it can read: HTTP on a TLS port and TLS on a plain one end without an answer of use.
    return `the listener on port ${port} speaks ${protocol}, the client ${scheme.toUpperCase()}`
  }
  return mutualAuthentication?.mode === 'verify'
    ? 'the listener verifies clients: without a certificate of its trust store the handshake fails'
    : undefined
}
