import { type KubernetesObject, objectName, type Resources } from '../../resources/index.ts'

/** The object of a name, `Kind namespace/name`. */
export function findByName(resources: Resources, name: string): KubernetesObject | undefined {
  return resources.list(name.slice(0, name.indexOf(' '))).find(object => objectName(object) === name)
}
