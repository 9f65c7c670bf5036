import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { inClusterSteps } from '../../../../src/cluster/kind/in-cluster.ts'
import { FakeTools } from '../fake-tools.ts'

const folder = mkdtempSync(join(tmpdir(), 'istio-alb-in-cluster-'))
const { PATH } = process.env
let tools: FakeTools

/** A kubectl that refuses the first dry runs with this text. */
function putKubectl(times: number, refusal: string): void {
  const file = join(folder, 'kubectl')
  writeFileSync(
    file,
    `#!/bin/sh
case "$*" in
*dry-run*) cat > '${folder}/asked'; echo . >> '${folder}/tries'
  [ $(wc -l < '${folder}/tries') -gt ${times} ] || { echo '${refusal}' >&2; exit 1; } ;;
*apply*) cat > /dev/null ;;
esac
`
  )
  chmodSync(file, 0o755)
}
function tries(): number {
  return readFileSync(join(folder, 'tries'), 'utf8').trim().split('\n').length
}

beforeEach(() => {
  tools = new FakeTools()
  for (const name of ['docker', 'kind']) {
    tools.put(name)
  }
  process.env.PATH = `${folder}${delimiter}${process.env.PATH}`
  rmSync(join(folder, 'tries'), { force: true })
})
afterEach(() => {
  tools.remove()
  process.env.PATH = PATH
})

function install() {
  const ports = { first: 32_080, last: 32_099 }
  const [, step] = inClusterSteps({ cluster: 'one', image: 'controller:local', ports, flags: [] })
  return step!.run(new AbortController().signal)
}

test('the controller is there once the API server reaches its webhooks', async () => {
  putKubectl(2, 'Error: failed calling webhook "vingress.elbv2.k8s.aws": connection refused')
  await install()
  expect(tries()).toBe(3)
  expect(JSON.parse(readFileSync(join(folder, 'asked'), 'utf8')).spec.ingressClassName).toBe('alb')
})

test('another refusal ends the step with its words', async () => {
  putKubectl(9, 'Error: the server is gone')
  await expect(install()).rejects.toThrow('the server is gone')
  expect(tries()).toBe(1)
})
