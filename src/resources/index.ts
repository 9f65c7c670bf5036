export type * from './kubernetes.ts'
export type { Origin, Path, Position } from './origin.ts'
export { objectKey, objectName, Resources } from './resources.ts'
