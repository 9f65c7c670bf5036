import { namespaceOf } from '../../model/index.ts'
import { objectName } from '../../resources/index.ts'
import { gatewayBackends } from '../facts/gateway-pods.ts'
import { workloadOf } from '../facts/proxy-config.ts'
import type { Rule } from '../rule.ts'

/** Gateway pods of image `auto` are made by injection; a namespace that forbids it leaves them an image that nobody has. */
export const gatewayInjection: Rule = {
  code: 'GATEWAY_NOT_INJECTED',
  severity: 'error',
  *find(context) {
    for (const { service } of gatewayBackends(context)) {
      const workload = workloadOf(context, service)
      const { metadata, spec } = workload?.spec?.template ?? {}
      if (!workload || !spec?.containers?.some(({ image }) => image === 'auto')) {
        continue
      }
      const own = namespaceOf(service)
      const namespace = context.resources.list('Namespace').find(({ metadata: { name } }) => name === own)
      const isForbidden = namespace?.metadata.labels?.['istio-injection'] === 'disabled'
      const refuses = metadata?.labels?.['sidecar.istio.io/inject'] === 'false'
      if (!isForbidden && !refuses) {
        continue
      }
      const path = isForbidden
        ? ['metadata', 'labels', 'istio-injection']
        : ['spec', 'template', 'metadata', 'labels', 'sidecar.istio.io/inject']
      yield {
        object: isForbidden ? namespace! : workload,
        path,
        message: `the pods of ${objectName(workload)} have the image auto, which injection replaces, and ${isForbidden ? `Namespace ${own} forbids injection (istio-injection: disabled)` : 'their label sidecar.istio.io/inject: "false" forbids it'}: they never start`,
        expected: isForbidden ? 'no label istio-injection: disabled' : 'sidecar.istio.io/inject: "true"',
        actual: isForbidden ? 'istio-injection: disabled' : 'sidecar.istio.io/inject: "false"',
        hint: isForbidden
          ? 'remove the label istio-injection from the Namespace'
          : 'set the label sidecar.istio.io/inject: "true" on the pods',
        changes: [isForbidden ? { path, remove: true } : { path, value: 'true' }]
      }
    }
  }
}
