import { parseManifests, Resources } from '../../resources/index.ts'
import { type RunOptions, runTool } from '../tool.ts'

/**
 * What a check looks at, by the names that `kubectl api-resources` has. Secrets are not among them: a check needs none, and
 * who may read them is nobody's to assume.
 */
const wanted = [
  ...['ingresses.networking.k8s.io', 'ingressclasses.networking.k8s.io', 'ingressclassparams.elbv2.k8s.aws'],
  ...['services', 'endpointslices.discovery.k8s.io', 'nodes', 'namespaces'],
  ...[
    'deployments.apps',
    'daemonsets.apps',
    'gateways.networking.istio.io',
    'customresourcedefinitions.apiextensions.k8s.io'
  ]
]

/** Where Istio keeps the mesh's configuration. */
const meshConfig = ['configmap', 'istio', '--namespace', 'istio-system', '--ignore-not-found']

/**
 * The objects of a cluster that a check looks at, of every namespace, read by kubectl.
 *
 * @throws Failure exit 3: `TOOL_MISSING` without kubectl, `COMMAND_FAILED` where the cluster does not answer or denies a kind.
 */
export async function readCluster(context: string, options: RunOptions = {}): Promise<Resources> {
  function kubectl(...words: string[]): Promise<string> {
    return runTool('kubectl', [...words, '--context', context], options)
  }
  const served = new Set((await kubectl('api-resources', '--verbs=list', '--output=name')).split('\n'))
  const kinds = wanted.filter(kind => served.has(kind)).join(',')
  const texts = await Promise.all([
    kubectl('get', kinds, '--all-namespaces', '--output=json'),
    kubectl('get', ...meshConfig, '--output=json')
  ])
  const resources = parseManifests(texts.map(text => ({ text, file: `context ${context}` })))
  // Lines of kubectl's output lead nowhere: findings name the object and the path.
  return new Resources(resources.all())
}
