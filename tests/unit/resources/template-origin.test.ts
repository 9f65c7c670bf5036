import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import type { Failure } from '../../../src/failure.ts'
import { readManifests } from '../../../src/resources/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'istio-alb-template-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const chart = join(folder, 'shop-chart')
mkdirSync(join(chart, 'templates'), { recursive: true })
writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: shop\nversion: 1.0.0\n')
const template = join(chart, 'templates', 'ingress.yaml')
writeFileSync(
  template,
  `{{- if .Values.ingress }}
{{- range .Values.hosts }}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ . }}
spec:
  ingressClassName: {{ $.Values.class }}
{{- end }}
{{- end }}
`
)

/** As helm template prints them, with what other templates made before and behind. */
const rendered = `---
# Source: shop/templates/service.yaml
apiVersion: v1
kind: Service
metadata: {name: web}
---
# Source: shop/templates/ingress.yaml
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: one
spec:
  ingressClassName: alb
---
# Source: shop/templates/ingress.yaml
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: two
spec:
  ingressClassName: alb
`
const className = ['spec', 'ingressClassName']

function positionsOf(sources: string[], options: { chart?: string; text?: string } = {}) {
  const { text = rendered, ...others } = options
  const resources = readManifests(sources, { ...others, input: () => text })
  return resources.list('Ingress').map(object => {
    const origin = resources.originOf(object)!
    const { file, line } = origin.positionOf(className)
    return { file, line, isEditable: origin.place !== undefined }
  })
}

describe('what helm rendered, and was piped', () => {
  test('stands in the template of the chart that is named', () => {
    expect(positionsOf(['-'], { chart })).toEqual([
      { file: template, line: 9, isEditable: false },
      { file: template, line: 9, isEditable: false }
    ])
  })

  test('stands under the name that helm prints where no chart is found', () => {
    expect(positionsOf(['-'])).toEqual([
      { file: 'shop/templates/ingress.yaml', line: 8, isEditable: false },
      { file: 'shop/templates/ingress.yaml', line: 8, isEditable: false }
    ])
  })

  test('stands there too where the chart that is named is another, or no folder', () => {
    const other = mkdtempSync(join(folder, 'other-'))
    writeFileSync(join(other, 'Chart.yaml'), 'name: store\n')
    for (const named of [other, join(folder, 'shop-1.0.0.tgz'), 'oci://example.com/shop']) {
      expect(positionsOf(['-'], { chart: named })[0]!.file).toBe('shop/templates/ingress.yaml')
    }
  })

  test.each(['', 'charts'])('is found below %p', below => {
    const here = process.cwd()
    const place = mkdtempSync(join(folder, 'here-'))
    const local = join(place, below, 'shop')
    mkdirSync(join(local, 'templates'), { recursive: true })
    writeFileSync(join(local, 'Chart.yaml'), 'name: shop\n')
    writeFileSync(join(local, 'templates', 'ingress.yaml'), '# of this project\nspec:\n  ingressClassName: alb\n')
    process.chdir(place)
    try {
      expect(positionsOf(['-'])[0]).toEqual({
        file: join(below, 'shop', 'templates', 'ingress.yaml'),
        line: 3,
        isEditable: false
      })
    } finally {
      process.chdir(here)
    }
  })

  test('keeps its own place in a file, but for a chart that is there', () => {
    const file = join(folder, 'rendered.yaml')
    writeFileSync(file, rendered)
    expect(positionsOf([file])[1]).toEqual({ file, line: 21, isEditable: true })
    expect(positionsOf([file], { chart })[1]).toEqual({ file: template, line: 9, isEditable: false })
  })

  test.each([
    ['of another type', rendered.replace('ingressClassName: alb', 'ingressClassName: 1'), 9],
    ['that is no YAML', rendered.replace('ingressClassName: alb', 'ingressClassName: "alb'), 9]
  ])('tells what is refused, %s, at its template', (_, text, line) => {
    try {
      positionsOf(['-'], { chart, text })
    } catch (error) {
      expect((error as Failure).findings[0]).toMatchObject({ file: template })
      expect(Math.abs((error as Failure).findings[0]!.line! - line)).toBeLessThanOrEqual(1)
      return
    }
    throw new Error('nothing was refused')
  })

  test.each([
    ['a comment that follows the first key', 'apiVersion: v1\n# Source: shop/templates/ingress.yaml\n'],
    ['no such comment', '# made by hand\napiVersion: v1\n']
  ])('is nothing with %s', (_, head) => {
    const text = `${head.replace('apiVersion: v1\n', 'apiVersion: networking.k8s.io/v1\n')}kind: Ingress\nmetadata: {name: a}\nspec: {ingressClassName: alb}\n`
    expect(positionsOf(['-'], { chart, text })).toEqual([{ file: '<stdin>', line: 5, isEditable: true }])
  })
})
