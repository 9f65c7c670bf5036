import { describe, expect, test } from '@jest/globals'
import { invalidNumber, mistakeOn, own, secure, testMistakes } from '../mistakes.ts'
import { actionIngress, actionsOf, ingress, secret, service } from '../objects.ts'

describe('authentication', () => {
  const both = { 'listen-ports': '[{"HTTP":80},{"HTTPS":443}]', 'certificate-arn': 'arn:c' }
  const cognito = {
    'auth-type': 'cognito',
    'auth-idp-cognito': '{"userPoolARN":"a","userPoolClientID":"b","userPoolDomain":"c"}'
  }
  const session = { scope: 'openid', sessionCookieName: 'AWSELBAuthSessionCookie', sessionTimeout: 604800 }

  test('comes first on HTTPS, and is left out on HTTP', () => {
    const objects = [ingress({ ...both, ...cognito })]
    expect(actionsOf(objects, 443).map(({ type }) => type)).toEqual(['authenticate-cognito', 'forward'])
    expect(actionsOf(objects, 80).map(({ type }) => type)).toEqual(['forward'])
    expect(actionsOf(objects, 443)[0]!.authenticateCognitoConfig).toEqual({
      userPoolARN: 'a',
      userPoolClientID: 'b',
      userPoolDomain: 'c',
      onUnauthenticatedRequest: 'authenticate',
      ...session
    })
  })

  test('is read on a Service that is the only target', () => {
    expect(actionsOf([ingress(both), service(cognito)], 443)[0]!.type).toBe('authenticate-cognito')
    const two = {
      type: 'forward',
      forwardConfig: { targetGroups: [1, 2].map(weight => ({ serviceName: 'gw', servicePort: 80, weight })) }
    }
    expect(actionsOf([actionIngress(two, both), service(cognito)], 443)[0]!.type).toBe('forward')
  })

  test('OIDC takes the client from a Secret, under either spelling', () => {
    const oidc = {
      issuer: 'i',
      authorizationEndpoint: 'a',
      tokenEndpoint: 't',
      userInfoEndpoint: 'u',
      secretName: 's'
    }
    const objects = [
      ingress({
        ...both,
        'auth-type': 'oidc',
        'auth-idp-oidc': JSON.stringify({ ...oidc, authenticationRequestExtraParams: { hd: 'example.com' } }),
        'auth-on-unauthenticated-request': 'deny',
        'auth-scope': 'openid email',
        'auth-session-cookie': 'own',
        'auth-session-timeout': '60'
      }),
      secret({ clientId: 'id\n', clientSecret: 'secret\n' })
    ]
    expect(actionsOf(objects, 443)[0]!.authenticateOIDCConfig).toEqual({
      issuer: 'i',
      authorizationEndpoint: 'a',
      tokenEndpoint: 't',
      userInfoEndpoint: 'u',
      clientID: 'id',
      clientSecret: 'secret',
      authenticationRequestExtraParams: { hd: 'example.com' },
      onUnauthenticatedRequest: 'deny',
      scope: 'openid email',
      sessionCookieName: 'own',
      sessionTimeout: 60
    })
  })

  test('a token is checked on HTTPS', () => {
    const claims = [{ name: 'scope', format: 'string-array', values: ['read'] }]
    const jwt = JSON.stringify({ jwksEndpoint: 'https://a', issuer: 'b', additionalClaims: claims })
    const objects = [ingress({ ...both, 'jwt-validation': jwt })]
    expect(actionsOf(objects, 443)[0]).toEqual({
      type: 'jwt-validation',
      jwtValidationConfig: { jwksEndpoint: 'https://a', issuer: 'b', additionalClaims: claims }
    })
    expect(actionsOf(objects, 80)).toHaveLength(1)
  })
})

const oidc = JSON.stringify({
  issuer: 'i',
  authorizationEndpoint: 'a',
  tokenEndpoint: 't',
  userInfoEndpoint: 'u',
  secretName: 's'
})

describe('mistakes', () => {
  testMistakes([
    mistakeOn('authentication type', { 'auth-type': 'basic' }, own('unknown authType: basic')),
    mistakeOn('OIDC without a provider', { 'auth-type': 'oidc', ...secure }, own('missing IDPConfigOIDC')),
    mistakeOn('Cognito without a pool', { 'auth-type': 'cognito', ...secure }, own('missing IDPConfigCognito')),
    mistakeOn(
      'a Secret that is not there',
      { 'auth-type': 'oidc', 'auth-idp-oidc': oidc, ...secure },
      own('secrets "s" not found')
    ),
    {
      mistake: 'a Secret without clientID',
      objects: [ingress({ 'auth-type': 'oidc', 'auth-idp-oidc': oidc, ...secure }), secret({ clientSecret: 'b' })],
      error: own('missing clientID, secret: ns/s')
    },
    {
      mistake: 'a Secret without clientSecret',
      objects: [ingress({ 'auth-type': 'oidc', 'auth-idp-oidc': oidc, ...secure }), secret({ clientId: 'a' })],
      error: own('missing clientSecret, secret: ns/s')
    },
    mistakeOn(
      'a session timeout with a unit',
      { 'auth-session-timeout': '7d' },
      own(invalidNumber('auth-session-timeout', '7d', 64))
    ),
    {
      mistake: 'authentication and a token',
      objects: [
        ingress({
          'auth-type': 'cognito',
          'auth-idp-cognito': '{"userPoolARN":"a","userPoolClientID":"b","userPoolDomain":"c"}',
          'jwt-validation': '{"jwksEndpoint":"https://a","issuer":"b"}',
          ...secure
        })
      ],
      error: own("authentication and jwt validation can't both be configured")
    },
    mistakeOn(
      'a token without keys',
      { 'jwt-validation': '{"issuer":"a"}', ...secure },
      own('jwksEndpoint is a required field for jwt validation')
    ),
    mistakeOn(
      'a token without issuer',
      { 'jwt-validation': '{"jwksEndpoint":"a"}', ...secure },
      own('issuer is a required field for jwt validation')
    ),
    // It is read whatever the listener, and before the backend's target group is built.
    mistakeOn(
      'a token without issuer, on HTTP alone',
      { 'jwt-validation': '{"jwksEndpoint":"a"}', 'target-type': 'pod' },
      own('issuer is a required field for jwt validation')
    ),
    ...[
      ['a claim without a format', { name: 'a', values: ['b'] }, 'format is a required field for additional claims'],
      ['a claim without a name', { format: 'x', values: ['b'] }, 'name is a required field for additional claims'],
      ['a claim without values', { format: 'x', name: 'a' }, 'values must not be empty for additional claims']
    ].map(([mistake, claim, error]) =>
      mistakeOn(
        mistake as string,
        { 'jwt-validation': JSON.stringify({ jwksEndpoint: 'a', issuer: 'b', additionalClaims: [claim] }) },
        own(`${error} for jwt validation`)
      )
    )
  ])
})
