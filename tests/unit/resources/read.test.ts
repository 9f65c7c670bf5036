import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Failure } from '../../../src/failure.ts'
import { parseManifests, readManifests } from '../../../src/resources/index.ts'

function parse(text: string) {
  return parseManifests([{ text, file: 'edge.yaml' }])
}

function failureOf(run: () => unknown): Failure {
  try {
    run()
  } catch (error) {
    if (error instanceof Failure) {
      return error
    }
    throw error
  }
  throw new Error('nothing was refused')
}

describe('positions', () => {
  const text = `# a comment
apiVersion: v1
kind: Service
metadata:
  name: gateway
  annotations:
    alb.ingress.kubernetes.io/scheme: internal
spec:
  ports:
  - port: 80
  - port: 443
    nodePort: 31804
`
  test.each([
    { path: [], line: 2 },
    { path: ['kind'], line: 3 },
    { path: ['metadata', 'annotations', 'alb.ingress.kubernetes.io/scheme'], line: 7 },
    { path: ['spec', 'ports', 1, 'nodePort'], line: 12 },
    { path: ['spec', 'ports', 0, 'nodePort'], line: 10 },
    { path: ['spec', 'externalTrafficPolicy'], line: 8 }
  ])('$path is at line $line, or its nearest parent is', ({ path, line }) => {
    const resources = parse(text)
    expect(resources.originOf(resources.list('Service')[0]!)!.positionOf(path)).toMatchObject({
      file: 'edge.yaml',
      line
    })
  })

  test('items of a typed list inside of a List are of its kind', () => {
    const list = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualServiceList' }
    const bare = { metadata: { name: 'bare' }, spec: {} }
    const named = { apiVersion: 'networking.istio.io/v1beta1', kind: 'VirtualService', metadata: { name: 'named' } }
    const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [{ ...list, items: [bare, named] }] })
    const read = parseManifests([{ file: 'list.json', text }])
    expect(read.list('VirtualService').map(({ apiVersion, metadata }) => [apiVersion, metadata.name])).toEqual([
      ['networking.istio.io/v1', 'bare'],
      ['networking.istio.io/v1beta1', 'named']
    ])
  })

  test('an item of a List of any kind has to name its own', () => {
    const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [{ metadata: { name: 'bare' } }] })
    expect(() => parseManifests([{ file: 'list.json', text }])).toThrow()
  })

  test('items of a List keep their own lines', () => {
    const resources = parse(
      'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: a}\n- apiVersion: v1\n  kind: Service\n  metadata:\n    name: b\n'
    )
    const [, b] = resources.list('Service')
    expect(resources.originOf(b!)!.positionOf(['metadata', 'name'])).toMatchObject({ line: 10 })
  })
})

describe('scalars are read as kubectl reads them', () => {
  test.each([
    { written: 'yes', value: true },
    { written: '"yes"', value: 'yes' },
    { written: '012', value: 10 },
    { written: '2026-11-23', value: '2026-11-23' },
    { written: '12:30:45', value: '12:30:45' },
    { written: '~', value: undefined }
  ])('$written is $value', ({ written, value }) => {
    const [object] = parse(`apiVersion: v1\nkind: Thing\nmetadata: {name: a}\nspec: {value: ${written}}\n`).all()
    expect((object!.spec as { value?: unknown }).value).toEqual(value)
  })

  test('a null annotation is an empty one', () => {
    const [object] = parse('apiVersion: v1\nkind: Thing\nmetadata:\n  name: a\n  annotations:\n    b:\n').all()
    expect(object!.metadata.annotations).toEqual({ b: '' })
  })
})

