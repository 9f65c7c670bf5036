import { readStringMap } from '../annotation/parser.ts'
import { attributeList } from '../build/attributes.ts'
import { namespaceOf } from '../build/cluster-objects.ts'
import { addResource, byDefault, explain } from '../build/task.ts'
import { formatSlice } from '../go/format.ts'
import { ModelError } from '../model-error.ts'
import { loadBalancerARN } from '../stack/names.ts'
import { applicationLoadBalancerID } from '../stack/specs.ts'
import type { Action, ListenerSpec } from '../stack/stack.ts'
import { buildActions, notFoundAction, redirectToHTTPS } from './actions.ts'
import { explainMap, mergeAttributes } from './attributes.ts'
import { readBackend } from './backend.ts'
import type { ListenPort } from './listen-ports.ts'
import { groupTags } from './tags.ts'
import { type BuildTask, firstAnnotation } from './task.ts'

/** LBC: buildListenerDefaultActions. */
function buildDefaultActions(task: BuildTask, { protocol, members }: ListenPort): Action[] {
  if (task.sslRedirectPort !== undefined && protocol === 'HTTP') {
    return [redirectToHTTPS(task.sslRedirectPort)]
  }
  const [member, ...others] = members.filter(({ ingress }) => ingress.spec?.defaultBackend)
  if (!member) {
    return [notFoundAction]
  }
  if (others.length > 0) {
    throw new ModelError(
      `multiple ingress defined default backend: ${formatSlice([member, ...others].map(({ key }) => key))}`
    )
  }
  const backend = readBackend(task, member.ingress, member.ingress.spec!.defaultBackend!)
  return buildActions(task, protocol, member, backend)
}

/** LBC: buildIngressGroupListenerAttributes; of IngressClassParams those of the first member count. */
function buildAttributes({ port, protocol, members }: ListenPort): ListenerSpec['listenerAttributes'] {
  const ofClass = members[0]?.params?.spec?.listeners ?? []
  const matching = ofClass.filter(listener => listener.port === port && listener.protocol === protocol)
  const attributes = mergeAttributes(
    new Map(
      matching.flatMap(({ listenerAttributes = [] }) => listenerAttributes.map(({ key, value }) => [key, value]))
    ),
    members,
    ({ ingress }) => readStringMap(`listener-attributes.${protocol}-${port}`, ingress)?.value,
    (key, values, { ingress }) =>
      `conflicting listener attributes ${key}: ${values} for ingress ${namespaceOf(ingress)}/${ingress.metadata.name}`
  )
  return attributeList(attributes)?.map(({ key, value }) => ({ Key: key, Value: value }))
}

/** Notes where the listener's values come from. */
function explainListener(
  task: BuildTask,
  { port, protocol, certificates, sslPolicy, mutualAuthentication, members }: ListenPort,
  attributes: NonNullable<ListenerSpec['listenerAttributes']>
): void {
  if (!task.explanations) {
    return
  }
  const resource = `Listener ${port}`
  const own = { ...task, group: { ...task.group, members } }
  // Without listen-ports it is the certificate that makes it HTTPS.
  explain(
    task,
    resource,
    'protocol',
    protocol,
    firstAnnotation(own, 'listen-ports') ?? certificates[0]?.source ?? byDefault
  )
  const redirect = firstAnnotation(task, 'ssl-redirect')
  if (task.sslRedirectPort !== undefined && protocol === 'HTTP' && redirect) {
    explain(task, resource, 'defaultActions', `redirect to ${task.sslRedirectPort}`, redirect)
  }
  for (const { value, source } of certificates) {
    explain(task, resource, 'certificate', value, source)
  }
  if (sslPolicy) {
    explain(task, resource, 'sslPolicy', sslPolicy.value, sslPolicy.source)
  }
  const trust = firstAnnotation(own, 'mutual-authentication')
  if (mutualAuthentication && trust) {
    explain(task, resource, 'mutualAuthentication', mutualAuthentication.mode, trust)
  }
  const ofClass =
    members[0]?.params?.spec?.listeners?.find(listener => listener.port === port)?.listenerAttributes ?? []
  explainMap(
    own,
    resource,
    'listenerAttributes',
    attributes.map(({ Key, Value }) => [Key, Value]),
    {
      suffix: `listener-attributes.${protocol}-${port}`,
      ofClass: new Set(ofClass.map(({ key }) => key)),
      path: 'spec.listeners',
      otherwise: byDefault
    }
  )
}

/** Builds the listener of a port (LBC: buildListenerSpec). @throws ModelError */
export function buildListener(task: BuildTask, listenPort: ListenPort): void {
  const { port, protocol, certificates, sslPolicy, mutualAuthentication, members } = listenPort
  const defaultActions = buildDefaultActions(task, listenPort)
  const tags = groupTags(task, members)
  const listenerAttributes = buildAttributes(listenPort)
  addResource(task, 'AWS::ElasticLoadBalancingV2::Listener', String(port), {
    spec: {
      loadBalancerARN: loadBalancerARN(applicationLoadBalancerID),
      port,
      protocol,
      defaultActions,
      ...(certificates.length > 0 && { certificates: certificates.map(({ value }) => ({ certificateARN: value })) }),
      ...(sslPolicy && { sslPolicy: sslPolicy.value }),
      ...(mutualAuthentication && { mutualAuthentication }),
      ...(listenerAttributes && { listenerAttributes }),
      ...(tags && { tags })
    }
  })
  explainListener(task, listenPort, listenerAttributes ?? [])
}
