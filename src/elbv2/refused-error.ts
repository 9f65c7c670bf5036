/** AWS would refuse a part of a configuration, so nothing can be compiled from it. */
export class RefusedError extends Error {
  override name = 'RefusedError'
}
