import { nearestName } from '../../nearest-name.ts'
import {
  type Gateway,
  isGateway,
  isOfIstio,
  type KubernetesObject,
  namesOtherParameters,
  objectName,
  type ParameterProblem,
  parameterProblems,
  parametersOf,
  type Resources
} from '../../resources/index.ts'
import type { Problem, Rule } from '../rule.ts'

interface Found {
  configMap: KubernetesObject
  problem: ParameterProblem
  gateways: Gateway[]
}

/** Problems of parameters, each once, with the Gateways that have them. */
function problemsOf(gateways: readonly Gateway[], parameters: (gateway: Gateway) => KubernetesObject[]): Found[] {
  const found = new Map<string, Found>()
  for (const gateway of gateways) {
    for (const configMap of parameters(gateway)) {
      for (const problem of parameterProblems(configMap, gateway)) {
        const identity = JSON.stringify([objectName(configMap), problem.path, problem.message])
        const known = found.get(identity) ?? { configMap, problem, gateways: [] }
        known.gateways.push(gateway)
        found.set(identity, known)
      }
    }
  }
  return [...found.values()]
}

/** A ConfigMap that is not among the objects: manifests seldom hold every one, so that it is wrong where another is near. */
function missing(gateway: Gateway, name: string, resources: Resources): Problem {
  const { namespace } = gateway.metadata
  const others = resources.list('ConfigMap').filter(({ metadata }) => metadata.namespace === namespace)
  const meant = nearestName(
    name,
    others.map(({ metadata }) => metadata.name)
  )
  const path = ['spec', 'infrastructure', 'parametersRef', 'name']
  return {
    object: gateway,
    path,
    message: `ConfigMap ${namespace}/${name}, which ${objectName(gateway)} names as its parameters, is not among the objects: where it is not in the cluster either, istiod makes nothing of the Gateway, and what is said of its Service holds without it`,
    actual: name,
    ...(meant === undefined
      ? { severity: 'info', hint: 'name the file with the ConfigMap too' }
      : { expected: meant, hint: `did you mean ${meant}?`, changes: [{ path, value: meant }] })
  }
}

/** Parameters that istiod cannot lay over what it makes of a Gateway: it logs the error, and makes none of it. */
export const gatewayParameters: Rule = {
  code: 'GATEWAY_PARAMETERS_REFUSED',
  severity: 'error',
  *find({ resources }) {
    const gateways = (resources.list('Gateway') as Gateway[]).filter(one => isGateway(one) && isOfIstio(one, resources))
    for (const gateway of gateways) {
      const { group = '', kind, name } = gateway.spec?.infrastructure?.parametersRef ?? {}
      if (namesOtherParameters(gateway)) {
        yield {
          object: gateway,
          path: ['spec', 'infrastructure', 'parametersRef'],
          message: `istiod makes nothing of ${objectName(gateway)}, neither pods nor a Service: Unsupported parametersRef group/kind ${group}/${kind}, only ConfigMap is supported`,
          expected: 'group: "", kind: ConfigMap',
          actual: `group: ${JSON.stringify(group)}, kind: ${kind}`,
          hint: 'name a ConfigMap, or a GatewayClass of the controller that reads such parameters'
        }
      } else if (name !== undefined && !resources.find('ConfigMap', name, gateway.metadata.namespace)) {
        yield missing(gateway, name, resources)
      }
    }
    for (const { configMap, problem, gateways: made } of problemsOf(gateways, one => parametersOf(one, resources))) {
      const { message, ...place } = problem
      yield {
        ...place,
        object: configMap,
        message: `istiod makes nothing of ${made.map(objectName).join(', ')}, neither pods nor a Service: in ${objectName(configMap)}, ${message}`
      }
    }
  }
}
