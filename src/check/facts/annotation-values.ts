import {
  type AttributeDefinition,
  listenerAttributeDefinitions,
  loadBalancerAttributeDefinitions,
  splitKeyValuePairs,
  targetGroupAttributeDefinitions
} from '../../model/index.ts'
import { nearestName } from '../../nearest-name.ts'
import { annotationPrefix } from '../../resources/index.ts'
import { parseAction } from './backend.ts'

/** Why AWS would refuse a value that the controller passes on. */
export interface Refusal {
  expected: string
  /** The part of the value that is refused, where it is not all of it. */
  actual?: string
}

/** Reads a value; a text that the controller itself refuses is not told here again. */
type Reader = (value: string) => Refusal[]

function integer(lowest: number, highest: number): Reader {
  return value =>
    /^-?\d+$/.test(value) && (Number(value) < lowest || Number(value) > highest)
      ? [{ expected: `an integer from ${lowest} to ${highest}` }]
      : []
}

function pattern(expression: RegExp, expected: string): Reader {
  return value => (expression.test(value) ? [] : [{ expected }])
}

function listOf(reader: Reader): Reader {
  return value =>
    value
      .split(',')
      .map(item => item.trim())
      .filter(item => item !== '')
      .flatMap(item => reader(item).map(refusal => ({ actual: item, ...refusal })))
}

function attributes(known: Record<string, AttributeDefinition>): Reader {
  return value =>
    splitKeyValuePairs(value).flatMap((pair): Refusal[] => {
      const equals = pair.indexOf('=')
      if (equals <= 0) {
        return []
      }
      const key = pair.slice(0, equals).trim()
      const definition = known[key]
      if (definition) {
        const given = pair.slice(equals + 1).trim()
        return definition.allows(given) ? [] : [{ actual: `${key}=${given}`, expected: `another value of ${key}` }]
      }
      const nearest = nearestName(key, Object.keys(known))
      return [{ actual: key, expected: nearest ?? 'a key that AWS knows' }]
    })
}

/** API: CreateLoadBalancer, Name. The length is the controller's own error. */
const loadBalancerName: Reader = name => {
  if (name.length > 32) {
    return []
  }
  if (name.startsWith('internal-')) {
    return [{ expected: 'a name that does not begin with internal-' }]
  }
  return pattern(
    /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/,
    'letters, digits and hyphens, no hyphen first or last'
  )(name)
}

/** API: Matcher. HTTP codes from 200 to 499, gRPC codes from 0 to 99; lists and ranges of them. */
const successCodes: Reader = value => {
  const expected = 'codes such as 200, 200,202 or 200-299, from 200 to 499 (gRPC: 0 to 99)'
  const codes = value.split(',').flatMap(part => part.split('-'))
  function inRange(from: number, to: number) {
    return codes.every(code => /^\d+$/.test(code) && +code >= from && +code <= to)
  }
  return inRange(200, 499) || inRange(0, 99) ? [] : [{ expected }]
}

/** User guide: ELBSecurityPolicy-… */
const sslPolicy = pattern(
  /^ELBSecurityPolicy-(2015-05|2016-08|TLS-1-[012](-Ext)?-\d{4}-\d\d|FS(-1-[12](-Res)?)?-\d{4}-\d\d|TLS13-1-[0-3](-(Res|Ext[0-2]))?(-FIPS)?(-PQ)?-\d{4}-\d\d)$/,
  'a security policy of AWS, such as ELBSecurityPolicy-TLS13-1-2-2021-06'
)

const certificateARN = pattern(
  /^arn:aws[a-z-]*:(acm:[a-z0-9-]+:\d{12}:certificate\/\S+|iam::\d{12}:server-certificate\/\S+)$/,
  'the ARN of an ACM or IAM certificate'
)

const webACLARN: Reader = value =>
  value === 'none' || value === ''
    ? []
    : pattern(
        /^arn:aws[a-z-]*:wafv2:[a-z0-9-]+:\d{12}:regional\/webacl\/[^/\s]+\/[^/\s]+$/,
        'the ARN of a regional WAFv2 web ACL, or none'
      )(value)

