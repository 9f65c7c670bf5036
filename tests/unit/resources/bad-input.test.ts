import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Failure } from '../../../src/failure.ts'
import { type Path, parseManifests, readManifests } from '../../../src/resources/index.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bad-input-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function service(name: string) {
  return `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\n`
}

function refusalOf(read: () => unknown): Failure {
  try {
    read()
  } catch (error) {
    if (error instanceof Failure) {
      return error
    }
    throw error
  }
  throw new Error('nothing was refused')
}

/** Writes an input and reads it. */
function read(name: string, content: string | Uint8Array) {
  const file = join(folder, name)
  writeFileSync(file, content)
  return readManifests([file])
}

test('a kustomization is named with what makes its objects', () => {
  const content = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [service.yaml]\n'
  const [finding] = refusalOf(() => read('kustomization.yaml', content)).findings
  expect(finding).toMatchObject({
    code: 'MANIFEST_NOT_AN_OBJECT',
    hint: `it is for kustomize: kubectl kustomize ${folder} | istio-alb check - looks at what that makes`
  })
})

test('a list in an annotation is told to be put into quotes', () => {
  const content = `${service('a')}  annotations:\n    listen-ports: [{"HTTP": 80}]\n`
  const [finding] = refusalOf(() => read('annotation.yaml', content)).findings
  expect(finding).toMatchObject({ code: 'MANIFEST_WRONG_TYPE', hint: expect.stringContaining('put quotes around all') })
})

