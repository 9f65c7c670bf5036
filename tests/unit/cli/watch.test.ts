import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { compareEdges, describeChanges, readEdge, watchFiles } from '../../../src/cli/watch/index.ts'
import type { Edge } from '../../../src/edge.ts'
import { runHere } from './command.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'istio-alb-watch-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

describe('files that are watched', () => {
  /** Watches, changes, and resolves with the first save that is told. */
  function firstSave(paths: string[], change: () => void): Promise<string> {
    return new Promise(resolve => {
      const close = watchFiles(paths, path => {
        close()
        resolve(path)
      })
      change()
    })
  }

  test('a file that is written', async () => {
    const values = file('values.yaml', 'a: 1')
    expect(await firstSave([values], () => writeFileSync(values, 'a: 2'))).toBe(values)
  })

  test('a file that an editor replaces, and no other of its folder', async () => {
    const values = file('values.yaml', 'a: 1')
    function replace(): void {
      file('other.yaml', 'b: 1')
      renameSync(file('values.yaml.new', 'a: 2'), values)
    }
    expect(await firstSave([values], replace)).toBe(values)
  })

  test('a file deep in a folder', async () => {
    mkdirSync(join(folder, 'templates'))
    const template = file('templates/ingress.yaml', 'a: 1')
    expect(await firstSave([folder], () => writeFileSync(template, 'a: 2'))).toBe(folder)
  })
})

describe('what a saved file changes', () => {
  function ingress(annotations: string): string {
    return `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: shop, annotations: { ${annotations} } }
spec:
  ingressClassName: alb
  defaultBackend: { service: { name: web, port: { number: 80 } } }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { type: NodePort, ports: [{ port: 80, nodePort: 30080 }] }
`
  }
  function read(annotations: string, above = ''): Promise<Edge> {
    return readEdge([file('web.yaml', above + ingress(annotations))], {
      values: [],
      set: [],
      namespace: 'shop',
      releaseName: 'web'
    })
  }

  const misspelt = 'alb.ingress.kubernetes.io/schema: internet-facing'
  const right = 'alb.ingress.kubernetes.io/scheme: internet-facing'

  test('a finding that is mended, and a load balancer that is replaced for it', async () => {
    const [before, after] = [await read(misspelt), await read(right)]
    const changes = compareEdges(before, after)
    expect(changes).toMatchObject({ gone: [{ message: expect.stringContaining('schema') }], appeared: [] })
    const text = describeChanges(changes, ['findings', 'plan'])
    expect(text).toMatch(/^mended [A-Z_]+\n {2}.*schema/)
    expect(text).toContain('scheme')
    const back = describeChanges(compareEdges(after, before), ['findings'])
    expect(back).toContain('web.yaml:4')
    expect(back).not.toContain('listener')
  })

  test('a finding whose line moved is the same one', async () => {
    const before = await read(misspelt)
    const after = await read(misspelt, '# moved\n\n')
    expect(compareEdges(before, after)).toMatchObject({ gone: [], appeared: [] })
    expect(describeChanges(compareEdges(before, after), ['findings'])).toBe('no change in the findings\n')
  })
})

test.each([
  ['check', '--context=none'],
  ['plan', '-'],
  ['simulate', '-']
])('%s cannot watch %s, which is no file', async (command, input) => {
  const { exitCode, stderr } = await runHere(command, '--watch', input)
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringMatching(/^error INPUT_NOT_WATCHABLE/) })
})
