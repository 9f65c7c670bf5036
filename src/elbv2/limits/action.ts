/**
 * What AWS refuses in the actions of a rule, or in the default actions of a listener. (API: Action and its parts.)
 *
 * @module
 */

import type {
  Action,
  AuthenticateCognitoConfig,
  AuthenticateOIDCConfig,
  FixedResponseConfig,
  ForwardConfig,
  JwtValidationConfig,
  RedirectConfig
} from '../../model/index.ts'
import { compileAction } from '../action.ts'
import { below, isWithin, lengthOf, refuse, refusedBy, type Violation } from './violation.ts'

const mostTargetGroups = 5
const highestWeight = 999
const longestStickiness = 604_800
const longestSession = 604_800
const longestBody = 1024
const mostExtraParameters = 10
const longestClaim = 256
const mostClaims = 10

/** Everything that AWS refuses in the actions of a listener with that protocol. */
export function actionViolations(actions: readonly Action[], protocol: string): Violation[] {
  return [
    ...refusedBy(() => compileAction(actions), {
      limit: 'action',
      path: [],
      expected: 'one forward, fixed response, or redirect elsewhere, as the last action',
      actual: actions.map(({ type }) => type).join(', ') || 'none'
    }),
    ...actions.flatMap((action, index) =>
      below([index], [...kindViolations(action, protocol), ...partViolations(action, protocol)])
    )
  ]
}

function kindViolations({ type }: Action, protocol: string): Violation[] {
  return refuse(protocol !== 'HTTPS' && /^(authenticate-|jwt-)/.test(type), {
    limit: 'action',
    path: ['type'],
    message: `Actions of type '${type}' are supported only on HTTPS listeners`,
    expected: 'an HTTPS listener',
    actual: protocol
  })
}

/** What AWS refuses in the configuration of one action, whatever stands beside it; `protocol` is the listener's. */
export function partViolations(action: Action, protocol: string): Violation[] {
  const { forwardConfig, redirectConfig, fixedResponseConfig } = action
  const { authenticateOIDCConfig, authenticateCognitoConfig, jwtValidationConfig } = action
  return [
    ...(forwardConfig ? below(['forwardConfig'], forwardViolations(forwardConfig)) : []),
    ...(redirectConfig ? below(['redirectConfig'], redirectViolations(redirectConfig, protocol)) : []),
    ...(fixedResponseConfig ? below(['fixedResponseConfig'], fixedResponseViolations(fixedResponseConfig)) : []),
    ...(authenticateOIDCConfig ? below(['authenticateOIDCConfig'], loginViolations(authenticateOIDCConfig)) : []),
    ...(authenticateCognitoConfig
      ? below(['authenticateCognitoConfig'], loginViolations(authenticateCognitoConfig))
      : []),
    ...(jwtValidationConfig ? below(['jwtValidationConfig'], tokenViolations(jwtValidationConfig)) : [])
  ]
}

function forwardViolations({ targetGroups = [], targetGroupStickinessConfig: stickiness }: ForwardConfig): Violation[] {
  const seconds = stickiness?.durationSeconds
  return [
    ...refuse(!isWithin(targetGroups.length, 1, mostTargetGroups), {
      limit: 'target-groups',
      path: ['targetGroups'],
      message: `A forward action takes 1 to ${mostTargetGroups} target groups, not ${targetGroups.length}`,
      expected: targetGroups.length === 0 ? 'at least 1' : `at most ${mostTargetGroups}`,
      actual: String(targetGroups.length)
    }),
    ...targetGroups.flatMap(({ weight = 1 }, index) =>
      refuse(!isWithin(weight, 0, highestWeight), {
        limit: 'action',
        path: ['targetGroups', index, 'weight'],
        message: `The weight of a target group must be between 0 and ${highestWeight}`,
        expected: `a weight from 0 to ${highestWeight}`,
        actual: String(weight)
      })
    ),
    ...refuse(seconds !== undefined && !isWithin(seconds, 1, longestStickiness), {
      limit: 'action',
      path: ['targetGroupStickinessConfig', 'durationSeconds'],
      message: `The duration of target group stickiness must be between 1 and ${longestStickiness} seconds`,
      expected: `1 to ${longestStickiness} seconds`,
      actual: String(seconds)
    })
  ]
}

/** Which placeholders each part of a redirect may hold. */
const placeholders = {
  protocol: ['protocol'],
  host: ['host'],
  port: ['port'],
  path: ['host', 'port', 'path'],
  query: ['protocol', 'host', 'port', 'path', 'query']
} as const

type RedirectPart = keyof typeof placeholders