describe('is refused by file and line', () => {
  test.each<[string, string | Uint8Array, string, number, RegExp]>([
    ['a binary', Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0xff, 0xfe), 'FILE_NOT_TEXT', 1, /no text in UTF-8/],
    ['text with a zero byte', 'apiVersion: v1\0', 'FILE_NOT_TEXT', 1, /zero byte at 14/],
    ['UTF-16', Uint8Array.of(0xff, 0xfe, 0x61, 0x00), 'FILE_NOT_TEXT', 1, /UTF-16/],
    ['a List of no list', 'apiVersion: v1\nkind: List\nitems: {}\n', 'MANIFEST_WRONG_TYPE', 3, /^items must be a list/],
    ['prose', 'just a sentence\n', 'MANIFEST_NOT_AN_OBJECT', 1, /must be a mapping/],
    ['tabs', 'apiVersion: v1\n\tkind: Service\n', 'YAML_MALFORMED', 2, /Tabs/],
    [
      'an alias inside of its anchor',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: &a {x: *a}\n',
      'YAML_MALFORMED',
      4,
      /never end/
    ],
    [
      'a line that stops being YAML, which is told once',
      "apiVersion: v1\nkind: Service\nmetadata: {name: ${A}, labels: ['${B}', {a: b}]}\n",
      'YAML_MALFORMED',
      3,
      /^not YAML: /
    ],
    ['a mapping as a key', 'apiVersion: v1\nkind: Service\n? {a: b}\n: c\n', 'YAML_MALFORMED', 3, /a key must be/],
    [
      'a template',
      'apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Values.name }}\n',
      'YAML_MALFORMED',
      4,
      /template of Helm/
    ],
    [
      'templates, which are told once',
      'kind: Service\nmetadata:\n  name: {{ .Values.name }}\n  {{- if .Values.x }}\n  labels: {}\n  {{- end }}\n---\nname: {{ .y }}\n',
      'YAML_MALFORMED',
      3,
      /template of Helm/
    ],
    ['an alias without its anchor', `${service('a')}spec: *nowhere\n`, 'YAML_MALFORMED', 5, /\*nowhere has no anchor/],
    [
      'a merge without its anchor',
      `${service('a')}spec:\n  <<: *nowhere\n`,
      'YAML_MALFORMED',
      6,
      /\*nowhere has no anchor/
    ],
    [
      'an anchor of another document',
      `x: &x 1\n---\n${service('a')}spec: *x\n`,
      'YAML_MALFORMED',
      7,
      /\*x has no anchor/
    ],
    [
      'a flow mapping that ends early',
      'apiVersion: v1\nkind: Service\nmetadata: {name: x',
      'YAML_MALFORMED',
      3,
      /end with a }/
    ],
    ['JSON that ends early', '{"apiVersion": "v1",\n "kind": "Serv', 'YAML_MALFORMED', 2, /./],
    ['brackets without end', '['.repeat(20_000), 'YAML_MALFORMED', 1, /nested too deeply/],
    ['nothing', '', 'INPUT_EMPTY', 1, /is empty/]
  ])('%s', (name, content, code, line, message) => {
    const { exitCode, findings } = refusalOf(() => read(`${name}.yaml`, content))
    expect(exitCode).toBe(2)
    expect(findings.find(finding => finding.code === code)).toMatchObject({
      file: join(folder, `${name}.yaml`),
      line,
      message: expect.stringMatching(message),
      hint: expect.any(String)
    })
    for (const finding of findings) {
      expect(finding.message).not.toMatch(/\n\s+at /)
    }
  })

  test('what is too large', () => {
    const file = join(folder, 'large.yaml')
    writeFileSync(file, '')
    truncateSync(file, 50 * 2 ** 20)
    expect(refusalOf(() => readManifests([file])).findings).toMatchObject([
      { code: 'FILE_TOO_LARGE', file, line: 1, message: expect.stringContaining('50 MiB') }
    ])
  })

  test('what has no end', () => {
    expect(refusalOf(() => readManifests(['/dev/zero'])).findings).toMatchObject([
      { code: 'FILE_TOO_LARGE', file: '/dev/zero', message: expect.stringContaining('more than 32 MiB') }
    ])
  })

  test('standard input that ends before it begins', () => {
    expect(refusalOf(() => readManifests(['-'], { input: () => ' \n' })).findings).toMatchObject([
      { code: 'INPUT_EMPTY', file: '<stdin>', hint: expect.stringContaining('fail') }
    ])
  })

  test('standard input that cannot be read', () => {
    function broken(): string {
      throw Object.assign(new Error('EAGAIN: resource temporarily unavailable, read'), { code: 'EAGAIN' })
    }
    expect(refusalOf(() => readManifests(['-'], { input: broken })).findings).toMatchObject([
      { code: 'FILE_UNREADABLE', file: '<stdin>' }
    ])
  })

  test('what a folder has and nobody can read, every one', () => {
    const inner = join(folder, 'links')
    mkdirSync(inner)
    symlinkSync(join(folder, 'gone.yaml'), join(inner, 'a.yaml'))
    writeFileSync(join(inner, 'b.yaml'), Uint8Array.of(0xff))
    expect(refusalOf(() => readManifests([inner])).findings).toMatchObject([
      { code: 'FILE_UNREADABLE', file: join(inner, 'a.yaml') },
      { code: 'FILE_NOT_TEXT', file: join(inner, 'b.yaml') }
    ])
  })
})

