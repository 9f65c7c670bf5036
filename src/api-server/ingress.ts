/**
 * What the API server refuses of an Ingress and of an IngressClass (Kubernetes: pkg/apis/networking/validation).
 *
 * @module
 */

import { isIP } from 'node:net'
import { posix } from 'node:path'
import type { Ingress, IngressBackend, IngressClass, IngressPath, IngressRule, Path } from '../resources/index.ts'
import { type FieldError, forbidden, invalid, invalidFor, notSupported, oneOf, required } from './field-error.ts'
import {
  labelProblems,
  pathSegmentProblems,
  portNameProblems,
  portNumberProblems,
  serviceNameProblems,
  subdomainProblems,
  wildcardProblems
} from './names.ts'
import { validateObjectMeta } from './object-meta.ts'

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix']
const classAnnotation = 'kubernetes.io/ingress.class'

export function* validateIngress(ingress: Ingress): Generator<FieldError> {
  yield* validateObjectMeta(ingress, subdomainProblems)
  const { spec = {}, metadata } = ingress
  const { rules = [], defaultBackend, tls = [], ingressClassName } = spec
  if (rules.length === 0 && !defaultBackend) {
    yield invalid(
      spec.rules ? ['spec', 'rules'] : ['spec'],
      spec.rules,
      'either `defaultBackend` or `rules` must be specified',
      {
        field: ['spec'],
        hint: 'give it a rule, or spec.defaultBackend: an Ingress that only adds a certificate to a group needs one too'
      }
    )
  }
  if (defaultBackend) {
    yield* validateBackend(defaultBackend, ['spec', 'defaultBackend'])
  }
  for (const [index, rule] of rules.entries()) {
    yield* validateRule(rule, ['spec', 'rules', index])
  }
  for (const [index, { hosts = [], secretName = '' }] of tls.entries()) {
    for (const [place, host] of hosts.entries()) {
      yield* validateHostName(host, ['spec', 'tls', index, 'hosts', place])
    }
    if (secretName !== '') {
      yield* invalidFor(['spec', 'tls', index, 'secretName'], secretName, subdomainProblems(secretName), {
        hint: 'write the name of a Secret of the same namespace'
      })
    }
  }
  if (ingressClassName !== undefined) {
    yield* invalidFor(['spec', 'ingressClassName'], ingressClassName, subdomainProblems(ingressClassName), {
      hint: 'write the name of an IngressClass'
    })
  }
  const annotated = metadata.annotations?.[classAnnotation]
  if (annotated !== undefined && ingressClassName !== undefined && annotated !== ingressClassName) {
    const path = ['metadata', 'annotations', classAnnotation]
    yield invalid(path, annotated, 'must match `ingressClassName` when both are specified', {
      expected: ingressClassName,
      hint: `remove the annotation: spec.ingressClassName ${ingressClassName} says the class`,
      changes: [{ path, remove: true }]
    })
  }
}

function* validateHostName(host: string, path: Path): Generator<FieldError> {
  const problemsOf = host.includes('*') ? wildcardProblems : subdomainProblems
  const problems = problemsOf(host)
  if (problems.length === 0) {
    return
  }
  const mended = [host.toLowerCase(), host.toLowerCase().replace(/:\d+$/, '')].find(
    name => problemsOf(name).length === 0
  )
  const change = mended !== undefined && mended !== host ? { changes: [{ path, value: mended }], expected: mended } : {}
  const hint =
    mended !== undefined && mended !== host
      ? `write ${mended}: ${mended === host.toLowerCase() ? 'names have no upper case' : 'a host has no port, the listener has it'}`
      : host.includes('*')
        ? 'write a star for the first label only, as *.example.com'
        : 'write the name of a host, as shop.example.com'
  yield* invalidFor(path, host, problems, { hint, ...change })
}

function* validateRule({ host = '', http }: IngressRule, path: Path): Generator<FieldError> {
  if (host !== '') {
    const family = isIP(host)
    if (family !== 0) {
      yield invalid([...path, 'host'], host, 'must be a DNS name, not an IP address', {
        hint: 'write a name, or leave the host out'
      })
    }
    if (family !== 6) {
      yield* validateHostName(host, [...path, 'host'])
    }
  }
  if (http) {
    if ((http.paths ?? []).length === 0) {
      yield required([...path, 'http', 'paths'], '', { hint: 'give the rule a path, or leave http out' })
    }
    for (const [index, one] of (http.paths ?? []).entries()) {
      yield* validatePath(one, [...path, 'http', 'paths', index])
    }
  }
}

const refusedParts = ['//', '/./', '/../', '%2f', '%2F']
const refusedEnds = ['/..', '/.']

