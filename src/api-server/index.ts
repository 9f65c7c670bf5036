export { type FieldError, formatField } from './field-error.ts'
export { leadsInto } from './place.ts'
export { followsFrom, namesMeant, type UnknownField, unknownFields, unknownMessage } from './unknown-fields.ts'
export { fieldErrors, messageOf } from './validate.ts'
