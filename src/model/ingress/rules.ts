import type { IngressPath } from '../../resources/index.ts'
import { addResource, explain } from '../build/task.ts'
import { byteLength } from '../go/format.ts'
import { ModelError, withErrorPrefix } from '../model-error.ts'
import { listenerARN } from '../stack/names.ts'
import type { Transform } from '../stack/stack.ts'
import { buildActions } from './actions.ts'
import { readBackend } from './backend.ts'
import { buildConditions } from './conditions.ts'
import type { ListenPort } from './listen-ports.ts'
import { optimizeRules, type Rule } from './rule-optimizer.ts'
import { ruleTags } from './tags.ts'
import type { BuildTask } from './task.ts'
import type { TransformConfig } from './transform-config.ts'

/**
 * The order of paths inside one rule of an Ingress: exact ones, then prefixes, the longest first, then all others; paths of
 * the same kind stay in their order. Nothing is sorted across rules, hosts or Ingresses (LBC: sortIngressPaths).
 *
 * @throws ModelError for an unknown type.
 */
export function sortPaths(paths: IngressPath[]): IngressPath[] {
  function ofType(type: string): IngressPath[] {
    return paths.filter(({ pathType = 'ImplementationSpecific' }) => pathType === type)
  }
  const unknown = paths.find(
    ({ pathType = 'ImplementationSpecific' }) => !['Exact', 'Prefix', 'ImplementationSpecific'].includes(pathType)
  )
  if (unknown) {
    throw new ModelError(`unknown pathType for path ${unknown.path ?? ''}`)
  }
  const prefixes = ofType('Prefix').sort((left, right) => byteLength(right.path ?? '') - byteLength(left.path ?? ''))
  return [...ofType('Exact'), ...prefixes, ...ofType('ImplementationSpecific')]
}

/** LBC: buildTransforms. */
function buildTransforms(configs: TransformConfig[]): Transform[] {
  return configs.map(
    ({ type, hostHeaderRewriteConfig, urlRewriteConfig }): Transform =>
      type === 'url-rewrite'
        ? { type, urlRewriteConfig: { rewrites: urlRewriteConfig!.rewrites! } }
        : { type: 'host-header-rewrite', hostHeaderRewriteConfig: { rewrites: hostHeaderRewriteConfig!.rewrites! } }
  )
}

/** The rules of a listener before any is left out: member by member, rule by rule, path by path. */
function collectRules(task: BuildTask, { protocol, members }: ListenPort): Rule[] {
  return members.flatMap(member =>
    (member.ingress.spec?.rules ?? []).flatMap(({ host, http }, ruleIndex) => {
      if (!http) {
        return []
      }
      return sortPaths(http.paths ?? []).map(path =>
        withErrorPrefix(`ingress: ${member.key}`, (): Rule => {
          const backend = readBackend(task, member.ingress, path.backend)
          const conditions = buildConditions(member.ingress, host, path, backend.conditions)
          const actions = buildActions(task, protocol, member, backend)
          const transforms = buildTransforms(backend.transforms)
          const source = `spec.rules.${ruleIndex}.http.paths.${http.paths.indexOf(path)}`
          return { ingress: member.key, path: source, conditions, actions, transforms, tags: ruleTags(task, member) }
        })
      )
    })
  )
}

/**
 * Builds the rules of a listener with priorities from 1 on (LBC: buildListenerRules). A listener that redirects everything to
 * HTTPS has none.
 *
 * @throws ModelError
 */
export function buildRules(task: BuildTask, listenPort: ListenPort): void {
  const { port, protocol } = listenPort
  if (task.sslRedirectPort !== undefined && protocol === 'HTTP') {
    return
  }
  const { rules, dropped } = optimizeRules(port, protocol, collectRules(task, listenPort))
  task.droppedRules.push(...dropped)
  rules.forEach(({ ingress, path, conditions, actions, transforms, tags }, index) => {
    const priority = index + 1
    addResource(task, 'AWS::ElasticLoadBalancingV2::ListenerRule', `${port}:${priority}`, {
      spec: {
        listenerARN: listenerARN(String(port)),
        priority,
        conditions,
        actions,
        ...(transforms.length > 0 && { transforms }),
        ...(tags && { tags })
      }
    })
    task.ruleSources.set(`${port}:${priority}`, { object: `Ingress ${ingress}`, path })
    explain(task, `ListenerRule ${port}:${priority}`, 'conditions', conditions, {
      object: `Ingress ${ingress}`,
      key: path
    })
  })
}
