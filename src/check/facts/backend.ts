import {
  type Annotation,
  type Environment,
  findService,
  namespaceOf,
  readString,
  settingsOfClass
} from '../../model/index.ts'
import {
  annotationPrefix,
  type Ingress,
  type IngressBackend,
  type IngressClassParams,
  type Path,
  type Resources,
  type Service,
  type ServiceBackendPort,
  type ServicePort
} from '../../resources/index.ts'

/** A port of a Service that an Ingress sends to: what becomes a target group. */
export interface Backend {
  ingress: Ingress
  params: IngressClassParams | undefined
  service: Service
  port: ServicePort
  /** Where the Ingress says so. */
  path: Path
  targetType: string
  /** A setting of the target group: the Service's annotation, else the Ingress's. `suffix` is the name without the prefix. */
  setting(suffix: string): Annotation<string> | undefined
}

/** A reference to a Service in an Ingress, whether or not there is such a Service. */
export interface ServiceReference {
  ingress: Ingress
  path: Path
  name: string
  port: ServiceBackendPort
}

/** The backends of an Ingress's paths, with the path of each. */
export function* ingressBackends({ spec }: Ingress): Generator<{ backend: IngressBackend; path: Path }> {
  if (spec?.defaultBackend) {
    yield { backend: spec.defaultBackend, path: ['spec', 'defaultBackend'] }
  }
  for (const [ruleIndex, rule] of (spec?.rules ?? []).entries()) {
    for (const [pathIndex, { backend }] of (rule.http?.paths ?? []).entries()) {
      yield { backend, path: ['spec', 'rules', ruleIndex, 'http', 'paths', pathIndex, 'backend'] }
    }
  }
}

/** The port name that sends to the annotation `actions.<service name>` instead of a Service. */
export const useAnnotation = 'use-annotation'

/** The JSON of an `actions.` annotation as far as it can be read; the plan tells what is wrong with the rest. */
export function parseAction(text: string): Record<string, unknown> | undefined {
  try {
    const action: unknown = JSON.parse(text)
    return typeof action === 'object' && action !== null ? (action as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

interface ForwardTarget {
  serviceName?: unknown
  servicePort?: unknown
}

function* actionReferences(ingress: Ingress, name: string): Generator<ServiceReference> {
  const annotation = readString(`actions.${name}`, ingress)
  const forward = annotation && (parseAction(annotation.value)?.forwardConfig as { targetGroups?: unknown } | undefined)
  if (!Array.isArray(forward?.targetGroups)) {
    return
  }
  for (const { serviceName, servicePort } of forward.targetGroups as ForwardTarget[]) {
    if (typeof serviceName !== 'string') {
      continue
    }
    // The controller takes a servicePort that looks like a number for one.
    const number = Number(servicePort)
    const port = Number.isInteger(number) ? { number } : { name: String(servicePort) }
    yield { ingress, path: ['metadata', 'annotations', annotation!.name], name: serviceName, port }
  }
}

/** Every reference of an Ingress to a Service, through its actions too. */
export function* serviceReferences(ingress: Ingress): Generator<ServiceReference> {
  for (const { backend, path } of ingressBackends(ingress)) {
    if (!backend.service) {
      continue
    }
    const { name, port = {} } = backend.service
    if (port.name === useAnnotation) {
      yield* actionReferences(ingress, name)
    } else {
      yield { ingress, path: [...path, 'service'], name, port }
    }
  }
}

/** The backends of some Ingresses whose Service and port are among the objects; each port of each Ingress once. */
export function findBackends(ingresses: Ingress[], resources: Resources, environment: Environment): Backend[] {
  return ingresses.flatMap(ingress => {
    const { params, defaultTargetType } = settingsOfClass(ingress, resources, environment)
    const seen = new Set<ServicePort>()
    return [...serviceReferences(ingress)].flatMap(({ name, port: wanted, path }): Backend[] => {
      const service = findService(resources, namespaceOf(ingress), name)
      const port = service?.spec?.ports?.find(candidate =>
        wanted.name === undefined ? candidate.port === wanted.number : candidate.name === wanted.name
      )
      if (!service || !port || seen.has(port)) {
        return []
      }
      const setting: Backend['setting'] = suffix => readString(suffix, service, ingress)
      seen.add(port)
      const targetType = params?.spec?.targetType ?? setting('target-type')?.value ?? defaultTargetType
      return [{ ingress, params, service, port, path, targetType, setting }]
    })
  })
}

/** The annotation of a setting, else where one would stand: among the Ingress's annotations. */
export function placeOf(
  { ingress, setting }: Backend,
  suffix: string
): { object: Annotation<string>['object']; path: Path } {
  const annotation = setting(suffix)
  return annotation
    ? { object: annotation.object, path: ['metadata', 'annotations', annotation.name] }
    : { object: ingress, path: ['metadata', 'annotations', annotationPrefix + suffix] }
}

/** The protocol that targets are spoken to. */
export function backendProtocol({ setting }: Backend): string {
  return setting('backend-protocol')?.value ?? 'HTTP'
}
