import type { Change } from '../../failure.ts'
import { nearestName } from '../../nearest-name.ts'
import { type IstioOperator, objectName, type Path } from '../../resources/index.ts'
import type { Problem, Rule } from '../rule.ts'

type Mapping = Record<string, unknown>

function mapping(value: unknown): Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Mapping) : {}
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** The keys that istioctl decodes, strictly (Istio: operator/pkg/apis/types.go). */
const keys = {
  spec: [
    ...['profile', 'installPackagePath', 'hub', 'tag', 'namespace', 'revision', 'compatibilityVersion', 'meshConfig'],
    ...['components', 'values', 'unvalidatedValues']
  ],
  components: ['base', 'pilot', 'cni', 'ztunnel', 'istiodRemote', 'ingressGateways', 'egressGateways'],
  component: ['enabled', 'namespace', 'hub', 'tag', 'name', 'label', 'k8s'],
  k8s: [
    ...['affinity', 'env', 'hpaSpec', 'imagePullPolicy', 'imagePullSecrets', 'nodeSelector', 'podDisruptionBudget'],
    ...['podAnnotations', 'priorityClassName', 'readinessProbe', 'replicaCount', 'resources', 'service', 'strategy'],
    ...['tolerations', 'serviceAnnotations', 'securityContext', 'volumes', 'volumeMounts', 'overlays']
  ],
  overlay: ['apiVersion', 'kind', 'name', 'patches'],
  patch: ['path', 'value'],
  gateways: ['istio-ingressgateway', 'istio-egressgateway', 'enabled', 'securityContext', 'seccompProfile'],
  /** Not complete: what is near to one of these is a misspelling, anything else is left to istioctl. */
  gatewayValues: [
    ...['name', 'labels', 'ports', 'type', 'serviceAnnotations', 'externalTrafficPolicy', 'loadBalancerIP'],
    ...[
      'loadBalancerSourceRanges',
      'ipFamilyPolicy',
      'ipFamilies',
      'customService',
      'autoscaleEnabled',
      'autoscaleMin'
    ],
    ...['autoscaleMax', 'env', 'secretVolumes', 'configVolumes', 'ingressPorts', 'additionalContainers', 'runAsRoot'],
    ...['injectionTemplate', 'serviceAccount', 'nodeSelector', 'podAnnotations', 'replicaCount', 'resources'],
    ...['rollingMaxSurge', 'rollingMaxUnavailable', 'tolerations', 'cpu', 'memory', 'enabled']
  ]
} as const

class Inspection {
  readonly #operator: IstioOperator
  readonly #name: string

  constructor(operator: IstioOperator) {
    this.#operator = operator
    this.#name = objectName(operator)
  }