describe('is read', () => {
  function positionIn(text: string, path: Path) {
    const resources = parseManifests([{ file: 'edge.yaml', text }])
    const object = resources.all().at(-1)!
    return { object, position: resources.originOf(object)!.positionOf(path) }
  }

  test('a file with the line ends of Windows', () => {
    const { object, position } = positionIn(service('a').replaceAll('\n', '\r\n'), ['metadata', 'name'])
    expect(object.metadata.name).toBe('a')
    expect(position).toEqual({ file: 'edge.yaml', line: 4, column: 3 })
  })

  test.each([
    ['YAML', `${service('a')}  labels:\n    team: one\n    other: x\n    team: two\n`, [6, 8]],
    [
      'JSON',
      '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a", "labels": {\n"team": "one",\n"team": "two"}}}\n',
      [2, 3]
    ]
  ])('a key that is written twice, in %s: the last value, and both lines', (_name, text, lines) => {
    const resources = parseManifests([{ file: 'edge.yaml', text }])
    const [object] = resources.all()
    expect(object!.metadata.labels?.team).toBe('two')
    const origin = resources.originOf(object!)!
    expect(origin.repeated).toEqual([{ path: ['metadata', 'labels', 'team'], lines }])
    expect(origin.positionOf(['metadata', 'labels', 'team']).line).toBe(lines[1])
  })

  test('a folder with a link to a pipe and to a device, which are passed over', () => {
    const inner = join(folder, 'endless')
    mkdirSync(inner)
    execFileSync('mkfifo', [join(folder, 'pipe')])
    symlinkSync(join(folder, 'pipe'), join(inner, 'pipe.yaml'))
    symlinkSync('/dev/zero', join(inner, 'zero.yaml'))
    writeFileSync(join(inner, 'a.yaml'), service('a'))
    expect(readManifests([inner]).all()).toHaveLength(1)
  })

  test('a folder that is named like a file', () => {
    const inner = join(folder, 'inner')
    mkdirSync(join(inner, 'named.yaml'), { recursive: true })
    writeFileSync(join(inner, 'named.yaml', 'a.yaml'), service('a'))
    expect(readManifests([inner]).all()).toHaveLength(1)
  })

  test('a thousand documents, each at its place', () => {
    const { object, position } = positionIn(
      Array.from({ length: 1000 }, (_, index) => `# number ${index}\n${service(`s${index}`)}`).join('---\n'),
      ['metadata', 'name']
    )
    expect(object.metadata.name).toBe('s999')
    expect(position.line).toBe(999 * 6 + 5)
  })

  test('anchors and merges: a key is where it was written', () => {
    const text = `apiVersion: v1
kind: Service
metadata:
  name: a
  labels: &common
    team: platform
  annotations:
    <<: *common
    own: "1"
`
    const { object, position } = positionIn(text, ['metadata', 'annotations', 'team'])
    expect(object.metadata.annotations).toEqual({ team: 'platform', own: '1' })
    expect(position.line).toBe(6)
  })

  test('an anchor that is used often', () => {
    const items = Array.from(
      { length: 500 },
      (_, index) => `- {apiVersion: v1, kind: Service, metadata: {name: s${index}, labels: *labels}}`
    )
    const text = `apiVersion: v1\nkind: List\nmetadata: &labels {a: b}\nitems:\n${items.join('\n')}\n`
    expect(parseManifests([{ file: 'edge.yaml', text }]).all()).toHaveLength(500)
  })

  test('JSON, with the lines of its keys', () => {
    const text = '{\n  "apiVersion": "v1",\n  "kind": "Service",\n  "metadata": {\n    "name": "a"\n  }\n}\n'
    expect(positionIn(text, ['metadata', 'name']).position).toEqual({ file: 'edge.yaml', line: 5, column: 5 })
  })

  test('a List in JSON, whatever its items hold', () => {
    function item(name: string) {
      return {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name, annotations: { 'a"],}': '"items": [{', empty: '' } },
        spec: { ports: [{ port: 80 }], items: [1, [2]] }
      }
    }
    const list = { items: [item('a'), item('b')], apiVersion: 'v1', kind: 'List', metadata: { items: [] } }
    for (const text of [JSON.stringify(list, undefined, 2), JSON.stringify(list)]) {
      const { object, position } = positionIn(text, ['metadata', 'name'])
      expect(object.metadata.name).toBe('b')
      const line = text.split('\n')[position.line - 1]!
      expect(line.slice(position.column - 1)).toMatch(/^"name":\s?"b"/)
    }
  })

  test('documents after a comment, a directive and an end mark', () => {
    const text = `# first\n%YAML 1.2\n---\n${service('a')}...\n# second\n---\n${service('b')}`
    const { object, position } = positionIn(text, ['kind'])
    expect(object.metadata.name).toBe('b')
    expect(text.split('\n')[position.line - 1]).toBe('kind: Service')
    expect(position.line).toBe(12)
  })
})
