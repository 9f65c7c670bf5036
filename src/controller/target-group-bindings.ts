/**
 * The TargetGroupBinding objects that the controller keeps in the cluster for its target groups
 * (LBC: pkg/deploy/elbv2/target_group_binding_manager.go).
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import {
  type Environment,
  referencedID,
  type Stack,
  type StackKind,
  type Token,
  targetGroupARN
} from '../model/index.ts'
import { ownEntry } from '../own-entry.ts'
import { collectionPath, objectKey, objectPath, type Resources, type TargetGroupBinding } from '../resources/index.ts'
import { type Api, ApiError } from './api.ts'
import { backendNotFound, type Note, succeeded } from './events.ts'
import { withoutFinalizer } from './finalizers.ts'
import { stackKey, type WorkPlan } from './stack-work.ts'

const finalizer = 'elbv2.k8s.aws/resources'
const apiVersion = 'elbv2.k8s.aws/v1beta1'

/** What labels of a kind's stacks begin with (LBC: the tag prefix of each controller). */
const labelPrefixes: Record<StackKind, string[]> = {
  Ingress: ['ingress.k8s.aws'],
  Service: ['service.k8s.aws'],
  Gateway: ['gateway.k8s.aws.alb', 'gateway.k8s.aws.nlb']
}

/** The labels of a stack's objects; an explicit group has no namespace (LBC: StackLabels). */
export function stackLabels(plan: WorkPlan): Record<string, string> {
  const prefix = plan.kind === 'Gateway' ? plan.controller.replace('/', '.') : labelPrefixes[plan.kind][0]
  const [namespace, name] = plan.id.split('/')
  return name === undefined
    ? { [`${prefix}/stack`]: plan.id }
    : { [`${prefix}/stack-namespace`]: namespace!, [`${prefix}/stack-name`]: name }
}

/** The key of the stack that an object belongs to, by its labels; undefined for one that somebody else made. */
export function stackOfBinding({ metadata: { labels = {} } }: TargetGroupBinding): string | undefined {
  for (const [kind, prefixes] of Object.entries(labelPrefixes) as [StackKind, string[]][]) {
    for (const prefix of prefixes) {
      const explicit = labels[`${prefix}/stack`]
      if (explicit !== undefined) {
        return stackKey({ kind, id: explicit })
      }
      const { [`${prefix}/stack-namespace`]: namespace, [`${prefix}/stack-name`]: name } = labels
      if (namespace !== undefined && name !== undefined) {
        return stackKey({ kind, id: `${namespace}/${name}` })
      }
    }
  }
  return undefined
}

/** The objects that the controller made, by the key of their stack. */
export function bindingsByStack(resources: Resources): Map<string, TargetGroupBinding[]> {
  const stacks = new Map<string, TargetGroupBinding[]>()
  for (const binding of resources.list('TargetGroupBinding')) {
    const key = stackOfBinding(binding)
    if (key !== undefined) {
      stacks.set(key, [...(stacks.get(key) ?? []), binding])
    }
  }
  return stacks
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
  await api.patch(`${objectPath(binding)}/status`, { status: { observedGeneration: generation } })
}

/** A stack, with the labels of its objects. */
export interface LabelledStack {
  stack: Stack
  labels: Record<string, string>
}

/** The objects that a stack asks for. */
export function bindingsOf({ stack, labels }: LabelledStack, environment: Environment): TargetGroupBinding[] {
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
        name: ownEntry(groups, id)?.spec.name ?? metadata.name,
        labels: { ...metadata.labels, ...labels },
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

/** Makes the cluster's objects of a stack those that are wanted. `existing` may be a little behind. */
export async function syncBindings(
  api: Pick<Api, 'post' | 'patch' | 'delete'>,
  wanted: readonly TargetGroupBinding[],
  existing: readonly TargetGroupBinding[]
): Promise<void> {
  const known = new Map(existing.map(binding => [objectKey(binding), binding]))
  for (const binding of wanted) {
    const found = known.get(objectKey(binding))
    if (!found) {
      await api
        .post(collectionPath(apiVersion, 'TargetGroupBinding', binding.metadata.namespace), binding)
        .catch(ignoring(409))
    } else if (isChanged(found, binding)) {
      await api.patch(objectPath(found), { spec: binding.spec }).catch(ignoring(404))
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
      await api.patch(objectPath(binding), { metadata: { finalizers } }).catch(ignoring(404))
    }
    if (!isLeaving) {
      await api.delete(objectPath(binding)).catch(ignoring(404))
    }
  }
}

/** Fields that the API server or somebody else added do not count. */
function isChanged(found: TargetGroupBinding, { spec = {} }: TargetGroupBinding): boolean {
  return Object.entries(spec).some(
    ([field, value]) => !isDeepStrictEqual((found.spec as Record<string, unknown> | undefined)?.[field], value)
  )
}
