/**
 * The listeners and target groups of a frontend NLB: which ports it has, and how it checks the ALB behind them.
 *
 * @module
 */
import type { Ingress } from '../../resources/index.ts'
import { type Annotation, readInt32, readString, readStringMap } from '../annotation/parser.ts'
import { addResource } from '../build/task.ts'
import { sortedStrings } from '../go/format.ts'
import { parseInteger, parseIntOrString } from '../go/strconv.ts'
import { ModelError, withErrorPrefix } from '../model-error.ts'
import { frontendTargetGroupName, loadBalancerARN, targetGroupARN } from '../stack/names.ts'
import { applicationLoadBalancerID } from '../stack/specs.ts'
import type { FrontendTargetGroup, HealthCheckConfig, Tags } from '../stack/stack.ts'
import type { ListenPorts } from './listen-ports.ts'
import type { BuildTask } from './task.ts'

/** Resource ID of the NLB in its stack. */
export const frontendID = 'FrontendNlb'

interface HealthCheckField<Value> {
  value: Value
  /** Whether an annotation gives it; defaults yield to what another member gives. */
  explicit: boolean
}

/** In the order in which members are compared, with the names that conflicts give. */
type HealthCheck = {
  IntervalSeconds: HealthCheckField<number>
  TimeoutSeconds: HealthCheckField<number>
  HealthyThresholdCount: HealthCheckField<number>
  UnhealthyThresholdCount: HealthCheckField<number>
  Protocol: HealthCheckField<string>
  Path: HealthCheckField<string>
  Matcher: HealthCheckField<string>
  Port: HealthCheckField<number | string>
}

function field<Value>(annotation: Annotation<Value> | undefined, value: Value): HealthCheckField<Value> {
  return {
    value: annotation?.value ?? value,
    explicit: annotation !== undefined
  }
}

/** LBC: buildFrontendNlbTargetGroupHealthCheckConfig. @throws ModelError */
function readHealthCheck(ingress: Ingress): HealthCheck {
  function name(suffix: string): string {
    return `frontend-nlb-healthcheck-${suffix}`
  }
  function number(suffix: string, value: number) {
    return field(readInt32(name(suffix), ingress), value)
  }
  function text(suffix: string, value: string) {
    return field(readString(name(suffix), ingress), value)
  }
  const portText = text('port', 'traffic-port')
  const port = portText.value === 'traffic-port' ? portText.value : parseIntOrString(portText.value)
  if (typeof port === 'string' && port !== 'traffic-port') {
    throw new ModelError('failed to resolve healthCheckPort')
  }
  const protocol = text('protocol', 'HTTP')
  if (protocol.value !== 'HTTP' && protocol.value !== 'HTTPS') {
    throw new ModelError('healthCheckProtocol must be within [HTTP, HTTPS]')
  }
  return {
    IntervalSeconds: number('interval-seconds', 15),
    TimeoutSeconds: number('timeout-seconds', 5),
    HealthyThresholdCount: number('healthy-threshold-count', 2),
    UnhealthyThresholdCount: number('unhealthy-threshold-count', 2),
    Protocol: protocol,
    Path: text('path', '/'),
    Matcher: text('success-codes', '200'),
    Port: { ...portText, value: port }
  }
}

/** What one member wants of one port of the NLB. */
interface Wish {
  targetPort: number
  healthCheck: HealthCheck
}

/** LBC: parseFrontendNlbListenerPortMapping. @throws ModelError */
function readPortMapping(ingress: Ingress): [nlbPort: number, albPort: number][] {
  const suffix = 'frontend-nlb-listener-port-mapping'
  // The controller prints the map that it could not read.
  const annotation = withErrorPrefix(`failed to parse ${suffix} for ingress map[]`, () =>
    readStringMap(suffix, ingress)
  )
  const mapping = annotation?.value ?? new Map<string, string>()
  function parsePort(text: string, what: string): number {
    try {
      return parseInteger(text, 32)
    } catch (error) {
      if (!(error instanceof ModelError)) {
        throw error
      }
      throw new ModelError(`invalid ${what} listener port: ${text}`)
    }
  }
  return sortedStrings(mapping.keys()).map(nlbPort => [
    parsePort(nlbPort, 'NLB'),
    parsePort(mapping.get(nlbPort)!, 'ALB')
  ])
}

/**
 * LBC: buildFrontendNlbListenerConfigByPortForIngress. Without a mapping, every port that the Ingress listens on has one of the
 * NLB; a mapping to a port that the Ingress does not listen on is passed over.
 */
function readWishes(ingress: Ingress, ownPorts: ReadonlySet<number>): Map<number, Wish> {
  const mapping = readPortMapping(ingress)
  const pairs = mapping.length > 0 ? mapping : [...ownPorts].map((port): [number, number] => [port, port])
  return new Map(
    pairs
      .filter(([, albPort]) => ownPorts.has(albPort))
      .map(([nlbPort, targetPort]) => [nlbPort, { targetPort, healthCheck: readHealthCheck(ingress) }])
  )
}