/** API: Action. What the controller passes on of redirects and fixed responses. */
const action: Reader = text => {
  const { redirectConfig = {}, fixedResponseConfig = {} } = (parseAction(text) ?? {}) as Record<
    string,
    Record<string, unknown>
  >
  const refusals: Refusal[] = []
  const { statusCode: redirectCode } = redirectConfig
  if (typeof redirectCode === 'string' && !/^HTTP_30[12]$/.test(redirectCode)) {
    refusals.push({ actual: redirectCode, expected: 'HTTP_301 or HTTP_302' })
  }
  const { protocol, port } = redirectConfig
  if (typeof protocol === 'string' && !['HTTP', 'HTTPS', '#{protocol}'].includes(protocol)) {
    refusals.push({ actual: protocol, expected: 'HTTP, HTTPS or #{protocol}' })
  }
  if (typeof port === 'string' && port !== '#{port}' && !(/^\d{1,5}$/.test(port) && +port >= 1 && +port <= 65535)) {
    refusals.push({ actual: port, expected: 'a port from 1 to 65535, or #{port}' })
  }
  const { statusCode, contentType, messageBody } = fixedResponseConfig
  if (typeof statusCode === 'string' && !/^[245]\d\d$/.test(statusCode)) {
    refusals.push({ actual: statusCode, expected: 'a status 2xx, 4xx or 5xx' })
  }
  const types = ['text/plain', 'text/css', 'text/html', 'application/javascript', 'application/json']
  if (typeof contentType === 'string' && contentType !== '' && !types.includes(contentType)) {
    refusals.push({ actual: contentType, expected: types.join(', ') })
  }
  if (typeof messageBody === 'string' && Buffer.byteLength(messageBody) > 1024) {
    refusals.push({ actual: `${Buffer.byteLength(messageBody)} bytes of messageBody`, expected: 'at most 1024' })
  }
  return refusals
}

const tags: Reader = value =>
  splitKeyValuePairs(value).flatMap((pair): Refusal[] => {
    const key = pair.slice(0, Math.max(pair.indexOf('='), 0)).trim()
    return /^aws:/i.test(key) ? [{ actual: key, expected: 'a key that does not begin with aws:' }] : []
  })

/** What AWS takes, by the annotation's name without the prefix. */
const readers = new Map<string, Reader>([
  ['load-balancer-name', loadBalancerName],
  ['load-balancer-attributes', attributes(loadBalancerAttributeDefinitions)],
  ['target-group-attributes', attributes(targetGroupAttributeDefinitions)],
  ['tags', tags],
  ['ssl-policy', sslPolicy],
  ['certificate-arn', listOf(certificateARN)],
  ['wafv2-acl-arn', webACLARN],
  ['healthcheck-port', integer(1, 65535)],
  ['healthcheck-path', pattern(/^\/[!-~]{0,1023}$/, 'a path that begins with /, of at most 1024 characters')],
  ['healthcheck-interval-seconds', integer(5, 300)],
  ['healthcheck-timeout-seconds', integer(2, 120)],
  ['healthy-threshold-count', integer(2, 10)],
  ['unhealthy-threshold-count', integer(2, 10)],
  ['success-codes', successCodes],
  ['auth-on-unauthenticated-request', pattern(/^(authenticate|allow|deny)$/, 'authenticate, allow or deny')],
  ['auth-session-timeout', integer(1, 604800)]
])

/** What AWS would refuse of an annotation's value; nothing for an annotation that is not known here. */
export function refusalsOf(name: string, value: string): Refusal[] {
  const suffix = name.slice(annotationPrefix.length)
  if (suffix.startsWith('actions.')) {
    return action(value)
  }
  if (suffix.startsWith('listener-attributes.')) {
    return attributes(listenerAttributeDefinitions)(value)
  }
  return readers.get(suffix)?.(value) ?? []
}
