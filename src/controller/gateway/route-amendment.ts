import type { AnyRoute, RouteStatus } from '../../model/index.ts'
import type { ParentReference } from '../../resources/index.ts'
import type { Amendment } from './amendment.ts'
import { areSameConditions, conditionOf, type Occasion, type WantedCondition } from './conditions.ts'

type ParentStatus = NonNullable<NonNullable<AnyRoute['status']>['parents']>[number]

/** What tells the parents of a route apart (LBC: getParentStatusKey). */
function parentKey({ metadata }: AnyRoute, parentRef: ParentReference): string {
  const { group = '', kind = '', namespace = metadata.namespace, name, sectionName = '', port = '' } = parentRef
  return [group, kind, namespace, name, sectionName, port].join('/')
}

/** LBC: setConditionsWithRouteStatusInfo. */
function conditionsOf({ accepted, resolvedRefs, reason, message }: RouteStatus): WantedCondition[] {
  function told(type: string, isTrue: boolean, reasonWhereTrue: string): WantedCondition {
    return isTrue
      ? { type, status: 'True', reason: reasonWhereTrue, message: '' }
      : { type, status: 'False', reason, message }
  }
  return [told('ResolvedRefs', resolvedRefs, 'ResolvedRefs'), told('Accepted', accepted, 'Accepted')]
}

/**
 * What the status of a route lacks: an entry for each parent that there is a report of. Entries of parents that it no longer names
 * go, those of other controllers' parents stay (LBC: updateRouteStatus).
 *
 * @param time now, RFC 3339.
 */
export function routeAmendment(
  route: AnyRoute,
  reports: readonly RouteStatus[],
  controllerName: string,
  time: string
): Amendment | undefined {
  const { generation, resourceVersion } = route.metadata
  const occasion: Occasion = { generation, time }
  const known = new Map((route.status?.parents ?? []).map(parent => [parentKey(route, parent.parentRef), parent]))
  const reported = new Map(reports.map(report => [parentKey(route, report.parentRef), report]))
  const parents = (route.spec?.parentRefs ?? []).flatMap((parentRef): ParentStatus[] => {
    const key = parentKey(route, parentRef)
    const before = known.get(key)
    const report = reported.get(key)
    if (!report) {
      return before ? [before] : []
    }
    const conditions = conditionsOf(report).map(wanted => conditionOf(wanted, occasion))
    const isSame = before?.controllerName === controllerName && areSameConditions(before.conditions, conditions)
    return [isSame ? before : { parentRef, controllerName, conditions }]
  })
  const isKnown = parents.length === known.size && parents.every(parent => [...known.values()].includes(parent))
  if (isKnown) {
    return undefined
  }
  // The list is written as a whole, and others write to it.
  return { object: route, subresource: '/status', body: { metadata: { resourceVersion }, status: { parents } } }
}
