import { type GatewayPlan, namespaceOf } from '../../model/index.ts'
import { nearestName } from '../../nearest-name.ts'
import { type Gateway, type Ingress, objectName, type Service } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import type { Backend } from '../facts/backend.ts'
import { annotationOfError, serviceAnnotationOfError } from '../facts/error-annotation.ts'
import { canHaveNodePort } from '../facts/external-name.ts'
import { frontDoors } from '../facts/front-door.ts'
import { listenPortsOf } from '../facts/listen-ports.ts'
import { parsePath } from '../facts/listener-rules.ts'
import { meantValue } from '../facts/meant-value.ts'
import { backendPortPath, type MissingPort, missingPortOf } from '../facts/missing-port.ts'
import { adviceOf } from '../facts/model-error-advice.ts'
import { findByName } from '../facts/named-object.ts'
import { ownGateways } from '../facts/own-gateways.ts'
import { annotationPath, type Problem, type Rule } from '../rule.ts'

/** The error names the member that it comes from, where it comes from one (`ingress: ns/name: …`). */
function culpritOf(error: string, members: string[]): string | undefined {
  return members.find(member => error.includes(`ingress: ${member}: `))
}

function otherMembers(members: string[], culprit: string | undefined): string {
  const others = members.filter(member => member !== culprit)
  return others.length === 0 || members.length === 1 ? '' : `; the whole group stays as it is, ${others.join(', ')} too`
}

/** The path with a wildcard that its type takes for a letter. */
function wildcardPathOf(
  error: string,
  ingresses: readonly Ingress[]
): Pick<Problem, 'object' | 'path' | 'changes'> | undefined {
  const [, type, text] = /(prefix|exact) path shouldn't contain wildcards: (.*)$/.exec(error) ?? []
  for (const ingress of type === undefined ? [] : ingresses) {
    for (const [rule, { http }] of (ingress.spec?.rules ?? []).entries()) {
      const index = http?.paths?.findIndex(
        ({ path, pathType }) => path === text && String(pathType).toLowerCase() === type
      )
      if (index !== undefined && index >= 0) {
        const place = ['spec', 'rules', rule, 'http', 'paths', index]
        return {
          object: ingress,
          path: [...place, 'path'],
          changes: [{ path: [...place, 'pathType'], value: 'ImplementationSpecific' }]
        }
      }
    }
  }
  return undefined
}

/** Where the annotation that the error is about stands: on a Service that an Ingress sends to, or on the Ingress. */
function placeOf(
  error: string,
  ingresses: readonly Ingress[],
  backends: Backend[]
): Pick<Problem, 'object' | 'path' | 'changes'> {
  const written = wildcardPathOf(error, ingresses)
  if (written) {
    return written
  }
  for (const ingress of ingresses) {
    const services = backends.filter(backend => backend.ingress === ingress).map(({ service }) => service)
    // For a target group's setting the Service's is the one that counts.
    for (const object of [...services, ingress]) {
      const name = annotationOfError(error, object.metadata.annotations ?? {})
      if (name !== undefined) {
        return { object, path: annotationPath(name) }
      }
    }
  }
  const ingress = ingresses[0]!
  const host = /no certificate found for host: (\S+)/.exec(error)?.[1]
  const rule = ingress.spec?.rules?.findIndex(candidate => host !== undefined && candidate.host === host) ?? -1
  return { object: ingress, path: rule < 0 ? ['metadata', 'name'] : ['spec', 'rules', rule, 'host'] }
}

/** Where an Ingress sends to a port that its Service lacks. */
function placeOfPort(
  port: MissingPort | undefined,
  ingress: Ingress
): Pick<Problem, 'object' | 'path' | 'changes'> | undefined {
  const path = port && backendPortPath(ingress, port)
  return path && { object: ingress, path, ...(port.meant && { changes: [{ path, value: { name: port.meant } }] }) }
}

/** What was meant by the annotation that an error is about, where error and value tell. */
function mend(
  context: Context,
  error: string,
  { object, path }: Pick<Problem, 'object' | 'path'>
): Pick<Problem, 'hint' | 'changes'> | undefined {
  const name = path[1] === 'annotations' ? String(path[2]) : undefined
  const text = name === undefined ? undefined : object.metadata.annotations?.[name]
  if (name === undefined || text === undefined) {
    return undefined
  }
  const ports = object.kind === 'Ingress' ? listenPortsOf(context, object as Ingress) : undefined
  const secure = ports?.filter(({ protocol }) => protocol === 'HTTPS') ?? []
  const meant = meantValue(error, name, text, secure.length === 1 ? secure[0]!.port : undefined)
  if (!meant) {
    return undefined
  }
  const { hint, value } = meant
  return { hint, ...(value !== undefined && { changes: [{ path, value }] }) }
}

/** What keeps a Service without its load balancer, in the words of whoever makes it. */
function* errorsOfServices(context: Context): Generator<Problem> {
  for (const { service, plan } of frontDoors(context)) {
    if (plan.error === undefined) {
      continue
    }
    const name = serviceAnnotationOfError(plan.error, service.metadata.annotations ?? {})
    const isOwn = plan.by === 'controller'
    const event = `kubectl describe service ${service.metadata.name} --namespace ${namespaceOf(service)} shows it as a ${isOwn ? 'FailedBuildModel' : 'SyncLoadBalancerFailed'} event`
    const port = missingPortOf(plan.error, context.resources)
    // The only field that an error names: the cloud provider refuses whatever stands there.
    const isOfAddress = plan.error.startsWith('LoadBalancerIP ')
    const path = isOfAddress
      ? ['spec', 'loadBalancerIP']
      : name === undefined
        ? ['metadata', 'name']
        : annotationPath(name)
    const mended = isOfAddress
      ? { hint: 'remove it: AWS chooses the addresses', changes: [{ path, remove: true as const }] }
      : mend(context, plan.error, { object: service, path })
    yield {
      object: service,
      path,
      message: `${isOwn ? 'the AWS Load Balancer Controller' : 'the cloud provider'} builds nothing for Service ${plan.id}: ${plan.error}`,
      ...(name !== undefined && port?.meant && { changes: [{ path, value: port.meant }] }),
      ...mended,
      hint:
        port?.hint ??
        mended?.hint ??
        adviceOf(plan.error) ??
        (plan.errorHasEvent === false ? 'the controller only logs this, without an event on the Service' : event)
    }
  }
}

