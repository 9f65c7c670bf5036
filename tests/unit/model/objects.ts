/**
 * A small cluster for tests of the model: a class, a gateway's Service and Ingresses that differ in what a case is about.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import {
  type Action,
  buildPlan,
  type Environment,
  type GroupPlan,
  type ListenerRuleSpec,
  parseEnvironment,
  planToJSON,
  type Stack,
  type StackResources
} from '../../../src/model/index.ts'
import {
  annotationPrefix,
  type Ingress,
  type IngressClass,
  type IngressClassParams,
  type IngressPath,
  type KubernetesObject,
  Resources,
  type Secret,
  type Service
} from '../../../src/resources/index.ts'

const environmentFile = new URL('../../cases/lbc/aws.yaml', import.meta.url)

/** The account of tests/cases/lbc: two subnets, five certificates, web ACLs and trust stores by name. */
export const environment: Environment = parseEnvironment(readFileSync(environmentFile, 'utf8'), 'aws.yaml')

/** Annotations with their names as the documentation lists them, without the prefix. */
export type Annotations = Record<string, string>

function prefixed(annotations: Annotations): Annotations {
  return Object.fromEntries(Object.entries(annotations).map(([name, value]) => [annotationPrefix + name, value]))
}

export function ingressClass(params?: string): IngressClass {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'alb' },
    spec: {
      controller: 'ingress.k8s.aws/alb',
      ...(params && { parameters: { apiGroup: 'elbv2.k8s.aws', kind: 'IngressClassParams', name: params } })
    }
  }
}

export function classParams(spec: IngressClassParams['spec'], name = 'params'): IngressClassParams {
  return {
    apiVersion: 'elbv2.k8s.aws/v1beta1',
    kind: 'IngressClassParams',
    metadata: { name },
    ...(spec && { spec })
  }
}

/** A NodePort Service with the ports http (80, 8080 on pods, 30080 on nodes) and status-port (15021, 30021). */
export function service(annotations: Annotations = {}, spec: Service['spec'] = {}, name = 'gw'): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'ns', annotations: prefixed(annotations) },
    spec: {
      type: 'NodePort',
      ports: [
        { name: 'http', port: 80, targetPort: 8080, nodePort: 30080 },
        { name: 'status-port', port: 15021, targetPort: 15021, nodePort: 30021 }
      ],
      ...spec
    }
  }
}

export function backendOf(name: string, port: string | number = 'http') {
  return {
    service: { name, port: typeof port === 'number' ? { number: port } : { name: port } }
  }
}

/** A path that leads to the Service `gw`. */
export function path(path: string, pathType: IngressPath['pathType'] = 'Prefix'): IngressPath {
  return {
    path,
    pathType,
    backend: backendOf('gw')
  }
}

/** An Ingress `ns/web` with everything under `/`, unless its spec says otherwise. */
export function ingress(annotations: Annotations = {}, spec: Ingress['spec'] = {}, name = 'web'): Ingress {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: 'ns', annotations: prefixed(annotations) },
    spec: { ingressClassName: 'alb', rules: [{ http: { paths: [path('/')] } }], ...spec }
  }
}

/** A member of the group `g`. */
export function member(name: string, annotations: Annotations): Ingress {
  return ingress({ 'group.name': 'g', ...annotations }, {}, name)
}

/** Ingresses, by default one of no annotations, of a class with parameters. */
export function withParams(spec: IngressClassParams['spec'], ...ingresses: KubernetesObject[]): KubernetesObject[] {
  return [ingressClass('params'), classParams(spec), ...(ingresses.length > 0 ? ingresses : [ingress()])]
}

/** An Ingress whose one backend is the annotation `actions.NAME`. */
export function actionIngress(action: unknown, annotations: Annotations = {}, name = 'x'): Ingress {
  return ingress(
    { [`actions.${name}`]: typeof action === 'string' ? action : JSON.stringify(action), ...annotations },
    { rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend: backendOf(name, 'use-annotation') }] } }] }
  )
}

export function secret(data: Record<string, string>): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'ns' },
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]))
  }
}

/** The objects of a case with the class and the Service, unless the case brings its own. */
function clusterOf(objects: KubernetesObject[]): Resources {
  return new Resources([
    ...(objects.some(({ kind }) => kind === 'IngressClass') ? [] : [ingressClass()]),
    ...(objects.some(({ kind }) => kind === 'Service') ? [] : [service()]),
    ...objects
  ])
}

/** The text of `{"error": …}`; undefined where there is a plan. */
export function errorOf(objects: KubernetesObject[], of = environment): string | undefined {
  return planToJSON(buildPlan(clusterOf(objects), of)).error
}

/** The plan of the one group. */
export function planOf(objects: KubernetesObject[], of = environment): GroupPlan {
  const { groups } = buildPlan(clusterOf(objects), of)
  if (groups.length !== 1 || groups[0]!.error !== undefined) {
    throw new Error(`not one plan: ${JSON.stringify(groups.map(({ id, error }) => ({ id, error })))}`)
  }
  return groups[0]!
}

export function stackOf(objects: KubernetesObject[], of = environment): Stack {
  return planOf(objects, of).stack!
}

/** The spec of a resource; by default the first of its type. */
// biome-ignore lint/suspicious/noExplicitAny: the cases look at specs of every type.
export function specOf(objects: KubernetesObject[], type: keyof StackResources, id?: string): any {
  const resources = stackOf(objects).resources[type] as Record<string, { spec: unknown }> | undefined
  return (id === undefined ? Object.values(resources ?? {})[0] : resources?.[id])?.spec
}

/** What annotations, or other objects, make of a resource. */
export interface SettingCase {
  name: string
  objects: KubernetesObject[]
  want: Record<string, unknown>
}

/** A case of annotations of the Ingress alone. */
export function on(name: string, annotations: Annotations, want: Record<string, unknown>): SettingCase {
  return {
    name,
    objects: [ingress(annotations)],
    want
  }
}

/** The rules of a listener by priority. */
export function rulesOf(objects: KubernetesObject[], port = 80): ListenerRuleSpec[] {
  return Object.values(stackOf(objects).resources['AWS::ElasticLoadBalancingV2::ListenerRule'] ?? {})
    .map(({ spec }) => spec)
    .filter(({ listenerARN }) => JSON.stringify(listenerARN).includes(`/${port}/status/`))
    .sort((left, right) => left.priority - right.priority)
}

/** The actions of a listener's first rule. */
export function actionsOf(objects: KubernetesObject[], port = 80): Action[] {
  return rulesOf(objects, port)[0]!.actions
}

/** The rules of one path that leads to the Service `gw`. */
export function onePath(only: Partial<IngressPath>, host?: string): Ingress['spec'] {
  return {
    rules: [{ ...(host !== undefined && { host }), http: { paths: [{ backend: backendOf('gw'), ...only }] } }]
  }
}
