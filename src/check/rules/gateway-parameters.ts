import {
  type Gateway,
  isGateway,
  isOfIstio,
  type KubernetesObject,
  objectName,
  type ParameterProblem,
  parameterProblems,
  parametersOf
} from '../../resources/index.ts'
import type { Rule } from '../rule.ts'

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

/** Parameters that istiod cannot lay over what it makes of a Gateway: it logs the error, and makes none of it. */
export const gatewayParameters: Rule = {
  code: 'GATEWAY_PARAMETERS_REFUSED',
  severity: 'error',
  *find({ resources }) {
    const gateways = (resources.list('Gateway') as Gateway[]).filter(one => isGateway(one) && isOfIstio(one, resources))
    for (const gateway of gateways) {
      const { group = '', kind, name } = gateway.spec?.infrastructure?.parametersRef ?? {}
      if (name !== undefined && (kind !== 'ConfigMap' || group !== '')) {
        yield {
          object: gateway,
          path: ['spec', 'infrastructure', 'parametersRef'],
          message: `istiod makes nothing of ${objectName(gateway)}, neither pods nor a Service: Unsupported parametersRef group/kind ${group}/${kind}, only ConfigMap is supported`,
          expected: 'group: "", kind: ConfigMap',
          actual: `group: ${JSON.stringify(group)}, kind: ${kind}`,
          hint: 'name a ConfigMap, or a GatewayClass of the controller that reads such parameters'
        }
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
