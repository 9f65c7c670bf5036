import { buildActions, notFoundAction, redirectToHTTPS } from './actions.ts'
import { readStringMap } from './annotation-parser.ts'
import { attributeList, mergeAttributes } from './attributes.ts'
import { readBackend } from './backend.ts'
import { namespaceOf } from './cluster-objects.ts'
import { formatSlice } from './go-format.ts'
import type { ListenPort } from './listen-ports.ts'
import { albID } from './load-balancer.ts'
import { ModelError } from './model-error.ts'
import { loadBalancerARN } from './names.ts'
import type { Action, ListenerSpec } from './stack.ts'
import { groupTags } from './tags.ts'
import { addResource, type BuildTask, explain } from './task.ts'

/** LBC: buildListenerDefaultActions. */
const buildDefaultActions = (task: BuildTask, { protocol, members }: ListenPort): Action[] => {
  if (task.sslRedirectPort !== undefined && protocol === 'HTTP') return [redirectToHTTPS(task.sslRedirectPort)]
  const [member, ...others] = members.filter(({ ingress }) => ingress.spec?.defaultBackend)
  if (!member) return [notFoundAction]
  if (others.length > 0)
    throw new ModelError(
      `multiple ingress defined default backend: ${formatSlice([member, ...others].map(({ key }) => key))}`
    )
  const backend = readBackend(task, member.ingress, member.ingress.spec!.defaultBackend!)
  return buildActions(task, protocol, member, backend)
}

/** LBC: buildIngressGroupListenerAttributes; of IngressClassParams those of the first member count. */
const buildAttributes = ({ port, protocol, members }: ListenPort): ListenerSpec['listenerAttributes'] => {
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

/** Builds the listener of a port (LBC: buildListenerSpec). @throws ModelError */
export function buildListener(task: BuildTask, listenPort: ListenPort): void {
  const { port, protocol, certificates, sslPolicy, mutualAuthentication, members } = listenPort
  const defaultActions = buildDefaultActions(task, listenPort)
  const tags = groupTags(task, members)
  const listenerAttributes = buildAttributes(listenPort)
  addResource(task, 'AWS::ElasticLoadBalancingV2::Listener', String(port), {
    spec: {
      loadBalancerARN: loadBalancerARN(albID),
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
  for (const { value, source } of certificates) explain(task, `Listener ${port}`, 'certificate', value, source)
  if (sslPolicy) explain(task, `Listener ${port}`, 'sslPolicy', sslPolicy.value, sslPolicy.source)
}
