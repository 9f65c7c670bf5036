import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { Failure, type Finding } from '../../../src/failure.ts'
import { IngressGateway, refusalFindings } from '../../../src/istio/index.ts'
import { type KubernetesObject, parseManifests, Resources } from '../../../src/resources/index.ts'
import { baseObjects, malformedFiles, openGateway, peer } from '../../cases/istio-cases.ts'

/** What is found in a file, by the types of its fields or by what Istio makes of them. */
function findingsOf(file: string): Finding[] {
  try {
    return refusalFindings(parseManifests([{ file, text: readFileSync(file, 'utf8') }]))
  } catch (error) {
    if (error instanceof Failure) {
      return error.findings
    }
    throw error
  }
}

/** A team whose routes have to stay, whatever another one writes. */
const other: KubernetesObject[] = [
  openGateway('other'),
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'other', namespace: 'istio-system' },
    spec: {
      hosts: ['other.test'],
      gateways: ['other'],
      http: [{ route: [{ destination: { host: 'web.default.svc.cluster.local' } }] }]
    }
  }
]

describe.each(malformedFiles().map(file => [basename(file, '.yaml'), file]))('%s', (_name, file) => {
  test('is a finding with its file and line', () => {
    const [finding, ...more] = findingsOf(file)
    expect(finding).toMatchObject({ file, line: expect.any(Number), severity: 'error', hint: expect.any(String) })
    expect(more.length).toBeLessThan(3)
  })

  test('harms no other host, even where nobody looked at its types', () => {
    const text = readFileSync(file, 'utf8')
    // As an API server without the CRDs' schemas would hand it over.
    const objects = text.split(/^---$/m).map(document => parse(document) as KubernetesObject)
    const resources = new Resources([...baseObjects(), ...other, ...objects])
    const service = resources.find('Service', 'istio-ingressgateway', 'istio-system')!
    const { outcome } = new IngressGateway(service, resources).answer(
      service.spec!.ports!.find(({ name }) => name === 'http2')!,
      { peer },
      { method: 'GET', path: '/', authority: 'other.test', headers: [['host', 'other.test']] }
    )
    expect(outcome).toMatchObject({ kind: 'service', destination: { host: 'web.default.svc.cluster.local' } })
  })
})
