import { ownerOf } from '../../model/index.ts'
import { nearestName } from '../../nearest-name.ts'
import {
  objectName,
  type Service,
  type ServiceAnnotationReader,
  serviceAnnotationFamilies,
  serviceAnnotationPrefix,
  serviceAnnotationReaders
} from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { annotationOf, frontDoors, serviceAnnotation } from '../facts/front-door.ts'
import { annotationPath, type Problem, type Rule } from '../rule.ts'
import { correctName, type MisspeltAnnotation } from './misspelt-annotation.ts'

const ownStart = 'aws-'
/** Prefixes that people write for the one that is read. */
const mistakenPrefix =
  /^(service\.kubernetes\.io|service\.alpha\.kubernetes\.io|service\.beta\.k8s\.io|services?\.beta\.kubernetes\.io)\//

/** Who reads an annotation, by its name without the prefix; undefined for a name that nobody does. */
function readersOf(suffix: string): readonly ServiceAnnotationReader[] | undefined {
  const family = [...serviceAnnotationFamilies].find(
    ([start]) => suffix.startsWith(start) && suffix.length > start.length
  )
  return serviceAnnotationReaders.get(suffix) ?? family?.[1]
}

function suggest(suffix: string): string | undefined {
  const action = /^aws-load-balancer-actions\.(?:([A-Z_]+)-)?([0-9]+)$/.exec(suffix)
  if (action) {
    return `actions.${action[1] ?? 'TCP'}-${action[2]}`
  }
  return (
    nearestName(suffix, serviceAnnotationReaders.keys()) ??
    nearestName(suffix.replace(/^aws-/, 'aws-load-balancer-'), serviceAnnotationReaders.keys())
  )
}

/** An annotation for load balancers of AWS that nobody reads; undefined where somebody does, or it is another cloud's. */
function misspelt(name: string): MisspeltAnnotation | undefined {
  const prefix = name.startsWith(serviceAnnotationPrefix) ? serviceAnnotationPrefix : mistakenPrefix.exec(name)?.[0]
  const suffix = prefix === undefined ? '' : name.slice(prefix.length)
  const isKnown = readersOf(suffix) !== undefined
  // Other clouds have annotations of the same prefix.
  const isOurs = suffix.startsWith(ownStart) || isKnown || suffix.startsWith('load-balancer-')
  if (
    prefix === undefined ||
    !isOurs ||
    (isKnown && prefix === serviceAnnotationPrefix) ||
    suffix.endsWith('-quic-enabled-containers')
  ) {
    return undefined
  }
  const corrected = isKnown ? suffix : suggest(suffix)
  return {
    name,
    meant: corrected && serviceAnnotationPrefix + corrected,
    isWhole: corrected !== undefined && serviceAnnotationReaders.has(corrected)
  }
}

/** Annotations of Services for load balancers of AWS that nobody reads (ANNOTATION_UNKNOWN). */
export function* unknownServiceAnnotations({ resources }: Context): Generator<Problem> {
  for (const object of resources.list('Service')) {
    const all = Object.keys(object.metadata.annotations ?? {}).flatMap(name => misspelt(name) ?? [])
    for (const one of all) {
      const { name, meant } = one
      yield {
        object,
        path: annotationPath(name),
        message: `${name} of ${objectName(object)} is no annotation that anybody who makes load balancers of Services reads; it is ignored`,
        ...(meant && { expected: meant }),
        actual: name,
        ...correctName(one, object, all)
      }
    }
  }
}

const readerNames: Record<ServiceAnnotationReader, string> = {
  controller: 'the AWS Load Balancer Controller',
  classic: 'the cloud provider for Classic Load Balancers',
  network: 'the cloud provider for its own Network Load Balancers'
}