describe('refusals', () => {
  test.each([
    { name: 'malformed YAML', text: 'a: [1\n', code: 'YAML_MALFORMED', line: 2 },
    { name: 'a list', text: '- 1\n', code: 'MANIFEST_NOT_AN_OBJECT', line: 1 },
    { name: 'a values file', text: 'gateway:\n  name: x\n', code: 'MANIFEST_NOT_AN_OBJECT', line: 1 },
    {
      name: 'a number where an annotation is',
      text: 'apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  annotations:\n    b: 15021\n',
      code: 'MANIFEST_WRONG_TYPE',
      line: 6,
      hint: "put quotes around it: '15021'"
    },
    {
      name: 'a number whose text is lost when it is read',
      text: 'apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  labels: {version: 1.10}\n',
      code: 'MANIFEST_WRONG_TYPE',
      line: 5,
      hint: "put quotes around it: '1.10'"
    },
    {
      name: 'a number that is written with an alias',
      text: 'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: &a 1e3, labels: {b: *a}}\n',
      code: 'MANIFEST_WRONG_TYPE',
      line: 6,
      hint: "put quotes around it: '1e3'"
    },
    {
      name: 'no number',
      text: 'apiVersion: v1\nkind: Service\nmetadata: {name: .inf}\n',
      code: 'MANIFEST_WRONG_TYPE',
      line: 3,
      hint: "put quotes around it: '.inf'"
    },
    {
      name: 'JSON',
      text: '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": 1.10}}',
      code: 'MANIFEST_WRONG_TYPE',
      line: 1,
      hint: "put quotes around it: '1.10'"
    },
    {
      name: 'a duration without its unit',
      text: 'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\nspec: {http: [{timeout: 10}]}\n',
      code: 'MANIFEST_WRONG_TYPE',
      line: 4,
      hint: 'write it with its unit: 10s'
    },
    {
      name: 'a header of the name of a duration',
      text: 'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\nspec: {http: [{headers: {request: {set: {timeout: 10}}}}]}\n',
      code: 'MANIFEST_WRONG_TYPE',
      line: 4,
      hint: "put quotes around it: '10'"
    },
    {
      name: 'a boolean of YAML 1.1',
      text: 'apiVersion: v1\nkind: Service\nmetadata: {name: y}\n',
      code: 'MANIFEST_WRONG_TYPE',
      line: 3,
      hint: "put quotes around it: 'y'"
    },
    {
      name: 'a star without quotes',
      text: 'spec:\n  hosts:\n  - *\n',
      code: 'YAML_MALFORMED',
      line: 3,
      hint: "put quotes around it: '*'"
    },
    {
      name: 'a wildcard without quotes',
      text: 'spec:\n  hosts: [*.example.com]\n',
      code: 'YAML_MALFORMED',
      line: 2,
      hint: "put quotes around it: '*.example.com'"
    },
    {
      name: 'a bracket in a value without quotes',
      text: 'spec:\n  match: [{uri: {regex: ^/[^/]+$}}]\n',
      code: 'YAML_MALFORMED',
      line: 2,
      hint: 'put quotes around the value'
    },
    {
      name: 'a string where a port is',
      text: 'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  ports:\n  - port: "80"\n',
      code: 'MANIFEST_WRONG_TYPE',
      line: 6
    }
  ])('$name', ({ text, code, line, hint }) => {
    const failure = failureOf(() => parse(text))
    expect(failure.exitCode).toBe(2)
    expect(failure.findings[0]).toMatchObject({ code, line, file: 'edge.yaml', ...(hint && { hint }) })
  })

  test('what a parser says that has left the document is not told', () => {
    const text = 'spec:\n- uri: {regex: ^/[^/]+$}\n  route: []\n- uri:\n    exact: /\n  route: []\n'
    expect(failureOf(() => parse(text)).findings).toMatchObject([{ line: 2 }])
  })

  test('each star without quotes is told', () => {
    expect(failureOf(() => parse('a:\n- *\nb: *\n')).findings).toMatchObject([{ line: 2 }, { line: 3 }])
  })

  test('every problem of every text is told at once', () => {
    const failure = failureOf(() =>
      parseManifests([
        { text: 'a: [1\n', file: 'a.yaml' },
        { text: 'kind: 7\n', file: 'b.yaml' }
      ])
    )
    expect(new Set(failure.findings.map(({ file }) => file))).toEqual(new Set(['a.yaml', 'b.yaml']))
  })

  test('aliases that multiply are stopped', () => {
    const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(',')}]`)
    expect(failureOf(() => parse(`l0: &l0 [x]\n${levels.join('\n')}\n`)).findings).toMatchObject([
      { code: 'YAML_MALFORMED' }
    ])
  })
})

describe('sources', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'istio-alb-read-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  function service(name: string) {
    return `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\n`
  }

  test('a folder is read in name order, other files are left alone', () => {
    writeFileSync(join(folder, 'b.yml'), service('b'))
    writeFileSync(join(folder, 'a.yaml'), service('a'))
    writeFileSync(join(folder, 'README.md'), '# not: [yaml')
    expect(
      readManifests([folder])
        .all()
        .map(({ metadata }) => metadata.name)
    ).toEqual(['a', 'b'])
  })

  test('what other tools read is left out, with the way out; of a kustomization in one line', () => {
    writeFileSync(join(folder, 'a.yaml'), service('a'))
    writeFileSync(
      join(folder, 'kustomization.yaml'),
      'resources: [a.yaml]\npatches: [{ path: ./more.yaml }, { patch: "- op" }]\n'
    )
    writeFileSync(join(folder, 'more.yaml'), service('a'))
    writeFileSync(join(folder, 'values.yaml'), 'host: a.example.com\n')
    writeFileSync(join(folder, 'patch.yaml'), '- {op: replace, path: /spec, value: 1}\n')
    const chart = join(folder, 'chart')
    mkdirSync(join(chart, 'templates'), { recursive: true })
    writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: chart\n')
    writeFileSync(join(chart, 'values.yaml'), 'host: a.example.com\n')
    writeFileSync(join(chart, 'templates', 'a.yaml'), 'name: {{ .Values.host }}\n')
    writeFileSync(join(chart, 'templates', 'b.yaml'), '{{- if true }}\n')
    const resources = readManifests([folder])
    expect(resources.all()).toHaveLength(1)
    expect(resources.skipped.map(({ file, reason }) => [file.slice(folder.length + 1), reason])).toEqual([
      ['chart/Chart.yaml', expect.stringContaining(`--chart ${chart}`)],
      ['chart/templates', expect.stringContaining(`--chart ${chart}`)],
      ['chart/values.yaml', expect.stringContaining(`--values ${chart}/values.yaml`)],
      [
        'kustomization.yaml',
        `for kustomize, as more.yaml, patch.yaml, values.yaml: kubectl kustomize ${folder} | istio-alb check - reads what it makes`
      ]
    ])
  })

  test.each<[what: string, files: Record<string, string>, reason: string]>([
    ['values of a chart', { 'values.yaml': 'host: a.example.com\n' }, '--values FOLDER/values.yaml renders them'],
    ['a patch', { 'patch.yaml': '- {op: remove, path: /spec}\n' }, 'a patch, and no kustomization beside it'],
    ['no object', { 'more.yaml': 'host: a.example.com\n' }, 'it has no apiVersion and no kind'],
    [
      'a kustomization of another name',
      { 'all.yaml': 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n' },
      'for kustomize: kubectl kustomize FOLDER |'
    ],
    [
      'parts without a kustomization of theirs in the folder',
      { 'kustomization.yaml': 'patches: [{ path: ../patch.yaml }]\n', 'b.yaml': 'a: 1\n', 'c.yaml': 'a: 1\n' },
      'for kustomize, as b.yaml, c.yaml: kubectl kustomize FOLDER |'
    ],
    [
      'many patches',
      {
        'Kustomization.yml': 'patches: []\n',
        ...Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`patch-${index + 10}.yaml`, 'a: 1\n']))
      },
      'for kustomize, as patch-10.yaml, patch-11.yaml, patch-12.yaml, 27 more: kubectl kustomize FOLDER |'
    ]
  ])('a folder of nothing but %s is one NO_MANIFEST', (_, files, reason) => {
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(folder, name), text)
    }
    const { findings } = failureOf(() => readManifests([folder]))
    expect(findings).toMatchObject([
      { code: 'NO_MANIFEST', message: expect.stringContaining(reason.replace('FOLDER', folder)) }
    ])
    const hint = `kubectl kustomize ${folder} | istio-alb check -`
    expect(findings[0]!.hint === hint).toBe(reason.startsWith('for kustomize'))
  })

  test('an IstioOperator needs no metadata, as istioctl needs none', () => {
    const [operator] = parse('apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec: {}\n').all()
    expect(operator!.metadata).toEqual({ name: 'installed-state' })
  })

  test('standard input', () => {
    const [object] = readManifests(['-'], { input: () => service('piped') }).all()
    expect(object!.metadata.name).toBe('piped')
  })

  test('a later object replaces an earlier one of the same name', () => {
    const resources = parse(`${service('a')}---\n${service('a')}spec: {type: NodePort}\n`)
    expect(resources.list('Service')).toMatchObject([{ spec: { type: 'NodePort' } }])
  })

  test('what cannot be read is told with every other', () => {
    const failure = failureOf(() => readManifests([join(folder, 'none.yaml'), folder]))
    expect(failure.findings.map(({ code }) => code)).toEqual(['FILE_UNREADABLE', 'FOLDER_WITHOUT_MANIFESTS'])
  })
})