/**
 * What a conflict prints of a value: structs with their fields, as the controller does (`%v`), but for where success codes stand
 * in memory, which is what it prints of them.
 */
function formatField(name: string, value: unknown): string {
  if (name === 'Matcher') {
    return `{${value} <nil>}`
  }
  return name === 'Port' ? (typeof value === 'number' ? `{0 ${value} }` : `{1 0 ${value}}`) : String(value)
}

/**
 * LBC: mergeFrontendNlbListenPortConfigs. Of success codes it compares where they stand in memory, so that two members that give
 * them are a conflict even where they give the same.
 *
 * @throws ModelError
 */
function mergeWishes([first, ...others]: [Wish, ...Wish[]]): Wish {
  const merged: Record<string, HealthCheckField<unknown>> = { ...first.healthCheck }
  others.forEach(({ targetPort, healthCheck }, index) => {
    const number = index + 2
    for (const [name, own] of Object.entries(healthCheck)) {
      const known = merged[name]!
      if (own.explicit && known.explicit && (own.value !== known.value || name === 'Matcher')) {
        const [ownText, knownText] = [own, known].map(({ value }) => formatField(name, value))
        throw new ModelError(`conflicting ${name}, config ${number}: ${ownText}, previous: ${knownText}`)
      }
      if (own.explicit || !known.explicit) {
        merged[name] = own
      }
    }
    if (targetPort !== first.targetPort) {
      throw new ModelError(`conflicting Target Port, config ${number}: ${targetPort}, previous: ${first.targetPort}`)
    }
  })
  return { targetPort: first.targetPort, healthCheck: merged as HealthCheck }
}

function healthCheckConfigOf(healthCheck: HealthCheck): HealthCheckConfig {
  return {
    port: healthCheck.Port.value as HealthCheckConfig['port'],
    protocol: healthCheck.Protocol.value as HealthCheckConfig['protocol'],
    path: healthCheck.Path.value,
    matcher: { httpCode: healthCheck.Matcher.value },
    intervalSeconds: healthCheck.IntervalSeconds.value,
    timeoutSeconds: healthCheck.TimeoutSeconds.value,
    healthyThresholdCount: healthCheck.HealthyThresholdCount.value,
    unhealthyThresholdCount: healthCheck.UnhealthyThresholdCount.value
  }
}

function buildListener(
  task: BuildTask,
  port: number,
  { targetPort, healthCheck }: Wish,
  tags: Tags | undefined
): FrontendTargetGroup {
  const targetGroupID = `${frontendID}-tg-TCP-${port}`
  const healthCheckConfig = healthCheckConfigOf(healthCheck)
  const name = frontendTargetGroupName(task.environment.clusterName, task.group.id, port, healthCheckConfig)
  addResource(task, 'AWS::ElasticLoadBalancingV2::TargetGroup', targetGroupID, {
    spec: {
      name,
      targetType: 'alb',
      port,
      protocol: 'TCP',
      // Whatever the address type of either load balancer: between the two of them it is IPv4.
      ipAddressType: 'ipv4',
      healthCheckConfig,
      ...(tags && { tags })
    }
  })
  addResource(task, 'AWS::ElasticLoadBalancingV2::Listener', `${frontendID}-ls-TCP-${port}`, {
    spec: {
      loadBalancerARN: loadBalancerARN(frontendID),
      port,
      protocol: 'TCP',
      defaultActions: [
        { type: 'forward', forwardConfig: { targetGroups: [{ targetGroupARN: targetGroupARN(targetGroupID) }] } }
      ],
      ...(tags && { tags })
    }
  })
  return {
    Name: name,
    ARN: targetGroupARN(targetGroupID),
    Port: port,
    TargetARN: loadBalancerARN(applicationLoadBalancerID),
    TargetPort: targetPort
  }
}

/** Builds a listener and a target group for each port that members want. @throws ModelError where they disagree. */
export function buildFrontendListeners(
  task: BuildTask,
  portsByMember: ListenPorts['byMember'],
  tags: Tags | undefined
): FrontendTargetGroup[] {
  const wishes = new Map<number, [Wish, ...Wish[]]>()
  for (const member of task.group.members) {
    const own = withErrorPrefix(`failed to compute listenPort config for ingress: ${member.key}`, () =>
      readWishes(member.ingress, portsByMember.get(member)!)
    )
    for (const [port, wish] of own) {
      wishes.set(port, [...(wishes.get(port) ?? []), wish] as [Wish, ...Wish[]])
    }
  }
  return [...wishes]
    .sort(([left], [right]) => left - right)
    .map(([port, ofPort]) => {
      const wish = withErrorPrefix(`failed to merge NLB listenPort config for port: ${port}`, () => mergeWishes(ofPort))
      return buildListener(task, port, wish, tags)
    })
}
