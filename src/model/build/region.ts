import type { KubernetesObject, Resources } from '../../resources/index.ts'
import { defaultEnvironment, type Environment, inRegion } from '../environment/environment.ts'
import { specsOf } from '../stack/specs.ts'
import type { Stack } from '../stack/stack.ts'

/** The region of an ARN: `arn:aws:acm:eu-west-1:…`; undefined for what has none. */
export function regionOfARN(arn: string): string | undefined {
  return /^arn:[^:]*:[^:]*:([a-z0-9-]+):/.exec(arn)?.[1]
}

/** The load balancers' region, where somebody gave it. */
export function givenRegion({ region, regionAssumed, unlisted = [] }: Environment): string | undefined {
  return regionAssumed || (unlisted.includes('region') && region === defaultEnvironment.region) ? undefined : region
}

/** Kinds that name certificates and web ACLs, and in what. */
const naming = ['Ingress', 'Service', 'IngressClassParams', 'LoadBalancerConfiguration']

/** Annotations of the controllers': what others note, as kubectl does of what was applied last, may be out of date. */
const controllers = /^(alb\.ingress|service\.beta)\.kubernetes\.io\//

/** The regions of the certificates and web ACLs that an object names. */
function regionsNamedBy({ kind, metadata, ...rest }: KubernetesObject): string[] {
  const { annotations = {} } = metadata
  const texts = [
    ...Object.entries(annotations).flatMap(([name, value]) => (controllers.test(name) ? [value] : [])),
    ...(kind === 'IngressClassParams' || kind === 'LoadBalancerConfiguration' ? [JSON.stringify(rest)] : [])
  ]
  return texts
    .filter(text => text.includes('arn:'))
    .flatMap(text => [...text.matchAll(/arn:aws[a-z-]{0,20}:(?:acm|wafv2):([a-z0-9-]{1,30}):/g)].map(([, one]) => one!))
}

/**
 * The environment in the one region of all certificates and web ACLs that objects name, where nobody gave one: load balancers, their
 * names and zones are of it. Those of several regions decide nothing.
 */
export function inRegionOf(resources: Resources, environment: Environment): Environment {
  if (givenRegion(environment) !== undefined) {
    return environment
  }
  const [region, ...others] = new Set(naming.flatMap(kind => resources.list(kind)).flatMap(regionsNamedBy))
  return region === undefined || region === environment.region || others.length > 0
    ? environment
    : { ...inRegion(environment, region), regionAssumed: true }
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
  const isKnown = environment.regionAssumed !== true
  const regions = new Set(arns.map(regionOfARN).filter(region => !(isKnown && region === environment.region)))
  const [region, ...others] = regions
  return givenRegion(environment) === undefined && region !== undefined && others.length === 0
    ? [
        `${region}, of which its certificates and web ACLs are, is the load balancer's region: none is given (--region)${region === 'us-east-1' ? '; those for CloudFront are of us-east-1 too, and are of no use to load balancers elsewhere' : ''}`
      ]
    : []
}