/** Settings of Classic Load Balancers that a Network Load Balancer has otherwise. */
const counterparts: ReadonlyMap<string, string> = new Map([
  [
    'aws-load-balancer-connection-idle-timeout',
    'tcp.idle_timeout.seconds in the annotation aws-load-balancer-listener-attributes.TCP-PORT'
  ],
  [
    'aws-load-balancer-connection-draining-timeout',
    'deregistration_delay.timeout_seconds in aws-load-balancer-target-group-attributes'
  ],
  [
    'aws-load-balancer-connection-draining-enabled',
    'deregistration_delay.timeout_seconds in aws-load-balancer-target-group-attributes'
  ],
  ['aws-load-balancer-extra-security-groups', 'aws-load-balancer-security-groups with all of them']
])

function readerOf(service: Service, { environment }: Context): ServiceAnnotationReader | undefined {
  const owner = ownerOf(service, environment)
  return owner === 'controller'
    ? 'controller'
    : owner === 'cloud provider, network'
      ? 'network'
      : owner === 'cloud provider, classic'
        ? 'classic'
        : undefined
}

/** What whoever makes this load balancer does not read, but somebody else would. */
export const serviceAnnotationIgnored: Rule = {
  code: 'SERVICE_ANNOTATION_IGNORED',
  severity: 'warning',
  *find(context) {
    for (const object of context.resources.list('Service')) {
      const reader = readerOf(object, context)
      if (reader) {
        yield* ignoredAnnotations(object, reader)
        yield* ignoredAddress(object, reader)
      } else if (ownerOf(object, context.environment) === 'none') {
        yield* withoutLoadBalancer(object, context)
      }
    }
  }
}

function* ignoredAnnotations(object: Service, reader: ServiceAnnotationReader): Generator<Problem> {
  for (const name of Object.keys(object.metadata.annotations ?? {})) {
    const suffix = name.startsWith(serviceAnnotationPrefix) ? name.slice(serviceAnnotationPrefix.length) : ''
    const readers = readersOf(suffix)
    if (!readers || readers.includes(reader)) {
      continue
    }
    const counterpart = reader === 'controller' ? counterparts.get(suffix) : undefined
    yield {
      object,
      path: annotationPath(name),
      message: `${name} of ${objectName(object)} is ignored: ${readerNames[reader]}, who makes its load balancer, does not read it, only ${readers.map(other => readerNames[other]).join(' and ')}`,
      actual: name,
      changes: [{ path: annotationPath(name), remove: true }],
      hint: counterpart
        ? `use ${counterpart}`
        : reader === 'controller' || !readers.includes('controller')
          ? 'remove it'
          : 'set spec.loadBalancerClass: service.k8s.aws/nlb on a new Service, or remove it'
    }
  }
}

/** The cloud provider refuses the field (MODEL_NOT_BUILT); the controller never looks at it. */
function* ignoredAddress(object: Service, reader: ServiceAnnotationReader): Generator<Problem> {
  const address = object.spec?.loadBalancerIP
  if (reader !== 'controller' || !address) {
    return
  }
  const path = ['spec', 'loadBalancerIP']
  yield {
    object,
    path,
    message: `spec.loadBalancerIP of ${objectName(object)} is ignored: ${readerNames.controller} does not read it, and the load balancer has other addresses`,
    actual: address,
    hint: `remove it; for addresses that stay set ${serviceAnnotation('eip-allocations')} on one that faces the internet, ${serviceAnnotation('private-ipv4-addresses')} on an internal one`,
    changes: [{ path, remove: true }]
  }
}

/** Settings of a load balancer on a Service for which nobody makes one: once for all of them. */
function* withoutLoadBalancer(object: Service, { ingresses, backends }: Context): Generator<Problem> {
  const names = Object.keys(object.metadata.annotations ?? {}).filter(
    name =>
      name.startsWith(serviceAnnotationPrefix + ownStart) &&
      readersOf(name.slice(serviceAnnotationPrefix.length)) !== undefined
  )
  const [first, ...others] = names
  if (first === undefined) {
    return
  }
  const type = object.spec?.type ?? 'ClusterIP'
  const isBackend = ingresses.length > 0 && backends.some(({ service }) => service === object)
  yield {
    object,
    path: annotationPath(first),
    message: `${[first, ...others].join(', ')} of ${objectName(object)} ${others.length > 0 ? 'are' : 'is'} ignored: nobody makes a load balancer of a Service of type ${type}`,
    expected: 'spec.type: LoadBalancer',
    actual: type,
    hint: isBackend
      ? `remove ${others.length > 0 ? 'them' : 'it'}: what the Ingress's load balancer does is said by alb.ingress.kubernetes.io/…`
      : `set spec.type: LoadBalancer for a load balancer of its own, or remove ${others.length > 0 ? 'them' : 'it'}`,
    ...(isBackend && { changes: names.map(name => ({ path: annotationPath(name), remove: true as const })) })
  }
}

