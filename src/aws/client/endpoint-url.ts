/**
 * Which address answers for AWS.
 *
 * @module
 */

import { usageFailure } from '../../failure.ts'
import { isLoopback } from '../../targets/index.ts'

/** Where `istio-alb aws` answers unless it is told otherwise. */
const defaultURL = 'http://127.0.0.1:4566'

/** AWS's own addresses. */
const ofAWS = /(^|\.)(amazonaws\.com(\.cn)?|aws\.dev|api\.aws)$/

/** Whether an address is this machine's own. */
export function isLocal({ hostname }: URL): boolean {
  const name = hostname.replace(/^\[|\]$/g, '')
  return isLoopback(name) || name === 'localhost' || name.endsWith('.localhost')
}

function parseURL(text: string, path: string): URL {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw usageFailure({
      code: 'ENDPOINT_MALFORMED',
      message: `'${text}' is no address of an endpoint`,
      path,
      expected: `an address like ${defaultURL}`,
      actual: text,
      hint: 'copy the first line that istio-alb aws prints'
    })
  }
  return url
}

/**
 * The endpoint that may be written to: the one named, which is none of AWS's own; else that of AWS_ENDPOINT_URL if it is this
 * machine's, or the default.
 *
 * @throws Failure exit 2 `ENDPOINT_MALFORMED`, `ENDPOINT_NOT_LOOPBACK`, `ENDPOINT_OF_AWS`.
 */
export function writableEndpoint(named: string | undefined, env: NodeJS.ProcessEnv = process.env): URL {
  const { AWS_ENDPOINT_URL: ofEnvironment } = env
  const url = parseURL(named ?? ofEnvironment ?? defaultURL, named === undefined ? 'AWS_ENDPOINT_URL' : '--endpoint')
  if (ofAWS.test(url.hostname)) {
    throw usageFailure({
      code: 'ENDPOINT_OF_AWS',
      message: `${url.hostname} is AWS itself: a real account is left to the AWS Load Balancer Controller`,
      path: '--endpoint',
      actual: url.href,
      hint: 'name an endpoint of istio-alb aws, or hold the plan against the account with istio-alb diff --live'
    })
  }
  if (named === undefined && !isLocal(url)) {
    throw usageFailure({
      code: 'ENDPOINT_NOT_LOOPBACK',
      message: `AWS_ENDPOINT_URL leads to ${url.hostname}, which is not this machine`,
      path: 'AWS_ENDPOINT_URL',
      expected: 'an address on loopback',
      actual: url.href,
      hint: `say --endpoint ${url.href} where it is meant`
    })
  }
  return url
}
