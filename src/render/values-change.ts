import type { Change } from '../failure.ts'
import { annotationPrefix, type KubernetesObject, type Path } from '../resources/index.ts'
import { isMapping, type Values } from '../values/index.ts'
import { annotationKeys } from './values-key.ts'

/** Keys whose templates write the value as it is, and take an empty one for none. */
const optional = ['ingress.loadBalancerName', 'ingress.ipAddressType', 'ingress.sslPolicy', 'ingress.wafv2AclName']

/** Keys whose templates write the value as it is. */
const plain = new Set([
  ...optional,
  'ingress.scheme',
  'ingress.targetType',
  'ingress.wafv2AclArn',
  'ingress.backendProtocolVersion',
  'ingress.healthCheck.path',
  'ingress.healthCheck.intervalSeconds',
  'ingress.healthCheck.timeoutSeconds',
  'ingress.healthCheck.healthyThresholdCount',
  'ingress.healthCheck.unhealthyThresholdCount',
  'ingress.healthCheck.successCodes'
])

/** Keys that hold pairs, which their templates join. */
const pairs = new Set(['ingress.loadBalancerAttributes', 'ingress.targetGroupAttributes', 'ingress.tags'])

/** Keys that are true where the annotation stands. */
const flags = new Set(['ingress.manageBackendSecurityGroupRules', 'ingress.sslRedirect'])

function at(values: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, step) => (value as Values | undefined)?.[step], values)
}

function readPairs(text: string): Map<string, string> {
  return new Map(
    text.split(',').flatMap(pair => {
      const [key = '', ...value] = pair.split('=')
      return key.trim() === '' ? [] : [[key.trim(), value.join('=').trim()] as const]
    })
  )
}

/** What makes pairs those of a text: only what differs changes. */
function pairChanges(key: string[], values: Values, text: string): Change[] {
  const before = at(values, key)
  const after = readPairs(text)
  const gone = Object.keys(isMapping(before) ? before : {}).filter(name => !after.has(name))
  const changed = [...after].filter(([name, value]) => String(at(before, [name])) !== value)
  const [[from], [to, value]] = [gone, changed[0] ?? []]
  if (from !== undefined && to !== undefined && gone.length + changed.length === 2 && at(before, [from]) === value) {
    return [{ path: [...key, from], rename: to }]
  }
  return [
    ...gone.map((name): Change => ({ path: [...key, name], remove: true })),
    ...changed.map(([name, value]) => ({ path: [...key, name], value }))
  ]
}

/** A value of the type that the one has which it takes the place of. */
function likeBefore(before: unknown, value: unknown): unknown {
  return typeof before === 'number' ? Number(value) : value
}

/** A change of an annotation of the Ingress. */
function annotationChanges(name: string, change: Change, values: Values): Change[] | undefined {
  const free = ['ingress', 'annotations', name]
  if (at(values, free) !== undefined) {
    return [{ ...change, path: free }]
  }
  const owner = name.startsWith(annotationPrefix) ? annotationKeys[name.slice(annotationPrefix.length)] : undefined
  if (owner === undefined) {
    return 'value' in change ? [{ ...change, path: free }] : undefined
  }
  const key = owner.split('.')
  if ('remove' in change) {
    return optional.includes(owner)
      ? [{ path: key, value: '' }]
      : pairs.has(owner)
        ? pairChanges(key, values, '')
        : undefined
  }
  if ('rename' in change) {
    return undefined
  }
  if (plain.has(owner)) {
    return [{ path: key, value: likeBefore(at(values, key), change.value) }]
  }
  if (pairs.has(owner)) {
    return pairChanges(key, values, String(change.value))
  }
  const port = at(values, ['ingress', 'listeners', 'https', 'port'])
  const isFlag = flags.has(owner) && (change.value === 'true' || change.value === String(port))
  return isFlag ? [{ path: key, value: true }] : undefined
}

function serviceChanges([top, field]: Path, change: Change): Change[] | undefined {
  if (top !== 'spec' || field !== 'externalTrafficPolicy' || 'rename' in change) {
    return undefined
  }
  return [{ path: ['gateway', 'externalTrafficPolicy'], value: 'value' in change ? change.value : 'Cluster' }]
}

/** A change of the proxies' configuration, which the chart writes in several places from the same values. */
function proxyChanges(path: Path, change: Change): Change[] | undefined {
  const value = 'value' in change ? change.value : undefined
  const seconds = /^(\d+)s$/.exec(String(value))?.[1]
  switch (path.at(-1)) {
    case 'terminationDrainDuration':
      return seconds === undefined ? undefined : [{ path: ['gateway', 'drain', 'seconds'], value: Number(seconds) }]
    case 'numTrustedProxies':
      return typeof value === 'number' ? [{ path: ['gateway', 'trustedProxies'], value }] : undefined
    // The chart derives it from the drain.
    case 'terminationGracePeriodSeconds':
      return []
    default:
      return undefined
  }
}

function operatorChanges(path: Path, change: Change, { edges }: Values): Change[] | undefined {
  const [top, field] = path
  if (top === 'spec' && field === 'hub' && 'value' in change) {
    return [{ path: ['gateway', 'istioOperator', 'hub'], value: change.value }]
  }
  // Of several edges in one operator it is not told whose gateway a component is.
  if (isMapping(edges) && Object.keys(edges).length > 0) {
    return undefined
  }
  const k8s = path.slice(path.indexOf('k8s') + 1)
  return k8s[0] === 'service' ? serviceChanges(['spec', ...k8s.slice(1)], change) : proxyChanges(path, change)
}

/** A further object of the values, by its kind and name; one that is a template cannot be changed. */
function extraChanges(object: KubernetesObject, change: Change, values: Values): Change[] | undefined {
  const extras = Array.isArray(values.extraObjects) ? values.extraObjects : []
  const index = extras.findIndex(
    one => isMapping(one) && one.kind === object.kind && at(one, ['metadata', 'name']) === object.metadata.name
  )
  return index < 0 ? undefined : [{ ...change, path: ['extraObjects', index, ...change.path] }]
}

/**
 * The changes of this chart's values that make a change of a rendered object; undefined where no value says the same.
 *
 * @param values all values merged, defaults included; of an edge, its own over the rest.
 */
export function valuesChanges(
  object: KubernetesObject,
  change: Change,
  values: Values,
  isExtra: boolean
): Change[] | undefined {
  const { path } = change
  if (isExtra) {
    return extraChanges(object, change, values)
  }
  switch (object.kind) {
    case 'Ingress':
      return path[0] === 'metadata' && path[1] === 'annotations' && path.length === 3
        ? annotationChanges(String(path[2]), change, values)
        : undefined
    case 'Service':
      return serviceChanges(path, change)
    case 'IstioOperator':
      return operatorChanges(path, change, values)
    case 'ConfigMap':
      return path[0] === 'data' ? operatorChanges(path.slice(2), change, values) : undefined
    case 'Deployment':
    case 'DaemonSet':
      return proxyChanges(path, change)
    default:
      return undefined
  }
}
