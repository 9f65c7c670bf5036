import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { execa } from 'execa'
import { extract, list } from 'tar'
import { parse } from 'yaml'
import { packageChart } from '../../../scripts/chart/package.ts'
import { findHelm, ownChart, renderChart } from '../../../src/render/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'istio-alb-package-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Helm's own folders, so that nobody's repositories are touched. */
const env = {
  HELM_CACHE_HOME: join(folder, 'cache'),
  HELM_CONFIG_HOME: join(folder, 'config'),
  HELM_DATA_HOME: join(folder, 'data')
}
const { command } = await findHelm()
function helm(...arguments_: string[]) {
  return execa(command, arguments_, { env })
}
async function found(tool: string, ...arguments_: string[]): Promise<boolean> {
  return !(await execa(tool, arguments_, { reject: false })).failed
}
const registry = await found('registry', '--version')
const article = join(ownChart, 'ci', 'article-values.yaml')
async function template(...chart: string[]): Promise<string> {
  return `${(await helm('template', 'edge', ...chart, '--namespace', 'istio-system', '--values', article, '--skip-tests')).stdout}\n`
}

function packed(name: string): string {
  const destination = join(folder, name)
  mkdirSync(destination)
  return destination
}

test('the same content makes the same bytes, whenever its files were touched', async () => {
  const copy = join(folder, 'istio-alb-ingress')
  cpSync(ownChart, copy, { recursive: true })
  const one = await packageChart({ destination: packed('one') })
  const other = await packageChart({ chart: copy, destination: packed('other') })
  expect(readFileSync(other).equals(readFileSync(one))).toBe(true)
  await packageChart({ chart: copy, destination: packed('later'), epoch: 1_700_000_000 })
  expect(readFileSync(join(folder, 'later', basename(one))).equals(readFileSync(one))).toBe(false)
})

test('the package holds what an install needs, and renders as the folder does', async () => {
  const file = await packageChart({ destination: packed('content') })
  const names: string[] = []
  await extract({ file, cwd: packed('extracted'), onReadEntry: ({ path }) => names.push(path) })
  const inside = names.map(name => name.replace('istio-alb-ingress/', ''))
  for (const name of [
    'Chart.yaml',
    'values.yaml',
    'values.schema.json',
    'files/values.schema.json',
    'README.md',
    'LICENSE'
  ]) {
    expect(inside).toContain(name)
  }
  expect(inside.filter(name => name.startsWith('ci/'))).toEqual([])
  expect(await template(file)).toBe(await renderChart({ values: [article] }))
})

test('a version that was released stays as it was: what changes the chart gives it another', async () => {
  const releases = fileURLToPath(new URL('../../releases', import.meta.url))
  async function contentOf(file: string): Promise<Record<string, string>> {
    const content: Record<string, string> = {}
    await list({
      file,
      onReadEntry: entry => {
        content[entry.path] = ''
        entry.on('data', data => {
          content[entry.path] += data.toString()
        })
      }
    })
    return content
  }
  expect(readdirSync(releases)).not.toEqual([])
  const { version } = parse(readFileSync(join(ownChart, 'Chart.yaml'), 'utf8')) as { version: string }
  const released = join(releases, `istio-alb-ingress-${version}.tgz`)
  if (!existsSync(released)) {
    return
  }
  expect(await contentOf(await packageChart({ destination: packed('released') }))).toEqual(await contentOf(released))
})

test('Artifact Hub finds its annotations as text, and the changes of this version', () => {
  const { version, annotations } = parse(readFileSync(join(ownChart, 'Chart.yaml'), 'utf8')) as {
    version: string
    annotations: Record<string, string>
  }
  for (const value of Object.values(annotations)) {
    expect(typeof value).toBe('string')
  }
  expect(annotations).toMatchObject({ 'artifacthub.io/category': 'networking', 'artifacthub.io/license': 'Apache-2.0' })
  const kinds = ['added', 'changed', 'deprecated', 'removed', 'fixed', 'security']
  const changes = parse(annotations['artifacthub.io/changes']!) as { kind: string; description: string }[]
  for (const { kind } of changes) {
    expect(kinds).toContain(kind)
  }
  const log = readFileSync(join(ownChart, 'CHANGELOG.md'), 'utf8')
  const [, section] = new RegExp(`## ${version.replaceAll('.', '\\.')}\n([\\s\\S]*?)(?=\n## |$)`).exec(log)!
  for (const { description } of changes) {
    expect(section!.replaceAll(/\s+/g, ' ')).toContain(description)
  }
})

