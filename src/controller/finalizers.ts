import type { ObjectMeta } from '../resources/index.ts'

function has({ finalizers = [] }: ObjectMeta, finalizer: string): boolean {
  return finalizers.includes(finalizer)
}

/** The finalizers of a member that the group keeps; undefined where nothing is to change (LBC: AddFinalizers). */
export function withFinalizer(metadata: ObjectMeta, finalizer: string): string[] | undefined {
  return has(metadata, finalizer) ? undefined : [...(metadata.finalizers ?? []), finalizer]
}

/** The finalizers of a member that the group lets go; undefined where nothing is to change (LBC: RemoveFinalizers). */
export function withoutFinalizer(metadata: ObjectMeta, finalizer: string): string[] | undefined {
  return has(metadata, finalizer) ? metadata.finalizers!.filter(each => each !== finalizer) : undefined
}
