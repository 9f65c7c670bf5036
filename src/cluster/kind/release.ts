import { findHelm } from '../../render/index.ts'
import { type KubernetesObject, parseManifests, Resources } from '../../resources/index.ts'
import { type RunOptions, runTool } from '../tool.ts'
import { isLoadBalancerGateway } from './gateway-api.ts'

/** A release of the chart in a cluster. */
export interface Release {
  context: string
  namespace: string
  name: string
}

/** What is installed of a release; nothing where there is none. */
export async function readRelease({ context, namespace, name }: Release, options: RunOptions = {}): Promise<Resources> {
  const { command } = await findHelm()
  function helm(...words: string[]): Promise<string> {
    return runTool('helm', [...words, '--kube-context', context, '--namespace', namespace], { ...options, command })
  }
  if ((await helm('list', '--short', '--filter', `^${name}$`)) === '') {
    return new Resources()
  }
  return parseManifests([{ text: await helm('get', 'manifest', name), file: `release ${name}` }])
}

/** What gateways are made of, by whomever: each makes it under the same names. */
const gatewayKinds = new Set([
  ...['Deployment', 'DaemonSet', 'Service', 'ServiceAccount', 'Role', 'RoleBinding'],
  ...['HorizontalPodAutoscaler', 'PodDisruptionBudget', 'NetworkPolicy', 'Gateway']
])

/** What one release has of gateways and the next one has not. */
export function goneFromRelease(before: Resources, after: Resources): KubernetesObject[] {
  // What is a load balancer and no gateway, helm removes itself, and its controller lets it go.
  return before
    .all()
    .filter(object => gatewayKinds.has(object.kind) && !isLoadBalancerGateway(object))
    .filter(({ kind, metadata }) => !after.find(kind, metadata.name, metadata.namespace))
}
