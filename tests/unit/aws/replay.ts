/** Recorded calls of the AWS Load Balancer Controller, made again with IDs of their own. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ServiceName } from '../../../src/aws/protocol/table.ts'
import type { Json } from './client.ts'

export interface RecordedCall {
  phase: string
  n: number
  service: ServiceName
  action: string
  params: Record<string, Json>
  answer?: Record<string, Json>
  error?: { code: string; message: string }
}

const folder = fileURLToPath(new URL('../../cases/aws/', import.meta.url))

const names: Record<string, string> = { resourcegroupstaggingapi: 'tagging' }

/** The calls of a phase, in order. */
export function readPhase(phase: string): RecordedCall[] {
  return readFileSync(`${folder}${phase}.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as RecordedCall)
    .map(call => ({ ...call, service: (names[call.service] ?? call.service) as ServiceName }))
}

/** Members whose values are names that AWS draws: learned where they are first seen, and the same from then on. */
const drawn = /(Arn|ARN|Id|Ids|Arns|DNSName|Resource|Source)$/

/** Members that say nothing of the API: times, health, and what the stand-in of the recording left out or made up. */
const ignored: Record<string, string> = {
  CreatedTime: 'time',
  LastModifiedTime: 'time',
  State: 'time decides',
  TargetHealth: 'health of targets that are not there',
  ReservationId: 'made up',
  NetworkInterfaceId: 'made up',
  AttachmentId: 'made up',
  AssociationId: 'made up',
  PrivateDnsName: 'made up',
  LockToken: 'made up',
  PaginationToken: 'the stand-in has none',
  AvailableIpAddressCount: 'made up',
  HealthCheckPort: 'of the time of registration in the stand-in, of now on AWS',
  IpPermissionsEgress: 'the stand-in has none; AWS lets everything out',
  CapacityReservationState: 'the stand-in has none',
  KeyAlgorithm: 'the stand-in writes what no enumeration has',
  Ipv6CidrBlock: 'made up',
  CanonicalHostedZoneId: 'of application load balancers alone in the recording'
}

/** Lists that may be longer here: the stand-in took certificates and web ACLs that it did not list. */
const isLonger = /(CertificateSummaryList|\.WebACLs)$/

/** A recorded answer without what the stand-in told of targets that drain, which AWS tells only where there was something to end. */
export function withoutDraining(answer: Record<string, Json>): Record<string, Json> {
  const { TargetHealthDescriptions } = answer
  return TargetHealthDescriptions
    ? {
        TargetHealthDescriptions: TargetHealthDescriptions.filter((one: Json) => one.TargetHealth.State !== 'draining')
      }
    : answer
}

/** Names of the recording with those of this run. */
export class Names {
  readonly #known = new Map<string, string>()

  learn(recorded: string, actual: string): void {
    this.#known.set(recorded, actual)
  }

  has(recorded: string): boolean {
    return this.#known.has(recorded)
  }

  /** A value of the recording as this run has it. */
  translate(value: Json): Json {
    if (typeof value === 'string') {
      return this.#known.get(value) ?? value
    }
    if (Array.isArray(value)) {
      return value.map(one => this.translate(one))
    }
    return typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.translate(one)]))
      : value
  }

  /** What of a recorded answer is missing in the one that came, or is another; new names are learned on the way. */
  differences(recorded: Json, actual: Json, path = ''): string[] {
    const name = path.split('.').findLast(part => !/^\d+$/.test(part)) ?? ''
    if (name in ignored) {
      return []
    }
    if (Array.isArray(recorded)) {
      // A certificate that was added twice is in the stand-in's list twice, and once in AWS's.
      const once = new Map(recorded.map(one => [JSON.stringify(one), one]))
      return this.#listDifferences([...once.values()], actual, path)
    }
    if (typeof recorded === 'object' && recorded !== null) {
      return Object.entries(recorded).flatMap(([key, value]) =>
        this.differences(value, actual?.[key], `${path}.${key}`)
      )
    }
    if (typeof recorded === 'string' && drawn.test(name) && !this.has(recorded) && typeof actual === 'string') {
      this.learn(recorded, actual)
    }
    const expected = this.translate(recorded)
    return expected === actual ? [] : [`${path}: ${JSON.stringify(expected)}, not ${JSON.stringify(actual)}`]
  }

  #listDifferences(recorded: Json[], actual: Json, path: string): string[] {
    if (path === '.Attributes') {
      // The stand-in's lists are shorter for some kinds and of another kind for others: what both have is the same.
      const values = new Map((actual as { Key: string }[]).map(one => [one.Key, one]))
      return recorded.flatMap(one =>
        values.has(one.Key) && one.Key !== 'stickiness.type'
          ? this.differences(one, values.get(one.Key), `${path}.${one.Key}`)
          : []
      )
    }
    if (!Array.isArray(actual) && recorded.length > 0) {
      return [`${path}: a list of ${recorded.length}, not ${JSON.stringify(actual)}`]
    }
    // A target that nothing was sent to is gone at once, and the stand-in let it drain.
    const rest = [...(actual ?? [])].filter(one => one.TargetHealth?.Reason !== 'Target.NotRegistered')
    const differences = recorded.flatMap((one, index) => {
      // The same key, or the same name, whatever the order; else the same place.
      const found = rest.findIndex(other => this.#isSame(one, other))
      const [match] = rest.splice(Math.max(found, 0), 1)
      return this.differences(one, match, `${path}.${index}`)
    })
    return rest.length === 0 || isLonger.test(path)
      ? differences
      : [...differences, `${path}: ${rest.length} more: ${JSON.stringify(rest)}`]
  }

  #isSame(recorded: Json, actual: Json): boolean {
    if (typeof recorded !== 'object' || recorded === null || actual === undefined) {
      return this.translate(recorded) === actual
    }
    const key = [
      'Key',
      'RuleArn',
      'ListenerArn',
      'TargetGroupArn',
      'LoadBalancerArn',
      'GroupId',
      'SubnetId',
      'ResourceArn',
      'ResourceARN',
      'InstanceId',
      'Id',
      'ARN',
      'CidrIp'
    ].find(name => name in recorded && (name === 'Key' || name === 'ARN' || this.has(recorded[name])))
    if (key !== undefined) {
      return this.translate(recorded[key]) === actual[key]
    }
    if ('Target' in recorded) {
      return this.#isSame(recorded.Target, actual.Target) && recorded.Target.Port === actual.Target.Port
    }
    if ('Instances' in recorded) {
      return this.#isSame(recorded.Instances[0], actual.Instances[0])
    }
    return 'FromPort' in recorded && recorded.FromPort === actual.FromPort && recorded.ToPort === actual.ToPort
  }
}
