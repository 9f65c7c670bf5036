import { objectName } from '../../resources/index.ts'
import { variablesOf } from '../facts/variable.ts'
import type { Rule } from '../rule.ts'

/** Kinds of which load balancers, and what a gateway does, are made. */
const kinds = [
  ...['Ingress', 'Service', 'IngressClassParams', 'TargetGroupBinding', 'Gateway', 'VirtualService'],
  ...['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute', 'ListenerSet'],
  ...['LoadBalancerConfiguration', 'TargetGroupConfiguration', 'ListenerRuleConfiguration']
]

/** A file with variables in it, which nobody has replaced yet: what they will be is not judged. Told once a file. */
export const variableNotReplaced: Rule = {
  code: 'VARIABLE_NOT_REPLACED',
  severity: 'warning',
  *find({ resources, originOf }) {
    const found = kinds
      .flatMap(kind => resources.list(kind))
      .flatMap(object => variablesOf(object).map(one => ({ ...one, object })))
    const byFile = Map.groupBy(found, ({ object, path }) => originOf(object)?.positionOf(path)?.file)
    for (const [file, all] of byFile) {
      const [{ object, path }] = all as [(typeof all)[number]]
      const names = [...new Set(all.flatMap(one => one.names))]
      yield {
        object,
        path,
        message: `${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''} in ${objectName(object)}${new Set(all.map(one => one.object)).size > 1 ? ' and others' : ''} ${names.length > 1 ? 'are' : 'is'} not replaced: kubectl applies the text as it is, and what it will be is not judged`,
        expected: 'values',
        actual: names[0]!,
        hint: `check what is applied: envsubst < ${file ?? 'FILE'} | istio-alb check -`
      }
    }
  }
}
