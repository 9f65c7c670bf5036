import { describe, expect, test } from '@jest/globals'
import { annotationOfError } from '../../../../src/check/facts/error-annotation.ts'
import { annotationPrefix } from '../../../../src/resources/index.ts'

const annotations = Object.fromEntries(
  ['listen-ports', 'scheme', 'ssl-redirect', 'subnets', 'security-groups', 'mutual-authentication', 'tags'].map(
    suffix => [annotationPrefix + suffix, 'x']
  )
)

describe('the annotation that an error of the controller is about', () => {
  test.each([
    ['failed to parse listen-ports configuration: `80`: json: cannot unmarshal', 'listen-ports'],
    ['listen port must be within [1, 65535]: 0', 'listen-ports'],
    ['unknown scheme: internet_facing', 'scheme'],
    ['listener does not exist for SSLRedirect port: 443', 'ssl-redirect'],
    ["couldn't find all subnets, missing names: [a b]", 'subnets'],
    ["couldn't find all security groups: [a]", 'security-groups'],
    [`failed to parse stringMap annotation, ${annotationPrefix}tags: x`, 'tags'],
    ['mutualAuthentication mode cannot be empty for port 443', 'mutual-authentication']
  ])('%s', (error, suffix) => {
    expect(annotationOfError(error, annotations)).toBe(annotationPrefix + suffix)
  })

  test('is known by the value that the error quotes', () => {
    const name = `${annotationPrefix}healthcheck-interval-seconds`
    expect(annotationOfError('strconv.ParseInt: parsing "fifteen": invalid syntax', { [name]: 'fifteen' })).toBe(name)
  })

  test('is the one of two that the error quotes', () => {
    const [own, ofNLB] = [`${annotationPrefix}scheme`, `${annotationPrefix}frontend-nlb-scheme`]
    expect(annotationOfError('unknown scheme: public', { [own]: 'internal', [ofNLB]: 'public' })).toBe(ofNLB)
  })

  test('is none where the object has no such annotation', () => {
    expect(annotationOfError('unknown scheme: x', {})).toBeUndefined()
  })
})
