import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'

const root = new URL('../../', import.meta.url)
const {
  exports: doors,
  bin,
  files
} = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  exports: Record<string, string | Record<string, string>>
  bin: Record<string, string>
  files: string[]
}

describe('the package', () => {
  const compiled = Object.values(doors).flatMap(door => (typeof door === 'string' ? [] : Object.values(door)))

  test.each(compiled)('%s is compiled of a source', path => {
    const source = path.replace(/^\.\/dist\//, 'src/').replace(/(\.d)?\.[jt]s$/, '.ts')
    expect([source, existsSync(new URL(source, root))]).toEqual([source, true])
  })

  test('what is not compiled is published as it is', () => {
    for (const path of Object.values(bin)) {
      expect(files).toContain(path.split('/')[0])
    }
    for (const folder of files.filter(name => name !== 'dist')) {
      expect(existsSync(new URL(folder, root))).toBe(true)
    }
  })
})