const takenTypes = ['nlb', 'nlb-ip', 'external']
const targetTypes = ['ip', 'instance']

/** A Service that nobody makes a load balancer of, or another than its annotations ask for. */
export const serviceNotTaken: Rule = {
  code: 'SERVICE_NOT_TAKEN',
  severity: 'error',
  *find({ resources, environment }) {
    const { loadBalancerClass } = environment.controller
    for (const object of resources.list('Service')) {
      const owner = ownerOf(object, environment)
      const type = annotationOf(object, 'type')
      const own = object.spec?.loadBalancerClass
      if (owner === 'nobody' && own !== undefined && nearestName(own, [loadBalancerClass])) {
        yield {
          object,
          path: ['spec', 'loadBalancerClass'],
          message: `nobody makes the load balancer of ${objectName(object)}: its class ${own} is not ${loadBalancerClass}`,
          expected: loadBalancerClass,
          actual: own,
          hint: `set spec.loadBalancerClass: ${loadBalancerClass}`
        }
      } else if (owner === 'nobody' && own === undefined && type === 'external') {
        const target = annotationOf(object, 'nlb-target-type')
        yield {
          object,
          path: annotationPath(serviceAnnotation(target === undefined ? 'type' : 'nlb-target-type')),
          message: `nobody makes the load balancer of ${objectName(object)}: external tells the cloud provider to leave it alone, and the AWS Load Balancer Controller takes it only with ${serviceAnnotation('nlb-target-type')} ip or instance`,
          expected: targetTypes.join(' or '),
          actual: target ?? 'not set',
          hint: `set ${serviceAnnotation('nlb-target-type')}: ip or instance, or spec.loadBalancerClass: ${loadBalancerClass}`
        }
      } else if (owner === 'cloud provider, classic' && type !== undefined && !takenTypes.includes(type)) {
        yield {
          object,
          path: annotationPath(serviceAnnotation('type')),
          message: `${objectName(object)} gets a Classic Load Balancer: ${JSON.stringify(type)} is no type that anybody knows`,
          expected: takenTypes.join(', '),
          actual: type,
          hint: `set spec.loadBalancerClass: ${loadBalancerClass} for a Network Load Balancer, or remove the annotation`
        }
      }
    }
  }
}

const legacy: ReadonlyMap<string, { applies(value: string): boolean; why: string; hint: string }> = new Map([
  [
    'internal',
    {
      applies: () => true,
      why: 'the AWS Load Balancer Controller reads it for the sake of old manifests',
      hint: 'scheme: internal or internet-facing'
    }
  ],
  [
    'type',
    {
      applies: (value: string) => value === 'nlb-ip',
      why: 'nlb-ip is the type of the controller before 2.2',
      hint: 'nlb-target-type: ip, with spec.loadBalancerClass: service.k8s.aws/nlb'
    }
  ]
])

/** Annotations of the controller's Services that are out of date (ANNOTATION_LEGACY). */
export function* legacyServiceAnnotations(context: Context): Generator<Problem> {
  for (const { service, plan } of frontDoors(context)) {
    for (const [name, { applies, why, hint }] of legacy) {
      const value = annotationOf(service, name)
      if (plan.by !== 'controller' || value === undefined || !applies(value)) {
        continue
      }
      yield {
        object: service,
        path: annotationPath(serviceAnnotation(name)),
        message: `${serviceAnnotation(name)} of ${objectName(service)} is out of date: ${why}`,
        actual: value,
        hint: `use ${serviceAnnotation(hint)}`
      }
    }
  }
}
