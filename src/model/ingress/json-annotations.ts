/**
 * The types that annotations in JSON are decoded into, and the members that the decoder skips.
 *
 * @module
 */

import { annotationPrefix } from '../../resources/index.ts'
import type { GoType } from '../go/json.ts'
import { actionType } from './action-config.ts'
import { cognitoType, jwtType, oidcType } from './authentication-config.ts'
import { conditionsType } from './condition-config.ts'
import { transformsType } from './transform-config.ts'

/** The type of an annotation that holds JSON of known members, given its full name. */
function typeOf(name: string): GoType | undefined {
  const suffix = name.startsWith(annotationPrefix) ? name.slice(annotationPrefix.length) : ''
  const [family] = suffix.split('.', 1)
  if (suffix.includes('.')) {
    return { actions: actionType, conditions: conditionsType, transforms: transformsType }[family!]
  }
  return { 'auth-idp-oidc': oidcType, 'auth-idp-cognito': cognitoType, 'jwt-validation': jwtType }[suffix]
}

/** A member of the JSON that no field takes, and the fields that there are beside it. */
export interface UnknownMember {
  path: (string | number)[]
  known: string[]
}

function* unknownIn(value: unknown, type: GoType, path: (string | number)[]): Generator<UnknownMember> {
  if (typeof value !== 'object' || value === null) {
    return
  }
  if (type.kind === 'pointer') {
    yield* unknownIn(value, type.element, path)
  } else if (type.kind === 'slice' && Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      yield* unknownIn(item, type.element, [...path, index])
    }
  } else if (type.kind === 'map' && !Array.isArray(value)) {
    for (const [key, item] of Object.entries(value)) {
      yield* unknownIn(item, type.element, [...path, key])
    }
  } else if (type.kind === 'struct' && !Array.isArray(value)) {
    const known = Object.keys(type.fields)
    for (const [key, item] of Object.entries(value)) {
      // Go compares the names of fields in any case.
      const field = known.find(name => name.toLowerCase() === key.toLowerCase())
      if (field === undefined) {
        yield { path: [...path, key], known }
      } else {
        yield* unknownIn(item, type.fields[field]!, [...path, key])
      }
    }
  }
}

/** The members of an annotation's JSON that the controller skips without a word; none where it is no JSON. */
export function unknownMembers(name: string, text: string): UnknownMember[] {
  const type = typeOf(name)
  if (!type) {
    return []
  }
  try {
    return [...unknownIn(JSON.parse(text), type, [])]
  } catch {
    return []
  }
}
