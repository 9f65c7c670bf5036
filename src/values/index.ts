export { isMapping, mergeValues, type Values, ValuesFiles } from './values-files.ts'
