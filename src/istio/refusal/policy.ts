import { isIP } from 'node:net'
import type { KubernetesObject, Path } from '../../resources/index.ts'
import {
  type AuthorizationPolicySpec,
  type Operation,
  operationFields,
  type Source,
  sourceFields,
  type When
} from '../policy/authorization-policy.ts'
import { type Refusal, refuseEach, refuseIf } from './refusal.ts'

function refuseBlock(block: string, path: Path): Refusal[] {
  const [address = '', length, ...rest] = block.split('/')
  const longest = isIP(address) === 6 ? 128 : 32
  const isBlock =
    isIP(address) !== 0 &&
    rest.length === 0 &&
    (length === undefined || (/^(0|[1-9]\d*)$/.test(length) && Number(length) <= longest))
  return refuseIf(!isBlock, {
    path,
    message: block === '' ? 'an address is empty' : `${block} is no address and no block of addresses`,
    actual: block,
    hint: 'write it as 203.0.113.7 or 203.0.113.0/24'
  })
}

function refusePort(port: string, path: Path): Refusal[] {
  return refuseIf(!/^\d+$/.test(port) || Number(port) > 65535, {
    path,
    message: `${port} is no port`,
    actual: port,
    hint: 'name a number up to 65535'
  })
}

/** `{*}` stands for a segment, `{**}` for any number and as the last of them; braces stand nowhere else (Istio: CheckValidPathTemplate). */
function refuseTemplate(pattern: string, path: Path): Refusal[] {
  const parts = pattern.split('/')
  const segments = parts.slice(
    parts.findIndex(part => part !== ''),
    parts.findLastIndex(part => part !== '') + 1
  )
  const first = segments.indexOf('{**}')
  const isTemplate = segments.some(one => one === '{*}' || one === '{**}')
  const wrong = segments.find((one, index) =>
    one === '{*}' || one === '{**}'
      ? first >= 0 && index > first
      : /[{}]/.test(one) || (isTemplate && !/^[A-Za-z0-9\-._~%!$&'()+,;:@=]*$/.test(one))
  )
  return refuseIf(wrong !== undefined, {
    path,
    message: `${pattern} is no template of a path: ${wrong} cannot stand there`,
    actual: pattern,
    hint: 'use {*} for one segment, and {**} for any number of them as the last'
  })
}

function refuseEmpty(values: readonly string[] | undefined, path: Path): Refusal[] {
  return refuseEach(values, path, (value, at) =>
    refuseIf(value === '', { path: at, message: 'a value is empty', hint: 'take it out' })
  )
}

function refuseSource(source: Source | undefined, path: Path): Refusal[] {
  const blocks = ['ipBlocks', 'notIpBlocks', 'remoteIpBlocks', 'notRemoteIpBlocks'] as const
  const names = ['principals', 'notPrincipals', 'requestPrincipals', 'notRequestPrincipals'] as const
  return [
    ...refuseIf(!sourceFields.some(field => source?.[field]?.length), {
      path,
      message: 'a source is empty',
      hint: 'say who, or leave from out'
    }),
    ...blocks.flatMap(field => refuseEach(source?.[field], [...path, field], refuseBlock)),
    ...[...names, 'namespaces' as const, 'notNamespaces' as const].flatMap(field =>
      refuseEmpty(source?.[field], [...path, field])
    )
  ]
}

function refuseOperation(operation: Operation | undefined, path: Path): Refusal[] {
  const plain = ['methods', 'notMethods', 'hosts', 'notHosts', 'paths', 'notPaths'] as const
  return [
    ...refuseIf(!operationFields.some(field => operation?.[field]?.length), {
      path,
      message: 'an operation is empty',
      hint: 'say what, or leave to out'
    }),
    ...(['ports', 'notPorts'] as const).flatMap(field => refuseEach(operation?.[field], [...path, field], refusePort)),
    ...plain.flatMap(field => refuseEmpty(operation?.[field], [...path, field])),
    ...(['paths', 'notPaths'] as const).flatMap(field =>
      refuseEach(operation?.[field], [...path, field], refuseTemplate)
    )
  ]
}

const plainKeys = [
  ...['source.ip', 'remote.ip', 'source.namespace', 'source.serviceAccount', 'source.principal', 'source.trustDomain'],
  ...['request.auth.principal', 'request.auth.audiences', 'request.auth.presenter'],
  ...['destination.ip', 'destination.port', 'connection.sni']
]

function refuseCondition({ key, values, notValues }: When, path: Path): Refusal[] {
  const isMap = /^(request\.headers|request\.auth\.claims|experimental\.)[^[]*\[.+\]$/.test(key)
  const refuse = /\.ip$/.test(key) ? refuseBlock : key === 'destination.port' ? refusePort : () => []
  return [
    ...refuseIf(!isMap && !plainKeys.includes(key), {
      path: [...path, 'key'],
      message: `${key} is nothing that a condition can ask for`,
      expected: `request.headers[NAME], request.auth.claims[NAME], ${plainKeys.join(', ')}`,
      actual: key,
      hint: 'use one of them'
    }),
    ...refuseIf(!values?.length && !notValues?.length, {
      path,
      message: `the condition on ${key} has neither values nor notValues`,
      hint: 'add one of them'
    }),
    ...(['values', 'notValues'] as const).flatMap(field =>
      refuseEach(field === 'values' ? values : notValues, [...path, field], refuse)
    )
  ]
}

/** Why the webhook refuses an AuthorizationPolicy (Istio: ValidateAuthorizationPolicy). */
export function refusalOfAuthorizationPolicy(object: KubernetesObject): Refusal[] {
  const { action = 'ALLOW', rules, provider } = (object.spec ?? {}) as AuthorizationPolicySpec
  return [
    ...refuseChoice(object),
    ...refuseIf((action === 'DENY' || action === 'CUSTOM') && !rules, {
      path: ['spec', 'rules'],
      message: `a policy of action ${action} without rules is for no request`,
      hint: 'add rules; {} is for every request'
    }),
    ...refuseIf(action === 'CUSTOM' && rules && !provider?.name, {
      path: ['spec', 'provider'],
      message: 'a policy of action CUSTOM names no provider',
      hint: 'add provider.name'
    }),
    ...refuseIf(action !== 'CUSTOM' && provider, {
      path: ['spec', 'provider'],
      message: `a policy of action ${action} asks no provider, and names one`,
      hint: 'make the action CUSTOM, or leave provider out'
    }),
    ...refuseEach(rules, ['spec', 'rules'], ({ from, to, when }, at) => [
      ...refuseIf(from?.length === 0, { path: [...at, 'from'], message: 'from is empty', hint: 'leave it out' }),
      ...refuseIf(to?.length === 0, { path: [...at, 'to'], message: 'to is empty', hint: 'leave it out' }),
      ...refuseEach(from, [...at, 'from'], ({ source }, place) => refuseSource(source, [...place, 'source'])),
      ...refuseEach(to, [...at, 'to'], ({ operation }, place) => refuseOperation(operation, [...place, 'operation'])),
      ...refuseEach(when, [...at, 'when'], refuseCondition)
    ])
  ]
}

interface Choice {
  selector?: { matchLabels?: Record<string, string> }
  targetRef?: object
  targetRefs?: object[]
  mtls?: object
  portLevelMtls?: Record<string, object>
}

/** How a policy chooses its pods: in one way, and without wildcards. */
function refuseChoice({ spec }: KubernetesObject): Refusal[] {
  const { selector, targetRef, targetRefs = [] } = (spec ?? {}) as Choice
  const ways = [selector, targetRef, targetRefs.length > 0].filter(Boolean).length
  return [
    ...refuseIf(ways > 1, {
      path: ['spec'],
      message: 'selector and targetRefs choose both',
      hint: 'leave one of them'
    }),
    ...Object.entries(selector?.matchLabels ?? {}).flatMap(([name, value]) =>
      refuseIf(name === '' || name.includes('*') || value.includes('*'), {
        path: ['spec', 'selector', 'matchLabels', name],
        message: `the label ${name}=${value} is empty or has a wildcard`,
        hint: 'name the label and its value in full'
      })
    )
  ]
}

export function refusalOfRequestAuthentication(object: KubernetesObject): Refusal[] {
  const { jwtRules } = (object.spec ?? {}) as { jwtRules?: { issuer?: string; jwksUri?: string }[] }
  return [
    ...refuseChoice(object),
    ...refuseEach(jwtRules, ['spec', 'jwtRules'], ({ issuer, jwksUri }, at) =>
      refuseIf(!issuer && !jwksUri, { path: at, message: 'a rule names no issuer', hint: 'add issuer' })
    )
  ]
}

/** Why the webhook refuses a PeerAuthentication (Istio: ValidatePeerAuthentication). */
export function refusalOfPeerAuthentication(object: KubernetesObject): Refusal[] {
  const { selector, portLevelMtls } = (object.spec ?? {}) as Choice
  const ports = Object.keys(portLevelMtls ?? {})
  return [
    ...refuseChoice(object),
    ...refuseIf(portLevelMtls && Object.keys(selector?.matchLabels ?? {}).length === 0, {
      path: ['spec', 'portLevelMtls'],
      message: 'ports are told for a whole namespace, which has none',
      hint: 'add a selector with the labels of the pods'
    }),
    ...ports.flatMap(port =>
      refuseIf(Number(port) < 1 || Number(port) > 65535, {
        path: ['spec', 'portLevelMtls', port],
        message: `${port} is no port`,
        hint: 'name a port of the pods'
      })
    )
  ]
}