const redirectForms: Record<RedirectPart, [form: RegExp, rule: string, expected: string]> = {
  protocol: [/^(HTTP|HTTPS|#\{protocol\})$/, "must be 'HTTP', 'HTTPS' or '#{protocol}'", 'HTTP, HTTPS or #{protocol}'],
  host: [/^.{1,128}$/u, 'must have 1 to 128 characters', '1 to 128 characters'],
  port: [
    /^(#\{port\}|[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])$/,
    "must be a port or '#{port}'",
    'a port from 1 to 65535, or #{port}'
  ],
  path: [
    /^\/.{0,127}$/u,
    "must start with '/' and have at most 128 characters",
    'a path that begins with /, of at most 128 characters'
  ],
  query: [
    /^(?!\?).{0,128}$/u,
    "must have at most 128 characters, without the '?'",
    'at most 128 characters, without the ?'
  ]
}

function redirectViolations(redirect: RedirectConfig, protocol: string): Violation[] {
  const parts = (Object.keys(placeholders) as RedirectPart[]).filter(part => redirect[part] !== undefined)
  return [
    ...refuse(!/^HTTP_30[12]$/.test(redirect.statusCode), {
      limit: 'action',
      path: ['statusCode'],
      message: "The redirect status code must be 'HTTP_301' or 'HTTP_302'",
      expected: 'HTTP_301 or HTTP_302',
      actual: redirect.statusCode,
      ...(/^30[12]$/.test(redirect.statusCode) && { meant: `HTTP_${redirect.statusCode}` })
    }),
    ...refuse(protocol === 'HTTPS' && redirect.protocol === 'HTTP', {
      limit: 'action',
      path: ['protocol'],
      message: 'A redirect cannot lead from HTTPS to HTTP',
      expected: 'HTTPS',
      actual: 'HTTP'
    }),
    ...parts.flatMap(part => redirectPartViolations(part, redirect[part]!))
  ]
}

function redirectPartViolations(part: RedirectPart, value: string): Violation[] {
  const [form, rule, expected] = redirectForms[part]
  const known: readonly string[] = placeholders[part]
  const foreign = [...value.matchAll(/#\{(\w+)\}/g)].map(([, name]) => name!).filter(name => !known.includes(name))
  const place = { limit: 'action', path: [part], actual: value } as const
  return [
    ...refuse(!form.test(value), { ...place, message: `The redirect ${part} '${value}' ${rule}`, expected }),
    ...foreign.map(name => ({
      ...place,
      message: `The redirect ${part} cannot hold '#{${name}}'`,
      expected: `no other placeholder than ${known.map(one => `#{${one}}`).join(', ')}`
    }))
  ]
}

const contentTypes = new Set(['text/html', 'application/json', 'application/javascript', 'text/css', 'text/plain'])

function fixedResponseViolations({ statusCode, contentType, messageBody = '' }: FixedResponseConfig): Violation[] {
  const length = lengthOf(messageBody)
  return [
    ...refuse(!/^[245]\d\d$/.test(statusCode), {
      limit: 'action',
      path: ['statusCode'],
      message: `The fixed response's status code '${statusCode}' must be 2XX, 4XX or 5XX`,
      expected: 'a status 2xx, 4xx or 5xx',
      actual: statusCode
    }),
    ...refuse(length > longestBody, {
      limit: 'action',
      path: ['messageBody'],
      message: `The fixed response's body can have at most ${longestBody} characters, not ${length}`,
      expected: `at most ${longestBody} characters`,
      actual: `${length} characters of messageBody`
    }),
    ...refuse(contentType !== undefined && contentType !== '' && !contentTypes.has(contentType), {
      limit: 'action',
      path: ['contentType'],
      message: `The ContentType must be one of:${[...contentTypes].map(type => `'${type}'`).join(', ')}`,
      expected: `one of ${[...contentTypes].join(', ')}`,
      actual: String(contentType)
    })
  ]
}

type Login = Partial<AuthenticateOIDCConfig & AuthenticateCognitoConfig>

/** What AWS refuses in a login of either kind. (API: AuthenticateOidcActionConfig, AuthenticateCognitoActionConfig.) */
function loginViolations(login: Login): Violation[] {
  const { onUnauthenticatedRequest = 'authenticate', sessionTimeout, authenticationRequestExtraParams = {} } = login
  const extra = Object.keys(authenticationRequestExtraParams).length
  return [
    ...refuse(!/^(authenticate|allow|deny)$/.test(onUnauthenticatedRequest), {
      limit: 'action',
      path: ['onUnauthenticatedRequest'],
      message: `The action on an unauthenticated request '${onUnauthenticatedRequest}' must be 'authenticate', 'allow' or 'deny'`,
      expected: 'authenticate, allow or deny',
      actual: onUnauthenticatedRequest
    }),
    ...refuse(sessionTimeout !== undefined && !isWithin(sessionTimeout, 1, longestSession), {
      limit: 'action',
      path: ['sessionTimeout'],
      message: `The session timeout must be between 1 and ${longestSession} seconds`,
      expected: `an integer from 1 to ${longestSession}`,
      actual: String(sessionTimeout)
    }),
    ...refuse(extra > mostExtraParameters, {
      limit: 'action',
      path: ['authenticationRequestExtraParams'],
      message: `A login takes at most ${mostExtraParameters} extra parameters, not ${extra}`,
      expected: `at most ${mostExtraParameters}`,
      actual: String(extra)
    })
  ]
}

/** API: JwtValidationActionConfig. */
function tokenViolations({ jwksEndpoint, issuer, additionalClaims = [] }: JwtValidationConfig): Violation[] {
  const texts = [
    { path: ['jwksEndpoint'], text: jwksEndpoint },
    { path: ['issuer'], text: issuer },
    ...additionalClaims.flatMap(({ values }, claim) =>
      values.map((text, index) => ({ path: ['additionalClaims', claim, 'values', index], text }))
    )
  ]
  const lists = [
    { path: ['additionalClaims'], what: 'claims', list: additionalClaims },
    ...additionalClaims.map(({ values }, claim) => ({
      path: ['additionalClaims', claim, 'values'],
      what: 'values of a claim',
      list: values
    }))
  ]
  return [
    ...texts.flatMap(({ path, text }) =>
      refuse(lengthOf(text) > longestClaim, {
        limit: 'action',
        path,
        message: `A text of the token's validation can have at most ${longestClaim} characters, not ${lengthOf(text)}`,
        expected: `at most ${longestClaim} characters`,
        actual: text
      })
    ),
    ...lists.flatMap(({ path, what, list }) =>
      refuse(list.length > mostClaims, {
        limit: 'action',
        path,
        message: `The token's validation takes at most ${mostClaims} ${what}, not ${list.length}`,
        expected: `at most ${mostClaims}`,
        actual: String(list.length)
      })
    )
  ]
}
