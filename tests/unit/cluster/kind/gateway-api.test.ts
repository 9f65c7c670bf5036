import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { readGatewayAPI } from '../../../../src/cluster/kind/gateway-api.ts'

describe('the definitions of the Gateway API', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-api-'))
  })
  afterEach(() => {
    jest.restoreAllMocks()
    rmSync(folder, { recursive: true, force: true })
  })

  test('are the YAML files of the folder that is named', async () => {
    writeFileSync(join(folder, 'gateways.yaml'), 'kind: One')
    writeFileSync(join(folder, 'routes.yaml'), 'kind: Other')
    writeFileSync(join(folder, 'README.md'), 'no definition')
    expect(await readGatewayAPI(folder)).toBe('kind: One\n---\nkind: Other')
  })

  test.each([
    ['is empty', ''],
    ['is not there', 'nosuch']
  ])('a folder that %s is named', async (_, name) => {
    await expect(readGatewayAPI(join(folder, name))).rejects.toMatchObject({
      exitCode: 3,
      findings: [
        {
          code: 'GATEWAY_API_MISSING',
          path: 'gateway.provider',
          message: expect.stringContaining(join(folder, name)),
          hint: expect.stringContaining('GATEWAY_API_CRDS')
        }
      ]
    })
  })

  test("come from the project's release without a folder", async () => {
    const fetched = jest.spyOn(globalThis, 'fetch').mockResolvedValue(new Response('kind: CustomResourceDefinition'))
    expect(await readGatewayAPI(undefined)).toBe('kind: CustomResourceDefinition')
    expect(fetched.mock.calls[0]![0]).toMatch(
      /^https:\/\/github\.com\/kubernetes-sigs\/gateway-api\/releases\/download\/v[\d.]+\/standard-install\.yaml$/
    )
  })

  test.each([
    ['HTTP 404', () => Promise.resolve(new Response('', { status: 404 }))],
    ['no such host', () => Promise.reject(new TypeError('fetch failed', { cause: new Error('no such host') }))]
  ])('say why they cannot be fetched: %s', async (reason, answer) => {
    jest.spyOn(globalThis, 'fetch').mockImplementation(answer)
    await expect(readGatewayAPI(undefined)).rejects.toMatchObject({
      exitCode: 3,
      code: 'GATEWAY_API_MISSING',
      message: expect.stringContaining(reason)
    })
  })

  test('an interruption is no missing definition', async () => {
    const controller = new AbortController()
    jest.spyOn(globalThis, 'fetch').mockImplementation(() => {
      controller.abort(new Error('enough'))
      return Promise.reject(new Error('aborted'))
    })
    await expect(readGatewayAPI(undefined, { signal: controller.signal })).rejects.toThrow('enough')
  })
})
