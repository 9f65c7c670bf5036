export { type FieldError, formatField } from './field-error.ts'
export { leadsInto } from './place.ts'
export { followsFrom, type UnknownField, unknownFields } from './unknown-fields.ts'
export { fieldErrors, messageOf } from './validate.ts'
