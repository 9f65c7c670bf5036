import { annotationPrefix, objectName } from '../../resources/index.ts'
import { placeOf } from '../facts/backend.ts'
import type { Rule } from '../rule.ts'

/** Cookies hold a client at a target; an instance target is a node, and kube-proxy chooses a pod anew behind it. */
export const stickyInstances: Rule = {
  code: 'STICKINESS_ENDS_AT_THE_NODE',
  severity: 'warning',
  *find({ backends }) {
    for (const backend of backends) {
      const attributes = backend.setting('target-group-attributes')
      const isSticky = /(^|[\s,])stickiness\.enabled\s*=\s*true\b/.test(attributes?.value ?? '')
      const stays = (backend.service.spec as { sessionAffinity?: string } | undefined)?.sessionAffinity === 'ClientIP'
      if (!isSticky || backend.targetType !== 'instance' || stays) {
        continue
      }
      yield {
        ...placeOf(backend, 'target-group-attributes'),
        message: `stickiness holds a client of ${objectName(backend.service)} at a node, not at a pod: targets are instances, and the node's port leads to any pod`,
        expected: 'target-type: ip',
        actual: 'target-type: instance',
        hint: `set ${annotationPrefix}target-type: ip, or leave stickiness to Istio (DestinationRule, consistentHash)`
      }
    }
  }
}
