/** What is used of the Kubernetes client, by name: of the package of 62 MB the build then keeps these parts and what they need. */
export { IsomorphicFetchHttpLibrary, KubeConfig, ListWatch, RequestContext, Watch } from '@kubernetes/client-node'
