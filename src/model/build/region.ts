import { defaultEnvironment, type Environment } from '../environment/environment.ts'
import { specsOf } from '../stack/specs.ts'
import type { Stack } from '../stack/stack.ts'

/** The region of an ARN: `arn:aws:acm:eu-west-1:…`; undefined for what has none. */
export function regionOfARN(arn: string): string | undefined {
  return /^arn:[^:]*:[^:]*:([a-z0-9-]+):/.exec(arn)?.[1]
}

/** The load balancers' region, where somebody gave it. */
export function givenRegion({ region, unlisted = [] }: Environment): string | undefined {
  return unlisted.includes('region') && region === defaultEnvironment.region ? undefined : region
}

/**
 * What is taken to be so of a load balancer's region where nobody gave it: it is that of the certificates and web ACLs that objects
 * name. Those of several regions are a mistake, which a check tells.
 */
export function assumedRegion(stack: Stack, environment: Environment): string[] {
  const arns = [
    ...specsOf(stack, 'listener').flatMap(({ certificates }) => (certificates ?? []).map(one => one.certificateARN)),
    ...specsOf(stack, 'webACL').map(({ webACLARN }) => webACLARN)
  ]
  // Certificates that are assumed for a host are of the environment's.
  const regions = new Set(arns.map(regionOfARN).filter(region => region !== environment.region))
  const [region, ...others] = regions
  return givenRegion(environment) === undefined && region !== undefined && others.length === 0
    ? [
        `${region}, of which its certificates and web ACLs are, is the load balancer's region: none is given (--region)${region === 'us-east-1' ? '; those for CloudFront are of us-east-1 too, and are of no use to load balancers elsewhere' : ''}`
      ]
    : []
}
