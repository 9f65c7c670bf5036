import { annotationName, type Service } from '../../resources/index.ts'

/** Whether it can be of type NodePort: not a Service without an address of its own. */
export function canHaveNodePort({ spec }: Service): boolean {
  return (spec?.type ?? 'ClusterIP') === 'ClusterIP' && spec?.clusterIP !== 'None'
}

/** What to send to in place of a Service that is a name in DNS and no more; undefined for other Services. */
export function hintForName({ spec }: Service): string | undefined {
  if (spec?.type !== 'ExternalName') {
    return undefined
  }
  const [, name, namespace] = /^([^.]+)\.([^.]+)\.svc(\.cluster\.local)?\.?$/.exec(spec.externalName ?? '') ?? []
  return name === undefined
    ? 'send to a Service that selects pods: a name in DNS has no targets, of no type'
    : `put an Ingress into namespace ${namespace} that sends to ${name}, of the same group (${annotationName('group.name')}): a name in DNS has no targets, of no type`
}
