import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { checkResources } from '../../../src/check/index.ts'
import { Failure, type Finding } from '../../../src/failure.ts'
import { defaultEnvironment } from '../../../src/model/index.ts'
import { renderResources } from '../../../src/render/index.ts'
import { assumeMissing, type Resources, readManifests } from '../../../src/resources/index.ts'

const root = fileURLToPath(new URL('../../cases/ordinary/', import.meta.url))

function findingsOf(resources: Resources): Finding[] {
  return checkResources(assumeMissing(resources).resources, defaultEnvironment)
}

function shown({ code, line, expected }: Finding): string {
  return `${code}:${line}${expected === undefined ? '' : ` ${expected}`}`
}

describe('the codes of reading and of the API server, with lines and what is right', () => {
  const codes = /^(API_SERVER_REFUSES|DUPLICATE_KEY|ANNOTATION_UNKNOWN|ANNOTATION_KEY_UNKNOWN|MODEL_NOT_BUILT)$/
  const pathTypes = 'Exact or ImplementationSpecific or Prefix'
  test.each<[string, string[]]>([
    ['folder-with-kustomization', []],
    ['operator-without-metadata.yaml', []],
    ['operator-without-metadata-beside-an-ingress.yaml', []],
    ['secret-in-plain-text.yaml', []],
    ['annotation-written-twice.yaml', ['DUPLICATE_KEY:7 every key once']],
    [
      'ingress-half-migrated-from-v1beta1.yaml',
      ['API_SERVER_REFUSES:28 backend: {service: {name: NAME, port: {number: NUMBER}}}, pathType, spec.defaultBackend']
    ],
    ['path-without-type.yaml', [`API_SERVER_REFUSES:29 ${pathTypes}`]],
    ['path-without-slash.yaml', ['API_SERVER_REFUSES:29 /api']],
    ['port-by-name-and-number.yaml', ['API_SERVER_REFUSES:31']],
    ['host-in-upper-case.yaml', ['API_SERVER_REFUSES:27 shop.example.com']],
    ['host-with-two-stars.yaml', ['API_SERVER_REFUSES:27']],
    ['node-port-out-of-range.yaml', ['API_SERVER_REFUSES:12 30000-32767']],
    ['node-port-typo.yaml', ['API_SERVER_REFUSES:4 30000-32767']],
    ['ingress-without-rules.yaml', ['API_SERVER_REFUSES:11']],
    [
      'five-refusals-of-the-api-server.yaml',
      [
        'API_SERVER_REFUSES:7 shop.example.com',
        `API_SERVER_REFUSES:10 ${pathTypes}`,
        'API_SERVER_REFUSES:12 /api',
        'API_SERVER_REFUSES:13 c.example.com',
        'API_SERVER_REFUSES:14'
      ]
    ],
    [
      'misspelt-annotation-prefix.yaml',
      [
        'ANNOTATION_UNKNOWN:16 alb.ingress.kubernetes.io/scheme',
        'ANNOTATION_UNKNOWN:17 alb.ingress.kubernetes.io/wafv2-acl-arn'
      ]
    ],
    ['action-with-an-unknown-key.yaml', ['ANNOTATION_KEY_UNKNOWN:20 host, path, port, protocol, query, statusCode']],
    ['class-parameters-misspelt.yaml', ['API_SERVER_REFUSES:20 certificateArn, inboundCIDRs']],
    ['group-for-group-name.yaml', ['ANNOTATION_UNKNOWN:25 alb.ingress.kubernetes.io/group.name']]
  ])('%s', (name, expected) => {
    const findings = findingsOf(readManifests([root + name])).filter(({ code }) => codes.test(code))
    expect(findings.map(shown)).toEqual(expected)
  })
})

test('a folder is read without its kustomization, which is told with the way in', () => {
  for (const name of ['folder-with-kustomization', 'folder-with-kustomization-and-names']) {
    const folder = root + name
    const resources = readManifests([folder])
    expect(resources.list('Ingress')).toHaveLength(1)
    expect(resources.skipped).toEqual([
      {
        file: `${folder}/kustomization.yaml`,
        reason: expect.stringContaining(`kubectl kustomize ${folder} | istio-alb check -`),
        kustomization: folder
      }
    ])
  }
})

test('an operator without metadata is a file for istioctl, and no object that is applied', () => {
  const findings = findingsOf(readManifests([`${root}operator-without-metadata-beside-an-ingress.yaml`]))
  expect(findings.filter(({ code }) => code.startsWith('ISTIO_OPERATOR'))).toEqual([])
})

test.each(readdirSync(`${root}refused`))('%s is refused by file and line', name => {
  try {
    readManifests([`${root}refused/${name}`])
  } catch (error) {
    expect(error).toBeInstanceOf(Failure)
    for (const { code, file, line, hint } of (error as Failure).findings) {
      expect({ code, file, line, hint }).toEqual({
        code: expect.stringMatching(/^(YAML_MALFORMED|MANIFEST_WRONG_TYPE)$/),
        file: `${root}refused/${name}`,
        line: expect.any(Number),
        hint: expect.any(String)
      })
    }
    return
  }
  throw new Error('nothing was refused')
})

describe('charts', () => {
  test.each([
    ['chart-with-values', 'healthcheck-port', 'templates/ingress.yaml', 13],
    ['chart-without-values', 'success-codes', 'templates/nons.yaml', 12]
  ])('%s: the template on disk, and the line in it', async (name, annotation, file, line) => {
    const resources = await renderResources({ chart: root + name })
    const [ingress] = resources.list('Ingress')
    const path = ['metadata', 'annotations', `alb.ingress.kubernetes.io/${annotation}`]
    const position = resources.originOf(ingress!)!.positionOf(path)
    expect(position.file.endsWith(`tests/cases/ordinary/${name}/${file}`)).toBe(true)
    expect(position.line).toBe(line)
  })

  test('an empty key is told as what Helm makes of it, with its line', async () => {
    const values = [`${root}values-with-an-empty-key/values.yaml`]
    await expect(renderResources({ values })).rejects.toMatchObject({
      exitCode: 2,
      findings: [
        { code: 'VALUE_MISSING', path: 'ingress', file: values[0], line: 1, hint: expect.stringContaining('{}') }
      ]
    })
  })
})