/** What keeps the controller from building a load balancer, in its own words. */
export const planError: Rule = {
  code: 'MODEL_NOT_BUILT',
  severity: 'error',
  *find(context) {
    const { plan, backends, membersOf } = context
    yield* errorsOfServices(context)
    for (const group of plan.groups) {
      const { id, members, error, errorHasEvent } = group
      if (error === undefined) {
        continue
      }
      const culprit = culpritOf(error, members)
      const ingress = membersOf(group)[members.indexOf(culprit ?? members[0] ?? '')]
      if (!ingress) {
        continue
      }
      const port = missingPortOf(error, context.resources)
      const place =
        placeOfPort(port, ingress) ?? placeOf(error, culprit === undefined ? membersOf(group) : [ingress], backends)
      const mended = mend(context, error, place)
      yield {
        ...place,
        ...mended,
        message: `the AWS Load Balancer Controller builds nothing for group ${id}: ${error}${otherMembers(members, culprit)}`,
        hint:
          port?.hint ??
          mended?.hint ??
          adviceOf(error) ??
          (errorHasEvent === false
            ? 'the controller only logs this, without an event on the Ingress'
            : `kubectl describe ingress ${ingress.metadata.name} --namespace ${namespaceOf(ingress)} shows it as a FailedBuildModel event`)
      }
    }
    yield* gatewayErrors(context)
  }
}

/** Another configuration that may be meant by a name that a Gateway's own namespace does not have. */
function configurationMeant(
  { resources }: Context,
  error: string,
  gateway: Gateway
): Pick<Problem, 'hint' | 'changes'> | undefined {
  const name = /^LoadBalancerConfiguration\S* "(\S+)" not found/.exec(error)?.[1]
  if (name === undefined || gateway.spec?.infrastructure?.parametersRef?.name !== name) {
    return undefined
  }
  const all = resources.all().filter(({ kind }) => kind === 'LoadBalancerConfiguration')
  const namespace = namespaceOf(gateway)
  const own = all.filter(one => namespaceOf(one) === namespace)
  const near = nearestName(
    name,
    own.map(({ metadata }) => metadata.name)
  )
  if (near !== undefined) {
    const path = ['spec', 'infrastructure', 'parametersRef', 'name']
    return { hint: `did you mean ${near}?`, changes: [{ path, value: near }] }
  }
  const elsewhere = all.find(({ metadata }) => metadata.name === name)
  return (
    elsewhere && { hint: `a Gateway takes one of its own namespace: put ${objectName(elsewhere)} into ${namespace}` }
  )
}

/** Why Gateways get no load balancer; filters have a rule of their own. */
function* gatewayErrors(context: Context): Generator<Problem> {
  for (const {
    gateway,
    plan: { id, error = '', errorHasEvent, errorSource, refusal }
  } of ownGateways(context)) {
    if (error === '' || error.startsWith('Unsupported filter type: ')) {
      continue
    }
    const where = errorHasEvent
      ? 'a FailedBuildModel event'
      : refusal
        ? `the message of its condition Accepted (${refusal.reason})`
        : 'nothing: the controller only logs it'
    yield {
      ...(placeOfSource(context, errorSource) ?? placeOfGatewayError(error, gateway)),
      message: `the AWS Load Balancer Controller builds nothing for Gateway ${id}: ${error}`,
      hint:
        adviceOf(error) ??
        `kubectl describe gateway ${gateway.metadata.name} --namespace ${namespaceOf(gateway)} shows ${where}`,
      ...configurationMeant(context, error, gateway)
    }
  }
}

/** Where the value that an error comes from is written, and the type of a Service that has no node port yet. */
function placeOfSource(
  { resources }: Context,
  source: GatewayPlan['errorSource']
): Pick<Problem, 'object' | 'path' | 'changes'> | undefined {
  const object = source?.object === undefined ? undefined : findByName(resources, source.object)
  const path = object && parsePath(source!.key)
  if (!object || !path) {
    return undefined
  }
  const isChangeable = object.kind === 'Service' && canHaveNodePort(object as Service)
  return { object, path, ...(isChangeable && { changes: [{ path, value: 'NodePort' }] }) }
}

function placeOfGatewayError(error: string, gateway: Gateway): Pick<Problem, 'object' | 'path'> {
  const host = /no certificate found for host: (\S+)/.exec(error)?.[1]
  const listener = gateway.spec?.listeners?.findIndex(({ hostname }) => host !== undefined && hostname === host) ?? -1
  if (listener >= 0) {
    return { object: gateway, path: ['spec', 'listeners', listener, 'hostname'] }
  }
  if (error.startsWith('Unable to materialize gateway')) {
    return { object: gateway, path: ['spec', 'gatewayClassName'] }
  }
  return /^LoadBalancerConfiguration/.test(error)
    ? { object: gateway, path: ['spec', 'infrastructure', 'parametersRef'] }
    : { object: gateway, path: ['metadata', 'name'] }
}
