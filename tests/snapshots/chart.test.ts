import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parseDocument } from 'yaml'
import { ownChart, renderChart } from '../../src/render/index.ts'

const here = new URL('.', import.meta.url).pathname
const scenarios = readdirSync(join(ownChart, 'ci')).map(file => basename(file, '-values.yaml'))

/** A release of the chart must change no snapshot: its version is taken out. */
function normalize(rendered: string): string {
  const { version } = parseDocument(readFileSync(join(ownChart, 'Chart.yaml'), 'utf8')).toJS() as { version: string }
  return rendered.replaceAll(`istio-alb-ingress-${version}`, 'istio-alb-ingress-VERSION')
}

/**
 * Compares with a file of its own, which reads as the manifests it holds. As with Jest's own snapshots, `--updateSnapshot`
 * writes it, a missing one is written without `--ci` and is a failure with it.
 */
function expectSnapshot(file: string, actual: string): void {
  const { snapshotState } = expect.getState() as unknown as {
    snapshotState: { _updateSnapshot: 'all' | 'new' | 'none' }
  }
  const mode = snapshotState._updateSnapshot
  if (mode === 'all' || (mode === 'new' && !existsSync(file))) {
    writeFileSync(file, actual)
  }
  if (!existsSync(file)) {
    throw new Error(`no snapshot ${basename(file)}: write it with npm run snapshots:update, and read it`)
  }
  expect(actual).toBe(readFileSync(file, 'utf8'))
}

describe('helm template', () => {
  test.each(scenarios)('%s', async scenario => {
    const rendered = await renderChart({ values: [join(ownChart, 'ci', `${scenario}-values.yaml`)] })
    expectSnapshot(join(here, `${scenario}.yaml`), normalize(rendered))
  })

  test('every snapshot has its scenario', () => {
    const snapshots = readdirSync(here).filter(file => file.endsWith('.yaml'))
    expect(snapshots.map(file => basename(file, '.yaml')).sort()).toEqual([...scenarios].sort())
  })
})
