export { isMapping, mergeValues, type Values, ValuesFiles, type ValuesPosition } from './values-files.ts'
