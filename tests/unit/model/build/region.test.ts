import { expect, test } from '@jest/globals'
import {
  buildPlan,
  defaultEnvironment,
  type Environment,
  givenRegion,
  regionOfARN
} from '../../../../src/model/index.ts'
import { assumeMissing, parseManifests } from '../../../../src/resources/index.ts'

function assumed(annotations: Record<string, string>, environment: Environment = defaultEnvironment): string[] {
  const names = Object.entries(annotations).map(([suffix, value]) => [`alb.ingress.kubernetes.io/${suffix}`, value])
  const ingress = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'web', namespace: 'shop', annotations: Object.fromEntries(names) },
    spec: { ingressClassName: 'alb', defaultBackend: { service: { name: 'web', port: { number: 80 } } } }
  }
  const { resources } = assumeMissing(parseManifests([{ file: 'web.json', text: JSON.stringify(ingress) }]))
  return buildPlan(resources, environment).groups.flatMap(({ assumptions }) => assumptions)
}

function certificate(region: string): string {
  return `arn:aws:acm:${region}:111122223333:certificate/0a`
}

test.each<[string, Record<string, string>, string | undefined]>([
  ['one of another region', { 'certificate-arn': certificate('eu-west-1') }, 'eu-west-1'],
  ["one of CloudFront's", { 'certificate-arn': certificate('us-east-1') }, 'CloudFront'],
  ['one of the default region', { 'certificate-arn': certificate('us-west-2') }, undefined],
  [
    'of several regions, which a check tells',
    { 'certificate-arn': `${certificate('eu-west-1')},${certificate('eu-north-1')}` },
    undefined
  ],
  ['a web ACL', { 'wafv2-acl-arn': 'arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/edge/0a' }, 'eu-west-1'],
  ['nothing of a region', {}, undefined]
])('without a region, that of its ARNs is assumed: %s', (_name, annotations, told) => {
  const said = assumed(annotations).filter(text => text.includes('region'))
  expect(said).toEqual(told === undefined ? [] : [expect.stringContaining(told)])
})

test('a region that was given is not assumed', () => {
  const { unlisted: _, ...given } = defaultEnvironment
  expect(assumed({ 'certificate-arn': certificate('eu-west-1') }, given)).toEqual([])
  expect(givenRegion(defaultEnvironment)).toBeUndefined()
  expect(givenRegion({ ...defaultEnvironment, region: 'eu-west-1' })).toBe('eu-west-1')
  expect(givenRegion(given)).toBe('us-west-2')
})

test('the region of an ARN', () => {
  expect(regionOfARN(certificate('ap-south-1'))).toBe('ap-south-1')
  expect(regionOfARN('arn:aws:iam::111122223333:server-certificate/a')).toBeUndefined()
})