describe('served', () => {
  let server: Server
  let url: string
  beforeAll(async () => {
    const repository = packed('repository')
    await packageChart({ destination: repository })
    await helm('repo', 'index', repository)
    server = createServer((request, response) => {
      try {
        response.end(readFileSync(join(repository, basename(request.url!))))
      } catch {
        response.writeHead(404).end()
      }
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }, 30_000)
  afterAll(() => {
    server.close()
  })

  test('from an index over HTTP', async () => {
    await helm('repo', 'add', 'edges', url)
    const { stdout } = await helm('search', 'repo', 'edges/', '--output', 'json')
    expect(JSON.parse(stdout)).toMatchObject([{ name: 'edges/istio-alb-ingress' }])
    expect(await template('edges/istio-alb-ingress')).toBe(await renderChart({ values: [article] }))
  }, 30_000)

  const skip = ' (skipped: go install github.com/distribution/distribution/v3/cmd/registry@v3.1.2)'
  ;(registry ? test : test.skip)(
    `from an OCI registry, by version and by digest${registry ? '' : skip}`,
    async () => {
      // Below the ports that Linux gives to connections (32768 and up), any of which may be taken.
      const port = 20_000 + (process.pid % 10_000)
      const configuration = join(folder, 'registry.yml')
      writeFileSync(
        configuration,
        `version: 0.1\nstorage: { filesystem: { rootdirectory: ${join(folder, 'registry')} } }\nhttp: { addr: "127.0.0.1:${port}" }\n`
      )
      const running = execa('registry', ['serve', configuration], { reject: false, buffer: false })
      const lines = createInterface({ input: running.stderr! })
      try {
        // It says when it listens.
        await new Promise<void>(resolve => {
          lines.on('line', line => line.includes('listening on') && resolve())
        })
        const file = await packageChart({ destination: packed('pushed') })
        const target = `oci://127.0.0.1:${port}/charts`
        const { stdout, stderr } = await helm('push', file, target, '--plain-http')
        const digest = /Digest: (sha256:[0-9a-f]{64})/.exec(`${stdout}\n${stderr}`)![1]!
        const expected = await renderChart({ values: [article] })
        const { version } = parse(readFileSync(join(ownChart, 'Chart.yaml'), 'utf8')) as { version: string }
        const chart = `${target}/istio-alb-ingress`
        expect(await template(chart, '--version', version, '--plain-http')).toContain(expected)
        expect(await template(`${chart}@${digest}`, '--plain-http')).toContain(expected)
      } finally {
        running.kill()
        await running
      }
    },
    60_000
  )
})

const signs = await found('gpg', '--version')
;(signs ? test : test.skip)(
  `signed and verified; one byte more is refused${signs ? '' : ' (skipped: install gnupg)'}`,
  async () => {
    const home = packed('gnupg')
    function gpg(...arguments_: string[]) {
      return execa('gpg', [
        '--homedir',
        home,
        '--batch',
        '--yes',
        '--passphrase',
        '',
        '--pinentry-mode',
        'loopback',
        ...arguments_
      ])
    }
    const key = 'edge@example.com'
    try {
      await gpg('--quick-generate-key', key, 'rsa2048', 'sign', 'never')
      const [secret, open] = [join(home, 'secring.gpg'), join(home, 'pubring.gpg')]
      await gpg('--output', secret, '--export-secret-keys', key)
      await gpg('--output', open, '--export', key)
      const file = await packageChart({ destination: packed('signed'), sign: { key, keyring: secret } })
      const { stdout } = await helm('verify', file, '--keyring', open)
      expect(stdout).toMatch(/Signed by: edge@example\.com[\s\S]*Chart Hash Verified: sha256:/)
      writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from([0])]))
      await expect(helm('verify', file, '--keyring', open)).rejects.toThrow(/sha256/i)
    } finally {
      await execa('gpgconf', ['--homedir', home, '--kill', 'all'], { reject: false })
    }
  },
  60_000
)
