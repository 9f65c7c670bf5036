/**
 * A stack's field names and those of the API, which are the same but for their first letters, and these.
 *
 * @module
 */

import { referencedID, type Token } from '../../model/index.ts'

/** Fields whose names differ by more than their first letter. */
const stackNames: Readonly<Record<string, string>> = {
  TargetGroupArn: 'targetGroupARN',
  CertificateArn: 'certificateARN',
  SourceIpConfig: 'sourceIPConfig',
  AuthenticateOidcConfig: 'authenticateOIDCConfig',
  ClientId: 'clientID',
  UserPoolArn: 'userPoolARN',
  UserPoolClientId: 'userPoolClientID'
}

const apiNames = Object.fromEntries(Object.entries(stackNames).map(([api, stack]) => [stack, api]))

/** The map whose keys are the user's own. */
const ownKeys = /^authenticationRequestExtraParams$/i

function isReference(value: object): value is Exclude<Token, string> {
  return '$ref' in value
}

function renamed(value: unknown, nameOf: (name: string) => string, standingFor: (id: string) => string): unknown {
  if (Array.isArray(value)) {
    return value.map(one => renamed(one, nameOf, standingFor))
  }
  if (typeof value !== 'object' || value === null) {
    return value
  }
  if (isReference(value)) {
    return standingFor(referencedID(value)!)
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== undefined)
      .map(([name, one]) => [nameOf(name), ownKeys.test(name) ? one : renamed(one, nameOf, standingFor)])
  )
}

/** A value of the API as the stack has it. */
export function toStack(value: unknown): unknown {
  return renamed(value, name => stackNames[name] ?? `${name[0]!.toLowerCase()}${name.slice(1)}`, String)
}

/** A value of the stack as the API has it; `standingFor` knows the ARN or ID of a resource of the stack. */
export function toAPI(value: unknown, standingFor: (id: string) => string): unknown {
  return renamed(value, name => apiNames[name] ?? `${name[0]!.toUpperCase()}${name.slice(1)}`, standingFor)
}
