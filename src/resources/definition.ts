/** A part of a CustomResourceDefinition's schema, in the words that an API server decides by. */
export interface Definition {
  type?: string
  default?: unknown
  enum?: (string | number)[]
  pattern?: string
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  minProperties?: number
  maxProperties?: number
  minimum?: number
  maximum?: number
  required?: string[]
  properties?: Record<string, Definition>
  items?: Definition
  additionalProperties?: Definition
  /** Names of which an object has one at most (oneOf). */
  choices?: string[][]
  /** What the fields of a list's items must differ in; the items themselves where there are none (x-kubernetes-list-type). */
  keys?: string[]
  /** Rules in CEL with what the server says where they do not hold. */
  validations?: { rule: string; message: string }[]
}
