export { checkValues, shortestDrainSeconds } from './consistency.ts'
export { formatReference, readReference, type ValuesEntry } from './reference.ts'
export { mergeValues, type Values, ValuesFiles, type ValuesPosition } from './values-files.ts'
