import { compareStrings } from '../go/format.ts'
import type { Plan, RouteStatus } from './plan.ts'

/** What the controller of one Gateway would report of a route for one of its parents. */
export interface RouteJSON {
  accepted: boolean
  /** Whose controller reports it, as `namespace/name`. */
  gateway: string
  message: string
  /** `Kind namespace/name`, then `/section` and `:port` where the route names them. */
  parent: string
  reason: string
  resolvedRefs: boolean
  /** `Kind namespace/name` */
  route: string
}

function parentOf({ route, parentRef }: RouteStatus): string {
  const { kind = 'Gateway', name, namespace = route.split(' ')[1]!.split('/')[0], sectionName, port } = parentRef
  const section = sectionName === undefined ? '' : `/${sectionName}`
  return `${kind} ${namespace}/${name}${section}${port === undefined ? '' : `:${port}`}`
}

/** What would be reported of routes, as `istio-alb plan --routes -o json` prints it: sorted by the text of its entries. */
export function routesToJSON({ gateways }: Pick<Plan, 'gateways'>): RouteJSON[] {
  return gateways
    .flatMap(({ id, routes }) =>
      routes.map((status): RouteJSON => {
        const { accepted, resolvedRefs, reason, message, route } = status
        return { accepted, gateway: id, message, parent: parentOf(status), reason, resolvedRefs, route }
      })
    )
    .map(entry => ({ entry, text: JSON.stringify(entry) }))
    .sort((left, right) => compareStrings(left.text, right.text))
    .map(({ entry }) => entry)
}
