import type { ObjectMeta } from '../resources/index.ts'

const has = ({ finalizers = [] }: ObjectMeta, finalizer: string): boolean => finalizers.includes(finalizer)

/** The finalizers of a member that the group keeps; undefined where nothing is to change (LBC: AddFinalizers). */
export const withFinalizer = (metadata: ObjectMeta, finalizer: string): string[] | undefined =>
  has(metadata, finalizer) ? undefined : [...(metadata.finalizers ?? []), finalizer]

/** The finalizers of a member that the group lets go; undefined where nothing is to change (LBC: RemoveFinalizers). */
export const withoutFinalizer = (metadata: ObjectMeta, finalizer: string): string[] | undefined =>
  has(metadata, finalizer) ? metadata.finalizers!.filter(each => each !== finalizer) : undefined
