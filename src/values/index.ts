export { lastAssignment } from './assignment.ts'
export { isMapping, mergeValues, type Values, ValuesFiles } from './values-files.ts'
