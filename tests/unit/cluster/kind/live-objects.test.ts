import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { readCluster } from '../../../../src/cluster/index.ts'

const pathBefore = process.env.PATH
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fake-kubectl-'))
  process.env.PATH = `${folder}${delimiter}${pathBefore}`
})
afterEach(() => {
  process.env.PATH = pathBefore
  rmSync(folder, { recursive: true, force: true })
})

/** Puts a kubectl on PATH that notes how it was called, and answers by its first two words. */
function fakeKubectl(answers: Record<string, string>): void {
  const cases = Object.entries(answers).map(([words, answer]) => `"${words}"*) cat <<'EOF'\n${answer}\nEOF\n;;`)
  const script = `#!/bin/sh\necho "$*" >> ${folder}/calls\ncase "$*" in\n${cases.join('\n')}\nesac\n`
  writeFileSync(join(folder, 'kubectl'), script)
  chmodSync(join(folder, 'kubectl'), 0o755)
}

const served = 'services\nsecrets\nnodes\ningresses.networking.k8s.io\ningressclasses.networking.k8s.io'
const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'gateway', namespace: 'istio-system' } }
const mesh = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio', namespace: 'istio-system' } }

test('reads what the cluster serves of what a check looks at, and no Secret', async () => {
  fakeKubectl({
    'api-resources': served,
    'get configmap': JSON.stringify(mesh),
    'get ': JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [service] })
  })
  const resources = await readCluster('edge')
  expect(resources.all().map(({ kind }) => kind)).toEqual(['Service', 'ConfigMap'])
  // A line of kubectl's output leads nowhere.
  expect(resources.originOf(resources.all()[0]!)).toBeUndefined()
  const calls = readFileSync(join(folder, 'calls'), 'utf8').split('\n').filter(Boolean)
  expect(calls.every(call => call.endsWith('--context edge'))).toBe(true)
  expect(calls).toContain(
    'get ingresses.networking.k8s.io,ingressclasses.networking.k8s.io,services,nodes --all-namespaces --output=json --context edge'
  )
})

test('does without the configuration of a mesh', async () => {
  fakeKubectl({
    'api-resources': served,
    'get configmap': '',
    'get ': JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [] })
  })
  expect((await readCluster('edge')).all()).toEqual([])
})

test('tells what kubectl says where the cluster does not answer', async () => {
  writeFileSync(join(folder, 'kubectl'), '#!/bin/sh\necho "error: context \\"edge\\" does not exist" >&2; exit 1\n')
  chmodSync(join(folder, 'kubectl'), 0o755)
  await expect(readCluster('edge')).rejects.toMatchObject({
    exitCode: 3,
    code: 'COMMAND_FAILED',
    message: expect.stringContaining('context "edge" does not exist')
  })
})
