import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { crc32, deflateRawSync } from 'node:zlib'
import { afterAll, describe, expect, test } from '@jest/globals'
import { create } from 'tar'
import { readTarFile, readZipFile } from '../../../src/render/archive.ts'

const folder = mkdtempSync(join(tmpdir(), 'istio-alb-archive-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Sizes around a block of tar, and one beyond what a window of deflate holds. */
const files: Record<string, Buffer> = {
  'linux-amd64/LICENSE': Buffer.from('free\n'),
  'linux-amd64/empty': Buffer.alloc(0),
  'linux-amd64/block': Buffer.alloc(512, 'b'),
  'linux-amd64/helm': Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * index) % 251)),
  'linux-amd64/helm.sig': Buffer.from('PK\x05\x06 is no end here')
}
const names = Object.keys(files)

for (const [name, content] of Object.entries(files)) {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), content)
}

describe('a gzipped tar', () => {
  const file = join(folder, 'archive.tgz')
  create({ file, gzip: true, cwd: folder, sync: true, portable: true }, ['linux-amd64'])
  const archive = readFileSync(file)

  test.each(names)('holds %s', name => {
    expect(readTarFile(archive, name).equals(files[name]!)).toBe(true)
  })

  test.each(['helm', 'linux-amd64/hel', 'linux-amd64/helm2'])('holds no %j', name => {
    expect(() => readTarFile(archive, name)).toThrow(`no ${name} in the archive`)
  })
})

interface ZipEntry {
  name: string
  content: Buffer
  method: 0 | 8
  extra?: string
  comment?: string
}

/** A zip as APPNOTE.TXT draws it; `streamed` leaves the sizes out of the local headers, as a zip to a pipe has it. */
function zip(entries: ZipEntry[], { streamed = false, comment = '' } = {}): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, content, method, extra = '', comment: note = '' } of entries) {
    const data = method === 8 ? deflateRawSync(content) : content
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(streamed ? 8 : 0, 2)
    common.writeUInt16LE(method, 4)
    common.writeUInt32LE(crc32(content), 10)
    common.writeUInt32LE(data.length, 14)
    common.writeUInt32LE(content.length, 18)
    common.writeUInt16LE(name.length, 22)
    common.writeUInt16LE(extra.length, 24)
    const local = Buffer.from(common)
    if (streamed) {
      local.fill(0, 10, 22)
    }
    // A local extra field is often longer than the directory's.
    const localExtra = `${extra}${extra}`
    local.writeUInt16LE(localExtra.length, 24)
    const header = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), local, Buffer.from(name + localExtra)])
    const rest = Buffer.alloc(14)
    rest.writeUInt16LE(note.length, 0)
    rest.writeUInt32LE(offset, 10)
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, rest, Buffer.from(name + extra + note))
    parts.push(header, data)
    offset += header.length + data.length
  }
  const index = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(entries.length, 4)
  end.writeUInt16LE(entries.length, 6)
  end.writeUInt32LE(index.length, 8)
  end.writeUInt32LE(offset, 12)
  end.writeUInt16LE(comment.length, 16)
  return Buffer.concat([...parts, index, Buffer.from('PK\x05\x06', 'latin1'), end, Buffer.from(comment)])
}

describe.each([
  { title: 'deflated', method: 8, streamed: false },
  { title: 'stored', method: 0, streamed: false },
  { title: 'streamed', method: 8, streamed: true }
] as const)('a zip, $title', ({ method, streamed }) => {
  const archive = zip(
    names.map((name, index) => ({
      name,
      content: files[name]!,
      method,
      extra: 'e'.repeat(index * 4),
      comment: 'note'
    })),
    { streamed, comment: 'made for a test' }
  )

  test.each(names)('holds %s', name => {
    expect(readZipFile(archive, name).equals(files[name]!)).toBe(true)
  })

  test.each(['helm', 'linux-amd64/hel', ''])('holds no %j', name => {
    expect(() => readZipFile(archive, name)).toThrow(`no ${name} in the archive`)
  })
})

test('what is no zip holds nothing', () => {
  expect(() => readZipFile(Buffer.from('<html>not found</html>'), 'helm')).toThrow('no helm in the archive')
})