  *inspect(): Generator<Problem> {
    const spec = mapping(this.#operator.spec)
    yield* this.#unknownKeys(spec, keys.spec, ['spec'])
    const components = mapping(spec.components)
    yield* this.#unknownKeys(components, keys.components, ['spec', 'components'])
    const gateways = mapping(mapping(spec.values).gateways)
    const runsAsRoot = mapping(gateways['istio-ingressgateway']).runAsRoot === true
    for (const [name, component] of Object.entries(components)) {
      const path = ['spec', 'components', name]
      if (!Array.isArray(component)) {
        yield* this.#inspectComponent(component, path, runsAsRoot)
      } else {
        for (const [index, item] of component.entries()) {
          yield* this.#inspectComponent(item, [...path, index], runsAsRoot)
        }
      }
    }
    const gatewaysPath = ['spec', 'values', 'gateways']
    yield* this.#unknownKeys(gateways, keys.gateways, gatewaysPath)
    for (const name of ['istio-ingressgateway', 'istio-egressgateway']) {
      const values = mapping(gateways[name])
      yield* this.#unknownKeys(values, keys.gatewayValues, [...gatewaysPath, name], { nearOnly: true })
      yield* this.#inspectPorts(values.ports, [...gatewaysPath, name, 'ports'], runsAsRoot)
    }
  }

  *#inspectComponent(component: unknown, path: Path, runsAsRoot: boolean): Generator<Problem> {
    yield* this.#unknownKeys(mapping(component), keys.component, path)
    const k8s = mapping(mapping(component).k8s)
    const k8sPath = [...path, 'k8s']
    yield* this.#unknownKeys(k8s, keys.k8s, k8sPath)
    yield* this.#inspectPorts(mapping(k8s.service).ports, [...k8sPath, 'service', 'ports'], runsAsRoot)
    for (const field of ['serviceAnnotations', 'podAnnotations']) {
      for (const [name, value] of Object.entries(mapping(k8s[field]))) {
        if (typeof value === 'string') {
          continue
        }
        const isScalar = typeof value !== 'object'
        yield this.#problem(
          [...k8sPath, field, name],
          `${field} must be strings`,
          isScalar ? `'${value}'` : 'a string',
          isScalar ? String(value) : JSON.stringify(value),
          isScalar ? 'put quotes around it' : 'write a string',
          isScalar ? [{ path: [...k8sPath, field, name], value: String(value) }] : undefined
        )
      }
    }
    for (const [index, overlay] of list(k8s.overlays).entries()) {
      const overlayPath = [...k8sPath, 'overlays', index]
      yield* this.#unknownKeys(mapping(overlay), keys.overlay, overlayPath)
      for (const [patchIndex, patch] of list(mapping(overlay).patches).entries()) {
        yield* this.#unknownKeys(mapping(patch), keys.patch, [...overlayPath, 'patches', patchIndex])
      }
    }
  }

  *#inspectPorts(ports: unknown, path: Path, runsAsRoot: boolean): Generator<Problem> {
    for (const [index, item] of list(ports).entries()) {
      const { name, port, targetPort, nodePort } = mapping(item)
      for (const [key, value] of Object.entries({ port, nodePort })) {
        if (value !== undefined && !Number.isInteger(value)) {
          yield this.#problem(
            [...path, index, key],
            `${key} must be an integer`,
            'an integer',
            JSON.stringify(value),
            'write the number without quotes',
            /^\d+$/.test(String(value)) ? [{ path: [...path, index, key], value: Number(value) }] : undefined
          )
        }
      }
      const privileged = targetPort === undefined || (typeof targetPort === 'number' && targetPort < 1024)
      if (privileged && !runsAsRoot) {
        // Istio's own gateways listen on 8080 for 80 and on 8443 for 443; of others, and where none is told, any port will do.
        const own = Number(port ?? 80)
        const unprivileged = own === 80 ? 8080 : own < 1024 ? own + 8000 : own
        yield this.#problem(
          [...path, index, 'targetPort'],
          `targetPort of ${String(name ?? port ?? `port ${index + 1}`)} is set to ${targetPort ?? 0}, which requires root`,
          'a targetPort from 1024 on',
          String(targetPort ?? 'not set'),
          `set targetPort: ${unprivileged}, or values.gateways.istio-ingressgateway.runAsRoot: true`,
          [{ path: [...path, index, 'targetPort'], value: unprivileged }]
        )
      }
    }
  }

  *#unknownKeys(value: Mapping, known: readonly string[], path: Path, { nearOnly = false } = {}): Generator<Problem> {
    for (const key of Object.keys(value)) {
      if (known.includes(key)) {
        continue
      }
      const nearest = nearestName(
        key,
        known.filter(name => !(name in value))
      )
      if (nearOnly && !nearest) {
        continue
      }
      yield this.#problem(
        [...path, key],
        `unknown field "${key}"`,
        nearest ?? `one of ${known.join(', ')}`,
        key,
        nearest ? `did you mean ${nearest}?` : 'remove it, or put it where istioctl looks for it',
        nearest ? [{ path: [...path, key], rename: nearest }] : undefined
      )
    }
  }

  #problem(path: Path, text: string, expected: string, actual: string, hint: string, changes?: Change[]): Problem {
    return {
      object: this.#operator,
      path,
      message: `istioctl refuses ${this.#name}: ${path.join('.')}: ${text}`,
      expected,
      actual,
      hint,
      ...(changes && { changes })
    }
  }
}

/** What `istioctl install -f` refuses of an IstioOperator: it decodes strictly and checks the gateway's ports. */
export const operatorKey: Rule = {
  code: 'ISTIO_OPERATOR_REFUSED',
  severity: 'error',
  *find({ operators }) {
    for (const { operator } of operators) {
      yield* new Inspection(operator).inspect()
    }
  }
}
