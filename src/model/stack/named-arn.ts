import { hash } from 'node:crypto'
import type { Environment, NamedARN } from '../environment/environment.ts'
import type { LoadBalancerSpec } from './stack.ts'

/** What the account has by name. */
export type NamedList = 'webACLs' | 'trustStores' | 'targetGroups'

const madeUpARN: Record<NamedList, (environment: Environment, name: string) => string> = {
  webACLs: ({ region, accountID }, name) =>
    `arn:aws:wafv2:${region}:${accountID}:regional/webacl/${name}/00000000-0000-0000-0000-000000000000`,
  trustStores: ({ region, accountID }, name) =>
    `arn:aws:elasticloadbalancing:${region}:${accountID}:truststore/${name}/0000000000000000`,
  targetGroups: (environment, name) => targetGroupARN(name, environment)
}

/** Where an ARN is of. */
export type Account = Pick<Environment, 'region' | 'accountID'>

/** A target group's ARN in AWS's form. AWS draws the last part at random; here it follows from the rest. */
export function targetGroupARN(name: string, { region, accountID }: Account): string {
  const suffix = hash('sha256', `${region}/${accountID}/${name}`, 'hex').slice(0, 16)
  return `arn:aws:elasticloadbalancing:${region}:${accountID}:targetgroup/${name}/${suffix}`
}

/** A load balancer's ARN in AWS's form; the last part, which AWS draws at random, follows from the rest. */
export function loadBalancerARNOf(
  { name, type }: Pick<LoadBalancerSpec, 'name' | 'type'>,
  { region, accountID }: Account
): string {
  const path = type === 'application' ? 'app' : 'net'
  const suffix = hash('sha256', `${region}/${accountID}/${path}/${name}`, 'hex').slice(0, 16)
  return `arn:aws:elasticloadbalancing:${region}:${accountID}:loadbalancer/${path}/${name}/${suffix}`
}

/** The ARN that an entry gives a name: under the name `*`, each `*` in it stands for the name. */
export function arnOfEntry(entry: NamedARN, name: string): string {
  return entry.name === '*' ? entry.arn.replaceAll('*', () => name) : entry.arn
}

/** The name in a target group's ARN. */
export function targetGroupNameOf(arn: string): string | undefined {
  return arn.split('/').at(-2)
}

/** The ARN of a name; undefined where the account has no such thing. One that does not list such things has them all. */
export function findARN(environment: Environment, list: NamedList, name: string): string | undefined {
  const known = environment[list]
  if (!known) {
    return madeUpARN[list](environment, name)
  }
  const entry = known.find(candidate => candidate.name === name) ?? known.find(candidate => candidate.name === '*')
  return entry && arnOfEntry(entry, name)
}
