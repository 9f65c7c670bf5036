/**
 * How the controller's own types are named in Go's error texts (LBC: pkg/ingress/config_types.go).
 *
 * @module
 */
import { type GoType, goString, pointer, slice } from '../go/json.ts'

/** A struct of the controller's package ingress. */
export function struct(name: string, fields: Record<string, GoType>): GoType {
  return {
    kind: 'struct',
    name,
    package: 'ingress',
    fields
  }
}
/** A string type of the controller's package ingress. */
export function named(name: string): GoType {
  return { kind: 'string', name: `ingress.${name}` }
}

export const optionalString: GoType = pointer(goString)
export const strings: GoType = slice(goString)
