/**
 * The TargetGroupBinding objects that the controller keeps in the cluster for its target groups
 * (LBC: pkg/deploy/elbv2/target_group_binding_manager.go).
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import { type Environment, referencedID, type Stack, type Token, targetGroupARN } from '../model/index.ts'
import { objectKey, type Resources, type TargetGroupBinding } from '../resources/index.ts'
import { type Api, ApiError } from './api.ts'
import { backendNotFound, type Note, succeeded } from './events.ts'
import { withoutFinalizer } from './finalizers.ts'

const finalizer = 'elbv2.k8s.aws/resources'
const apiVersion = 'elbv2.k8s.aws/v1beta1'

function collectionOf(namespace: string | undefined): string {
  return `/apis/${apiVersion}/namespaces/${namespace}/targetgroupbindings`
}

function bindingPath({ metadata }: TargetGroupBinding): string {
  return `${collectionOf(metadata.namespace)}/${metadata.name}`
}

/** The group whose stack an object belongs to, by its labels; undefined for one that somebody else made. */
export function groupOfBinding({ metadata: { labels = {} } }: TargetGroupBinding): string | undefined {
  const explicit = labels['ingress.k8s.aws/stack']
  if (explicit !== undefined) {
    return explicit
  }
  const { 'ingress.k8s.aws/stack-namespace': namespace, 'ingress.k8s.aws/stack-name': name } = labels
  return namespace !== undefined && name !== undefined ? `${namespace}/${name}` : undefined
}

/** The objects that the controller made, by their group. */
export function bindingsByGroup(resources: Resources): Map<string, TargetGroupBinding[]> {
  const groups = new Map<string, TargetGroupBinding[]>()
  for (const binding of resources.list('TargetGroupBinding')) {
    const id = groupOfBinding(binding)
    if (id !== undefined) {
      groups.set(id, [...(groups.get(id) ?? []), binding])
    }
  }
  return groups
}

/** What an event says of an object, whoever made it: whether its Service is there. */
export function bindingNote({ metadata, spec }: TargetGroupBinding, resources: Resources): Note {
  const service = spec?.serviceRef?.name ?? ''
  return resources.find('Service', service, metadata.namespace) ? succeeded : backendNotFound(service)
}

/** Notes in the status which generation was seen, where it does not say so. */
export async function observeBinding(api: Pick<Api, 'patch'>, binding: TargetGroupBinding): Promise<void> {
  const { generation } = binding.metadata
  if (binding.status?.observedGeneration === generation) {
    return
  }
  await api.patch(`${bindingPath(binding)}/status`, { status: { observedGeneration: generation } })
}

/** The labels of a group's objects: an implicit group is named after its one Ingress. */
function labelsOf(group: string): Record<string, string> {
  const [namespace, name] = group.split('/')
  return name === undefined
    ? { 'ingress.k8s.aws/stack': group }
    : { 'ingress.k8s.aws/stack-namespace': namespace!, 'ingress.k8s.aws/stack-name': name }
}

/** The objects that a stack asks for. */
export function bindingsOf(stack: Stack, environment: Environment): TargetGroupBinding[] {
  const groups = stack.resources['AWS::ElasticLoadBalancingV2::TargetGroup'] ?? {}
  function arnFor(token: Token): string {
    const name = groups[referencedID(token) ?? '']?.spec.name
    return typeof token === 'string' ? token : targetGroupARN(name ?? '', environment)
  }
  const bindings = stack.resources['K8S::ElasticLoadBalancingV2::TargetGroupBinding'] ?? {}
  return Object.entries(bindings).map(([id, { spec }]) => {
    const { metadata, spec: wanted } = spec.template
    const networking = wanted.networking && {
      ingress: wanted.networking.ingress.map(({ from, ports }) => ({
        from: (from ?? []).map(peer => {
          const groupID = 'securityGroup' in peer ? peer.securityGroup.groupID : undefined
          return groupID === undefined || typeof groupID === 'string'
            ? peer
            : { securityGroup: { groupID: 'sg-managed' } }
        }),
        ports: ports ?? []
      }))
    }
    return {
      apiVersion,
      kind: 'TargetGroupBinding',
      // Named as the target group is on AWS, which keeps the name that it was made with.
      metadata: {
        ...metadata,
        name: groups[id]?.spec.name ?? metadata.name,
        labels: { ...metadata.labels, ...labelsOf(stack.id) },
        finalizers: [finalizer]
      },
      spec: { ...wanted, targetGroupARN: arnFor(wanted.targetGroupARN), ...(networking && { networking }) }
    } satisfies TargetGroupBinding
  })
}

function ignoring(status: number) {
  return (error: unknown): void => {
    if (!(error instanceof ApiError && error.status === status)) {
      throw error
    }
  }
}

/** Makes the cluster's objects of a group those that are wanted. `existing` may be a little behind. */
export async function syncBindings(
  api: Pick<Api, 'post' | 'patch' | 'delete'>,
  wanted: readonly TargetGroupBinding[],
  existing: readonly TargetGroupBinding[]
): Promise<void> {
  const known = new Map(existing.map(binding => [objectKey(binding), binding]))
  for (const binding of wanted) {
    const found = known.get(objectKey(binding))
    if (!found) {
      await api.post(collectionOf(binding.metadata.namespace), binding).catch(ignoring(409))
    } else if (isChanged(found, binding)) {
      await api.patch(bindingPath(found), { spec: binding.spec }).catch(ignoring(404))
    }
  }
  const keys = new Set(wanted.map(objectKey))
  for (const binding of existing) {
    const isLeaving = binding.metadata.deletionTimestamp !== undefined
    if (keys.has(objectKey(binding)) && !isLeaving) {
      continue
    }
    const finalizers = withoutFinalizer(binding.metadata, finalizer)
    if (finalizers) {
      await api.patch(bindingPath(binding), { metadata: { finalizers } }).catch(ignoring(404))
    }
    if (!isLeaving) {
      await api.delete(bindingPath(binding)).catch(ignoring(404))
    }
  }
}

/** Fields that the API server or somebody else added do not count. */
function isChanged(found: TargetGroupBinding, { spec = {} }: TargetGroupBinding): boolean {
  return Object.entries(spec).some(
    ([field, value]) => !isDeepStrictEqual((found.spec as Record<string, unknown> | undefined)?.[field], value)
  )
}
