/**
 * What the controller's webhooks say of an object that somebody writes (LBC: webhooks/). Pure.
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import { formatField, paramsErrors } from '../api-server/index.ts'
import { classifyIngress, type Environment, ModelError, readConditions } from '../model/index.ts'
import {
  annotationName,
  type Ingress,
  type IngressClassParams,
  objectKey,
  type Pod,
  type Resources,
  type Service
} from '../resources/index.ts'
import { gateOf } from '../targets/index.ts'

/** What is decided on, and with. */
export interface Request<Kind> {
  object: Kind
  /** Of an update: what it was before. */
  oldObject?: Kind
  namespace?: string
  resources: Resources
  environment: Environment
}

/** The refusal of an Ingress, or undefined (LBC: ingressValidator). Nothing else about it is looked at before it is deployed. */
export function refusalOfIngress({ object, oldObject, resources, environment }: Request<Ingress>): string | undefined {
  // A finalizer has to come off, whatever else is wrong.
  if (object.metadata.deletionTimestamp !== undefined) {
    return undefined
  }
  if (oldObject && isDeepStrictEqual(essence(object), essence(oldObject))) {
    return undefined
  }
  try {
    if (!classifyIngress(object, resources, environment).owned) {
      return undefined
    }
    const names = (object.spec?.rules ?? []).flatMap(({ http }) =>
      (http?.paths ?? []).flatMap(({ backend }) => backend.service?.name ?? [])
    )
    for (const name of new Set(names)) {
      const refusal = refusalOfConditions(object, name)
      if (refusal !== undefined) {
        return refusal
      }
    }
  } catch (error) {
    if (!(error instanceof ModelError)) {
      throw error
    }
    return error.message
  }
  return undefined
}

function essence({ spec, metadata }: Ingress): object {
  return { spec, annotations: metadata.annotations }
}

function refusalOfConditions(ingress: Ingress, service: string): string | undefined {
  try {
    readConditions(ingress, service)
    return undefined
  } catch (error) {
    if (!(error instanceof ModelError)) {
      throw error
    }
    return `ignoring Ingress ${objectKey(ingress)} since invalid ${annotationName(`conditions.${service}`)} annotation: ${error.message}`
  }
}

/** The refusal of IngressClassParams: every field that is wrong. */
export function refusalOfParams({ object }: Request<IngressClassParams>): string | undefined {
  const errors = [...paramsErrors(object)].map(({ path, field = path, detail }) => `${formatField(field)}: ${detail}`)
  if (errors.length === 0) {
    return undefined
  }
  return errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`
}

/**
 * The readiness gates that a new pod gets: one for each TargetGroupBinding with pods as targets whose Service selects it.
 * (LBC: pkg/inject/pod_readiness.go). As a JSON patch (RFC 6902); empty where there are none.
 */
export function gatesOf({ object: pod, namespace, resources }: Request<Pod>): object[] {
  const present = pod.spec?.readinessGates ?? []
  function selects({ spec }: Service): boolean {
    const selector = Object.entries(spec?.selector ?? {})
    return selector.length > 0 && selector.every(([key, value]) => pod.metadata.labels?.[key] === value)
  }
  const gates = resources
    .list('TargetGroupBinding')
    .filter(({ metadata, spec }) => metadata.namespace === namespace && spec?.targetType === 'ip')
    .filter(({ spec }) => {
      const service = resources.find('Service', spec?.serviceRef?.name ?? '', namespace)
      return service !== undefined && selects(service)
    })
    .map(({ metadata }) => ({ conditionType: gateOf(metadata.name) }))
    .filter(({ conditionType }) => !present.some(gate => gate.conditionType === conditionType))
  if (gates.length === 0) {
    return []
  }
  return [{ op: 'add', path: '/spec/readinessGates', value: [...present, ...gates] }]
}

/**
 * The class that a Service of type LoadBalancer gets where it has none: a new one the controller's, a changed one the one that it
 * had (LBC: serviceMutator). As a JSON patch (RFC 6902); empty where nothing is to be set.
 */
export function classOfService({ object, oldObject, environment }: Request<Service>): object[] {
  const value = oldObject ? oldObject.spec?.loadBalancerClass : environment.controller.loadBalancerClass
  if (object.spec?.type !== 'LoadBalancer' || object.spec.loadBalancerClass || !value) {
    return []
  }
  return [{ op: 'add', path: '/spec/loadBalancerClass', value }]
}