function* validatePath({ path: text = '', pathType, backend }: IngressPath, path: Path): Generator<FieldError> {
  const place = [...path, 'path']
  if (pathType === undefined) {
    const guess = text.includes('*') ? 'ImplementationSpecific' : 'Prefix'
    yield required([...path, 'pathType'], 'pathType must be specified', {
      expected: pathTypes.join(' or '),
      hint: `write pathType: ${guess}`,
      changes: [{ path: [...path, 'pathType'], value: guess }]
    })
    return
  }
  if (!pathTypes.includes(pathType)) {
    yield notSupported([...path, 'pathType'], pathType, pathTypes, oneOf([...path, 'pathType'], pathType, pathTypes))
  } else if (!text.startsWith('/') && (text !== '' || pathType !== 'ImplementationSpecific')) {
    // Of the other types the controller takes no `*`.
    const isPattern = text.includes('*') && pathType !== 'ImplementationSpecific'
    yield invalid(place, text, 'must be an absolute path', {
      expected: `/${text}`,
      hint: `write path: /${text}${isPattern ? ', of pathType: ImplementationSpecific' : ''}`,
      changes: [
        { path: place, value: `/${text}` },
        ...(isPattern ? [{ path: [...path, 'pathType'], value: 'ImplementationSpecific' }] : [])
      ]
    })
  }
  if (pathType === 'Exact' || pathType === 'Prefix') {
    const simplest = posix.normalize(text)
    const advice = {
      hint: 'write the path as it arrives, in its simplest form',
      // What is written in percent may be meant.
      ...(!/%2f/i.test(text) && { expected: simplest, changes: [{ path: place, value: simplest }] })
    }
    for (const part of refusedParts.filter(part => text.includes(part))) {
      yield invalid(place, text, `must not contain '${part}'`, advice)
    }
    for (const end of refusedEnds.filter(end => text.endsWith(end))) {
      yield invalid(place, text, `cannot end with '${end}'`, advice)
    }
  }
  yield* validateBackend(backend, [...path, 'backend'])
}

function* validateBackend({ service, resource }: IngressBackend, path: Path): Generator<FieldError> {
  if (service && resource) {
    yield invalid(path, '', 'cannot set both resource and service backends', {
      hint: 'keep service: the AWS Load Balancer Controller takes no resource',
      changes: [{ path: [...path, 'resource'], remove: true }]
    })
    return
  }
  if (resource) {
    yield* validateReference(resource, [...path, 'resource'])
    return
  }
  if (!service) {
    yield invalid(path, '', 'resource or service backend is required', {
      hint: 'write service: with its name and port'
    })
    return
  }
  const named = [...path, 'service', 'name']
  if (service.name === '') {
    yield required(named, '', { hint: 'name the Service' })
  } else {
    yield* invalidFor(named, service.name, serviceNameProblems(service.name), { hint: 'write the name of a Service' })
  }
  const { name = '', number = 0 } = service.port ?? {}
  const port = [...path, 'service', 'port']
  if (name !== '' && number !== 0) {
    yield invalid(path, '', 'cannot set both port name & port number', {
      hint: `keep one of port.name ${name} and port.number ${number}`,
      changes: [{ path: [...port, 'name'], remove: true }]
    })
  } else if (name !== '') {
    yield* invalidFor([...port, 'name'], name, portNameProblems(name), {
      ...(/^\d+$/.test(name)
        ? { hint: `write port: {number: ${name}}`, changes: [{ path: port, value: { number: Number(name) } }] }
        : { hint: 'write the name of a port of the Service' })
    })
  } else if (number !== 0) {
    yield* invalidFor([...port, 'number'], number, portNumberProblems(number), { hint: 'write a port of the Service' })
  } else {
    yield required(path, 'port name or number is required', { hint: 'write port: with the name or number of a port' })
  }
}

function* validateReference(
  { apiGroup, kind = '', name = '' }: { apiGroup?: string; kind?: string; name?: string },
  path: Path
): Generator<FieldError> {
  if (apiGroup !== undefined) {
    yield* invalidFor([...path, 'apiGroup'], apiGroup, subdomainProblems(apiGroup), { hint: 'write an API group' })
  }
  for (const [key, value] of Object.entries({ kind, name })) {
    if (value === '') {
      yield required([...path, key], '', { hint: `write the ${key}` })
    } else {
      yield* invalidFor([...path, key], value, pathSegmentProblems(value), { hint: `write a ${key} without / and %` })
    }
  }
}

export function* validateIngressClass(ingressClass: IngressClass): Generator<FieldError> {
  yield* validateObjectMeta(ingressClass, subdomainProblems)
  const { controller = '', parameters } = ingressClass.spec ?? {}
  const path = ['spec', 'controller']
  const [domain = '', ...rest] = controller.split('/')
  const hint = "write controller: ingress.k8s.aws/alb, the AWS Load Balancer Controller's name"
  const changes = [{ path, value: 'ingress.k8s.aws/alb' }]
  if (controller === '') {
    yield required(path, '', { hint, changes })
  } else if (domain === '' || rest.join('/') === '') {
    yield invalid(path, controller, 'must be a domain-prefixed path (such as "acme.io/foo")', { hint, changes })
  } else {
    yield* invalidFor(path, domain, subdomainProblems(domain), { hint, changes })
  }
  if (!parameters) {
    return
  }
  yield* validateReference(parameters, ['spec', 'parameters'])
  const { scope = 'Cluster', namespace } = parameters as { scope?: string; namespace?: string }
  const scoped = ['spec', 'parameters', 'scope']
  const inNamespace = ['spec', 'parameters', 'namespace']
  if (scope !== 'Cluster' && scope !== 'Namespace') {
    yield notSupported(scoped, scope, ['Cluster', 'Namespace'], {
      hint: 'write scope: Cluster',
      changes: [{ path: scoped, value: 'Cluster' }]
    })
  } else if (scope === 'Namespace' && namespace === undefined) {
    yield required(inNamespace, "`parameters.scope` is set to 'Namespace'", {
      hint: 'write scope: Cluster: IngressClassParams have no namespace',
      changes: [{ path: scoped, value: 'Cluster' }]
    })
  } else if (scope === 'Namespace') {
    yield* invalidFor(inNamespace, namespace, labelProblems(namespace!), { hint: 'write the name of a namespace' })
  } else if (namespace !== undefined) {
    yield forbidden(inNamespace, "`parameters.scope` is set to 'Cluster'", {
      hint: 'remove it: IngressClassParams have no namespace',
      changes: [{ path: inNamespace, remove: true }]
    })
  }
}
