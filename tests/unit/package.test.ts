import { existsSync, globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'

const root = new URL('../../', import.meta.url)
const {
  exports: doors,
  bin,
  files,
  ...fields
} = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  exports: Record<string, string | Record<string, string>>
  bin: Record<string, string>
  files: string[]
  dependencies?: Record<string, string>
}

describe('the package', () => {
  const declared = Object.values(doors).flatMap(door => (typeof door === 'string' ? [] : [door.types ?? '']))

  test.each(declared)('%s is made of a source', path => {
    const source = path.startsWith('./dist/types/')
      ? path.replace('./dist/types/', 'src/').replace(/\.d\.ts$/, '.ts')
      : path.replace('./dist/', 'scripts/build/doors/')
    expect([source, existsSync(new URL(source, root))]).toEqual([source, true])
  })

  test('what is not built is published as it is', () => {
    for (const path of Object.values(bin)) {
      expect(files).toContain(path)
    }
    for (const pattern of files.filter(name => name !== 'dist').map(name => name.replace(/^!/, ''))) {
      expect([pattern, globSync(pattern, { cwd: fileURLToPath(root) }).length > 0]).toEqual([pattern, true])
    }
  })

  test('installs nothing beside itself', () => {
    expect(fields.dependencies).toBeUndefined()
  })

  test.each(['repository', 'homepage', 'bugs', 'keywords', 'license'])('says its %s', field => {
    expect(fields).toHaveProperty(field)
  })
})
