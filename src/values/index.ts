export { type Assignments, assignmentFlags, lastAssignment } from './assignment.ts'
export { isMapping, mergeValues, standardInput, type Values, ValuesFiles } from './values-files.ts'
