import type { ListenerRuleAction, ListenerRuleConfiguration } from '../../resources/index.ts'
import { namespaceOf } from '../build/cluster-objects.ts'
import { readClient } from '../build/oidc-client.ts'
import { objectOf } from '../build/tags.ts'
import { nilDereference } from '../model-error.ts'
import type { Action } from '../stack/stack.ts'
import type { AnyRoute } from './objects.ts'
import type { GatewayTask } from './task.ts'

const before: readonly string[] = ['authenticate-cognito', 'authenticate-oidc', 'jwt-validation']

type Session = Pick<
  NonNullable<ListenerRuleAction['authenticateOIDCConfig']>,
  'onUnauthenticatedRequest' | 'scope' | 'sessionCookieName' | 'sessionTimeout' | 'authenticationRequestExtraParams'
>

function sessionOf({
  onUnauthenticatedRequest,
  scope,
  sessionCookieName,
  sessionTimeout,
  authenticationRequestExtraParams
}: Session) {
  if (onUnauthenticatedRequest === undefined) {
    throw nilDereference()
  }
  const extra = objectOf(new Map(Object.entries(authenticationRequestExtraParams ?? {})))
  return {
    ...(onUnauthenticatedRequest !== '' && { onUnauthenticatedRequest }),
    ...(scope !== undefined && { scope }),
    ...(sessionCookieName !== undefined && { sessionCookieName }),
    ...(sessionTimeout !== undefined && { sessionTimeout }),
    ...(extra && { authenticationRequestExtraParams: extra })
  }
}

/**
 * What stands before the routing action on an HTTPS listener: the first of a configuration's authentications, or validation of
 * a token (LBC: BuildRulePreRoutingAction). HTTP listeners go without.
 *
 * @throws ModelError
 */
export function buildAuthentication(
  task: GatewayTask,
  route: AnyRoute,
  configuration: ListenerRuleConfiguration | undefined
): Action[] {
  const action = configuration?.spec?.actions?.find(({ type }) => before.includes(type))
  if (!action) {
    return []
  }
  const { type, authenticateCognitoConfig: cognito, authenticateOIDCConfig: oidc, jwtValidationConfig: jwt } = action
  if (type === 'authenticate-cognito' && cognito) {
    return [
      {
        type,
        authenticateCognitoConfig: {
          userPoolARN: cognito.userPoolArn,
          userPoolClientID: cognito.userPoolClientId,
          userPoolDomain: cognito.userPoolDomain,
          ...sessionOf(cognito)
        }
      }
    ]
  }
  if (type === 'authenticate-oidc' && oidc?.secret) {
    const { issuer, authorizationEndpoint, tokenEndpoint, userInfoEndpoint, secret } = oidc
    const client = readClient(task.resources, namespaceOf(route), secret.name)
    const endpoints = { issuer, authorizationEndpoint, tokenEndpoint, userInfoEndpoint }
    return [{ type, authenticateOIDCConfig: { ...endpoints, ...client, ...sessionOf(oidc) } }]
  }
  if (type === 'jwt-validation' && jwt) {
    const { jwksEndpoint, issuer, additionalClaims = [] } = jwt
    return [
      {
        type,
        jwtValidationConfig: {
          jwksEndpoint,
          issuer,
          ...(additionalClaims.length > 0 && {
            additionalClaims: additionalClaims.map(({ format, name, values = [] }) => ({ format, name, values }))
          })
        }
      }
    ]
  }
  throw nilDereference()
}
