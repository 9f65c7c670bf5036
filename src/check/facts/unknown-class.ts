import { hasControllerAnnotations, type Ingress } from '../../resources/index.ts'

/** Whether the loading of an Ingress failed for its class alone, which is not there. */
export function isClassMissing(error: string): boolean {
  return /IngressClass\.networking\.k8s\.io "[^"]*" not found/.test(error)
}

/** Whether an Ingress is somebody else's for all one knows: its class is not there, and nothing else is the controller's. */
export function isOfAnotherController(ingress: Ingress, error: string): boolean {
  return isClassMissing(error) && !hasControllerAnnotations(ingress)
}
