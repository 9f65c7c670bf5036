export { checkValues, readSchema, shortestDrainSeconds } from './consistency.ts'
export { checkEdges, type Edge, edgesOf } from './edges.ts'
export { formatReference, readReference, type ValuesEntry } from './reference.ts'
export { isMapping, mergeValues, type Values, ValuesFiles, type ValuesPosition } from './values-files.ts'
