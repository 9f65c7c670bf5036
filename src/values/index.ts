export { checkValues, shortestDrainSeconds } from './consistency.ts'
export { mergeValues, type Values, ValuesFiles, type ValuesPosition } from './values-files.ts'
