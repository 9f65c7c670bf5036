import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { controllerGatewayAPI, gatewayAPI, readDefinitions } from '../../../../src/cluster/kind/definitions.ts'

describe.each([
  {
    definitions: gatewayAPI,
    url: /^https:\/\/raw\.githubusercontent\.com\/kubernetes-sigs\/gateway-api\/v[\d.]+\/config\/crd\/standard\/gateway[\w.]+\.yaml$/
  },
  {
    definitions: controllerGatewayAPI,
    url: /^https:\/\/raw\.githubusercontent\.com\/kubernetes-sigs\/aws-load-balancer-controller\/v[\d.]+\/config\/crd\/gateway\/gateway-crds\.yaml$/
  }
])('the definitions of $definitions.what', ({ definitions, url }) => {
  const { variable, code } = definitions
  const path = 'gateway.provider'
  const before = process.env[variable]
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'definitions-'))
    delete process.env[variable]
  })
  afterEach(() => {
    jest.restoreAllMocks()
    rmSync(folder, { recursive: true, force: true })
    if (before === undefined) {
      delete process.env[variable]
    } else {
      process.env[variable] = before
    }
  })

  test('are the YAML files of the folder that is named', async () => {
    writeFileSync(join(folder, 'gateways.yaml'), 'kind: One')
    writeFileSync(join(folder, 'routes.yaml'), 'kind: Other')
    writeFileSync(join(folder, 'README.md'), 'no definition')
    process.env[variable] = folder
    expect(await readDefinitions(definitions, path)).toBe('kind: One\n---\nkind: Other')
  })

  test.each([
    ['is empty', ''],
    ['is not there', 'nosuch']
  ])('a folder that %s is named', async (_, name) => {
    process.env[variable] = join(folder, name)
    await expect(readDefinitions(definitions, path)).rejects.toMatchObject({
      exitCode: 3,
      findings: [
        {
          code,
          path,
          message: expect.stringContaining(join(folder, name)),
          hint: expect.stringContaining(variable)
        }
      ]
    })
  })

  test("come from the project's release without a folder, and are held against their digests", async () => {
    const fetched = jest.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response('kind: Some'))
    const sha256 = createHash('sha256').update('kind: Some').digest('hex')
    const files = Object.fromEntries(Object.keys(definitions.files).map(name => [name, sha256]))
    const text = await readDefinitions({ ...definitions, files }, path)
    expect(text).toBe(Object.keys(files).fill('kind: Some').join('\n---\n'))
    expect(fetched.mock.calls.map(([asked]) => asked)).toEqual(fetched.mock.calls.map(() => expect.stringMatching(url)))
  })

  test('are refused where they are others than those that are pinned', async () => {
    jest.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response('kind: Forged'))
    await expect(readDefinitions(definitions, path)).rejects.toMatchObject({
      exitCode: 3,
      code,
      message: expect.stringMatching(/has the SHA-256 [0-9a-f]{64}, not the pinned [0-9a-f]{64}/)
    })
  })

  test.each([
    ['HTTP 404', () => Promise.resolve(new Response('', { status: 404 }))],
    ['no such host', () => Promise.reject(new TypeError('fetch failed', { cause: new Error('no such host') }))]
  ])('say why they cannot be fetched: %s', async (reason, answer) => {
    jest.spyOn(globalThis, 'fetch').mockImplementation(answer)
    await expect(readDefinitions(definitions, path)).rejects.toMatchObject({
      exitCode: 3,
      code,
      message: expect.stringContaining(reason)
    })
  })

  test('an interruption is no missing definition', async () => {
    const controller = new AbortController()
    jest.spyOn(globalThis, 'fetch').mockImplementation(() => {
      controller.abort(new Error('enough'))
      return Promise.reject(new Error('aborted'))
    })
    await expect(readDefinitions(definitions, path, { signal: controller.signal })).rejects.toThrow('enough')
  })
})
