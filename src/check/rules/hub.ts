import { type KubernetesObject, objectName, type Path } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import type { Rule } from '../rule.ts'

/** Registries that receive nothing of Istio from 1.31 on (Istio 1.31 upgrade notes). */
const abandoned = ['gcr.io/istio-release', 'registry.istio.io/release']

const current = 'docker.io/istio'

/** Images of Istio itself, which have its version; those of its samples stay as they are. */
const ownImage = /\/(pilot|proxyv2|install-cni|ztunnel)([:@-]|$)/

interface Place {
  object: KubernetesObject
  path: Path
  value: unknown
}

interface Workload extends KubernetesObject {
  spec?: { template?: { spec?: { containers?: unknown } } }
}

/** Where an IstioOperator names a registry, and Istio's images in workloads. */
function* placesOf({ operators, resources }: Context): Generator<Place> {
  for (const { operator: object } of operators) {
    const { hub, values, components = {} } = object.spec ?? {}
    yield { object, path: ['spec', 'hub'], value: hub }
    yield { object, path: ['spec', 'values', 'global', 'hub'], value: values?.global?.hub }
    for (const [name, component] of Object.entries(components)) {
      for (const [index, item] of (Array.isArray(component) ? component : [component]).entries()) {
        const path = ['spec', 'components', name, ...(Array.isArray(component) ? [index] : []), 'hub']
        yield { object, path, value: (item as { hub?: unknown } | null)?.hub }
      }
    }
  }
  for (const object of [...resources.list('Deployment'), ...resources.list('DaemonSet')] as Workload[]) {
    const containers = object.spec?.template?.spec?.containers
    for (const [index, container] of (Array.isArray(containers) ? containers : []).entries()) {
      const path = ['spec', 'template', 'spec', 'containers', index, 'image']
      const { image } = (container ?? {}) as { image?: unknown }
      if (ownImage.test(String(image))) {
        yield { object, path, value: image }
      }
    }
  }
}

/** Images from a registry that Istio no longer publishes to. */
export const hub: Rule = {
  code: 'HUB_ABANDONED',
  severity: 'warning',
  *find(context) {
    for (const { object, path, value } of placesOf(context)) {
      if (typeof value !== 'string') {
        continue
      }
      const registry = abandoned.find(name => value === name || value.startsWith(`${name}/`))
      if (!registry) {
        continue
      }
      const instead = value.replace(registry, current)
      yield {
        object,
        path,
        message: `${path.join('.')} of ${objectName(object)} is ${value}, and ${registry} receives no Istio from 1.31 on`,
        expected: instead,
        actual: value,
        hint: `set it to ${instead}`,
        changes: [{ path, value: instead }]
      }
    }
  }
}
