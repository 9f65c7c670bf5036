import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Api } from '../../../src/controller/api.ts'
import { FakeApiServer } from './fake-api-server.ts'

let folder: string
let before: NodeJS.ProcessEnv

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'))
  before = { ...process.env }
  process.env.HOME = folder
  delete process.env.KUBECONFIG
})

afterEach(() => {
  process.env = before
  rmSync(folder, { recursive: true, force: true })
})

function write(content: string): string {
  const file = join(folder, 'kubeconfig')
  writeFileSync(file, content)
  return file
}

describe('a kubeconfig that leads nowhere', () => {
  test('none at all', async () => {
    await expect(Api.of()).rejects.toMatchObject({ exitCode: 3, code: 'KUBECONFIG_MISSING' })
  })

  test('a file that is not there', async () => {
    const file = join(folder, 'nosuch')
    await expect(Api.of({ file })).rejects.toMatchObject({
      exitCode: 2,
      code: 'KUBECONFIG_UNREADABLE',
      findings: [{ file, path: '--kubeconfig' }]
    })
  })

  test('a file that is no YAML', async () => {
    await expect(Api.of({ file: write('{') })).rejects.toMatchObject({ exitCode: 2, code: 'KUBECONFIG_UNREADABLE' })
  })

  test('a context that it does not have, with those that it has', async () => {
    const server = new FakeApiServer()
    await server.start()
    await expect(Api.of({ file: server.kubeconfig, context: 'nosuch' })).rejects.toMatchObject({
      exitCode: 2,
      code: 'CONTEXT_UNKNOWN',
      findings: [{ expected: 'fake', actual: 'nosuch' }]
    })
    await server.close()
  })

  test('no cluster in it', async () => {
    const file = write('{"apiVersion": "v1", "kind": "Config"}')
    await expect(Api.of({ file })).rejects.toMatchObject({ exitCode: 3, code: 'CLUSTER_MISSING' })
  })
})

describe('requests', () => {
  test('fail with the API server’s own words; one without an answer has status 0', async () => {
    const server = new FakeApiServer()
    await server.start()
    const api = await Api.of({ file: server.kubeconfig })
    await expect(api.get('/api/v1/namespaces/shop/pods/web')).rejects.toMatchObject({
      status: 404,
      message: 'pods "web" not found'
    })
    await server.close()
    await expect(api.get('/version')).rejects.toMatchObject({ name: 'ApiError', status: 0 })
  })
})

describe('requests', () => {
  let server: FakeApiServer
  let api: Api

  beforeEach(async () => {
    server = new FakeApiServer()
    await server.start()
    api = await Api.of({ file: server.kubeconfig })
  })

  afterEach(() => server.close())

  test('one after another share connections', async () => {
    for (let count = 0; count < 20; count++) {
      await api.get('/version')
    }
    expect(server.connections).toBeLessThan(5)
  })

  test('many at once wait in line, and each is answered', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => api.get<{ major: string }>('/version')))
    expect(answers.map(({ major }) => major)).toEqual(Array.from({ length: 100 }, () => '1'))
    expect(server.connections).toBeLessThan(50)
  })

  test('a refused one leaves its place to the next', async () => {
    const refused = Array.from({ length: 40 }, () => api.get('/nosuch').catch(({ status }) => status))
    expect(new Set(await Promise.all(refused))).toEqual(new Set([404]))
    expect(await api.get('/version')).toMatchObject({ major: '1' })
  })
})
