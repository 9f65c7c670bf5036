import {
  type GroupPlan,
  givenRegion,
  type ListenerSpec,
  readString,
  readStringList,
  regionOfARN
} from '../../model/index.ts'
import { annotationPrefix, type Ingress, objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { describePorts, listenOn, listenPortsOf, sslRedirectOf } from '../facts/listen-ports.ts'
import { annotationPath, type Problem, type Rule } from '../rule.ts'

function listenersOf(group: GroupPlan | undefined): ListenerSpec[] {
  const listeners = group?.stack?.resources['AWS::ElasticLoadBalancingV2::Listener'] ?? {}
  return Object.values(listeners).map(({ spec }) => spec)
}

function hasListener(group: GroupPlan | undefined, protocol: string): boolean {
  return listenersOf(group).some(spec => spec.protocol === protocol)
}

/** `spec.tls` opens no listener: ports come of `listen-ports`, or of a certificate's ARN. */
export const tlsWithoutHTTPS: Rule = {
  code: 'TLS_WITHOUT_HTTPS_LISTENER',
  severity: 'warning',
  *find(context) {
    for (const ingress of context.ingresses) {
      const group = context.groupOf(ingress)
      const hosts = (ingress.spec?.tls ?? []).flatMap(({ hosts = [] }) => hosts)
      if (!ingress.spec?.tls?.length || !group?.stack || hasListener(group, 'HTTPS')) {
        continue
      }
      yield {
        object: ingress,
        path: ['spec', 'tls'],
        message: `${objectName(ingress)} has spec.tls${hosts.length > 0 ? ` for ${hosts.join(', ')}` : ''}, but its load balancer has no HTTPS listener: spec.tls opens none, and its Secret is not read`,
        expected: 'HTTPS:443',
        actual: describePorts(listenPortsOf(context, ingress) ?? []),
        hint: `add {"HTTPS":443} to ${annotationPrefix}listen-ports; the certificate is found in ACM by the hosts, or named by certificate-arn`,
        ...listenOn(context, ingress, 'HTTPS', 443)
      }
    }
  }
}

/** A certificate without a listener that would use it. */
export const certificateUnused: Rule = {
  code: 'CERTIFICATE_UNUSED',
  severity: 'warning',
  *find(context) {
    for (const ingress of context.ingresses) {
      const annotation = readStringList('certificate-arn', ingress)
      const ports = listenPortsOf(context, ingress)
      // In small letters it is one that the controller refuses (MODEL_NOT_BUILT).
      const listens = ports?.some(({ protocol }) => protocol.toUpperCase() === 'HTTPS')
      if (!annotation?.value.length || !ports || listens) {
        continue
      }
      yield {
        object: ingress,
        path: annotationPath(annotation.name),
        message: `${objectName(ingress)} names a certificate, but listens on ${describePorts(ports)} alone: nothing uses it`,
        expected: 'an HTTPS port',
        actual: describePorts(ports),
        hint: `add {"HTTPS":443} to ${annotationPrefix}listen-ports, or remove the certificate`,
        ...listenOn(context, ingress, 'HTTPS', 443)
      }
    }
  }
}

/** What opens a listener for HTTP; where port 80 speaks HTTPS, it has to change. */
function openHTTP(context: Context, ingress: Ingress, listeners: ListenerSpec[]): Pick<Problem, 'hint' | 'changes'> {
  const name = `${annotationPrefix}listen-ports`
  const rest = listeners.filter(({ port }) => port !== 80)
  if (rest.length === listeners.length) {
    const hint = `add {"HTTP":80} to ${name}, or remove the redirect`
    return { hint, ...listenOn(context, ingress, 'HTTP', 80) }
  }
  const value = JSON.stringify([{ HTTP: 80 }, ...rest.map(one => ({ [one.protocol]: one.port }))])
  return {
    hint: `set ${name}: '${value}': port 80 is opened for HTTPS, or remove the redirect`,
    changes: [{ path: annotationPath(name), value }]
  }
}

/** A redirect of HTTP listeners where there is none: who types the address without https waits for nothing. */
export const sslRedirectUnused: Rule = {
  code: 'SSL_REDIRECT_WITHOUT_HTTP_LISTENER',
  severity: 'warning',
  *find(context) {
    const seen = new Set<GroupPlan>()
    for (const ingress of context.ingresses) {
      const group = context.groupOf(ingress)
      if (!group?.stack || seen.has(group)) {
        continue
      }
      seen.add(group)
      const redirect = sslRedirectOf(context, group)
      if (!redirect || hasListener(group, 'HTTP')) {
        continue
      }
      const annotation = readString('ssl-redirect', redirect.ingress)
      yield {
        object: redirect.ingress,
        path: annotation ? annotationPath(annotation.name) : ['spec', 'ingressClassName'],
        message: `${objectName(redirect.ingress)} redirects HTTP listeners to ${redirect.port}, but its load balancer has none: ${listenersOf(
          group
        )
          .map(({ protocol, port }) => `${protocol}:${port}`)
          .join(', ')}`,
        expected: 'a listener HTTP:80',
        actual: 'none',
        ...openHTTP(context, redirect.ingress, listenersOf(group))
      }
    }
  }
}

/** Annotations whose ARNs have to be of the load balancer's region. */
const regional = ['certificate-arn', 'wafv2-acl-arn'] as const

/** The regional ARNs of an Ingress, with where they stand. */
function regionalARNs(ingress: Ingress): { name: string; arn: string; region: string }[] {
  return regional.flatMap(suffix => {
    const annotation = readStringList(suffix, ingress)
    return (annotation?.value ?? []).flatMap(arn => {
      const region = regionOfARN(arn)
      return annotation && region !== undefined ? [{ name: annotation.name, arn, region }] : []
    })
  })
}

/** The region of everything that CloudFront uses. */
const cloudFront = 'us-east-1'

/**
 * An ARN of another region than the load balancer's, which AWS does not find. Where no region is given, that of certificates
 * for CloudFront (us-east-1) is told beside ARNs of another one; those of one region are taken to be of the right one, which is said.
 */
export const foreignRegion: Rule = {
  code: 'ARN_OF_ANOTHER_REGION',
  severity: 'error',
  *find({ ingresses, environment }) {
    for (const ingress of ingresses) {
      const arns = regionalARNs(ingress)
      const regions = new Set(arns.map(({ region }) => region))
      const given = givenRegion(environment)
      const expected = given ?? (regions.size > 1 ? [...regions].find(region => region !== cloudFront) : undefined)
      for (const { name, arn, region } of arns) {
        if (expected === undefined || region === expected) {
          continue
        }
        yield {
          object: ingress,
          path: annotationPath(name),
          message: given
            ? `${arn} is of ${region}, but the load balancer of ${objectName(ingress)} is of ${expected}: AWS takes what is of its own region alone`
            : `${objectName(ingress)} names ARNs of ${[...regions].join(' and ')}, but one load balancer takes what is of its own region alone`,
          expected,
          actual: region,
          hint: `name one of ${expected}; a certificate can be requested there again`
        }
      }
    }
  }
}
