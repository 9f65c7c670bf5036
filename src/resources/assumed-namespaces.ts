import {
  type AllowedNamespaces,
  type Gateway,
  gatewayAPIGroup,
  type ListenerSet,
  namesParent,
  type ParentReference
} from './gateway-api.ts'
import type {
  Ingress,
  IngressClass,
  IngressClassParams,
  KubernetesObject,
  LabelSelector,
  Namespace
} from './kubernetes.ts'
import type { Resources } from './resources.ts'

/** The label that the API server gives every Namespace (Kubernetes: Automatic labelling). */
const nameLabel = 'kubernetes.io/metadata.name'

/** A Namespace with the label of its name, as the API server keeps it. */
export function withNameLabel(namespace: Namespace): Namespace {
  const { metadata } = namespace
  if (metadata.labels?.[nameLabel] === metadata.name) {
    return namespace
  }
  return { ...namespace, metadata: { ...metadata, labels: { ...metadata.labels, [nameLabel]: metadata.name } } }
}

/** A selector of namespaces, and the namespace of an object that is written to be selected. */
interface Selected {
  namespace: string
  selector: LabelSelector
  /** What has the selector. */
  by: string
}

function namespaceOf({ metadata }: KubernetesObject): string {
  return metadata.namespace ?? 'default'
}

/** The selectors by which the listeners of a Gateway or a ListenerSet take routes, and by which a Gateway takes ListenerSets. */
function selectorsOf({ spec }: Gateway | ListenerSet): { ofRoutes: LabelSelector[]; ofSets: LabelSelector[] } {
  const { listeners = [], allowedListeners } = (spec ?? {}) as NonNullable<Gateway['spec']>
  function selected(all: readonly (AllowedNamespaces | undefined)[]): LabelSelector[] {
    return all.flatMap(allowed => (allowed?.from === 'Selector' && allowed.selector ? [allowed.selector] : []))
  }
  return {
    ofRoutes: selected(listeners.map(({ allowedRoutes }) => allowedRoutes?.namespaces)),
    ofSets: selected([allowedListeners?.namespaces])
  }
}

/** Whether a route or a ListenerSet names a Gateway, or a route a ListenerSet, as its parent. */
function isChildOf(parent: Gateway | ListenerSet, object: KubernetesObject): boolean {
  const { parentRefs = [], parentRef } = ((object as { spec?: object }).spec ?? {}) as {
    parentRefs?: ParentReference[]
  } & NonNullable<ListenerSet['spec']>
  return (
    object.apiVersion.startsWith(`${gatewayAPIGroup}/`) &&
    [...parentRefs, ...(parentRef ? [parentRef] : [])].some(reference => namesParent(object, reference, parent))
  )
}

function selectedByGateways(resources: Resources): Selected[] {
  return ([...resources.list('Gateway'), ...resources.list('ListenerSet')] as (Gateway | ListenerSet)[])
    .filter(({ apiVersion }) => apiVersion.startsWith(`${gatewayAPIGroup}/`))
    .flatMap(parent => {
      const { ofRoutes, ofSets } = selectorsOf(parent)
      // Most Gateways select nothing, and of many objects each need not be looked at for each of them.
      if (ofRoutes.length + ofSets.length === 0) {
        return []
      }
      const by = `${parent.kind} ${namespaceOf(parent)}/${parent.metadata.name}`
      return resources
        .all()
        .filter(object => isChildOf(parent, object))
        .flatMap(child =>
          (child.kind === 'ListenerSet' ? ofSets : ofRoutes).map(selector => ({
            namespace: namespaceOf(child),
            selector,
            by
          }))
        )
    })
}

function selectedByClasses(resources: Resources): Selected[] {
  const classes = new Map((resources.list('IngressClass') as IngressClass[]).map(one => [one.metadata.name, one]))
  return (resources.list('Ingress') as Ingress[]).flatMap((ingress): Selected[] => {
    const { kind, name = '' } = classes.get(ingress.spec?.ingressClassName ?? '')?.spec?.parameters ?? {}
    const params =
      kind === 'IngressClassParams' ? (resources.find(kind, name) as IngressClassParams | undefined) : undefined
    const selector = params?.spec?.namespaceSelector
    return selector
      ? [{ namespace: namespaceOf(ingress), selector, by: `IngressClassParams ${params.metadata.name}` }]
      : []
  })
}

/** Labels that meet a selector. */
function labelsFor({ matchLabels, matchExpressions = [] }: LabelSelector): Record<string, string> {
  const demanded = matchExpressions.flatMap(({ key, operator, values = [] }): [string, string][] =>
    operator === 'In' || operator === 'Exists' ? [[key, values[0] ?? '']] : []
  )
  return { ...Object.fromEntries(demanded), ...matchLabels }
}

/**
 * Namespaces stand apart from what is in them, and their labels are not known where they are not among the objects: they are
 * taken to have those by which a Gateway or a ListenerSet takes routes, or the parameters of a class its Ingresses, as their owner's will.
 *
 * @returns each with the sentence that says so.
 */
export function assumedNamespaces(resources: Resources): { namespace: Namespace; assumption: string }[] {
  const selected = [...selectedByGateways(resources), ...selectedByClasses(resources)].filter(
    ({ namespace }) => !resources.find('Namespace', namespace)
  )
  return [...Map.groupBy(selected, ({ namespace }) => namespace)].map(([name, all]) => {
    // Of selectors that exclude each other the first has its way.
    const labels = Object.assign({}, ...all.map(({ selector }) => labelsFor(selector)).toReversed()) as Record<
      string,
      string
    >
    const namespace: Namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }
    const words = Object.entries(labels).map(([key, value]) => `${key}: ${value}`)
    const by = [...new Set(all.map(one => one.by))].join(' and ')
    return {
      namespace: withNameLabel(namespace),
      assumption: `Namespace ${name}${words.length > 0 ? ` has the label${words.length > 1 ? 's' : ''} ${words.join(', ')}` : ''}, which ${by} selects by: it is not among the objects`
    }
  })
}
