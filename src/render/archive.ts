/**
 * One file out of an archive, by Node's own zlib. The archives are known byte for byte by their digests before they come here, so
 * that nothing of the formats is needed but what those archives use: no links, no long names, no Zip64.
 *
 * @module
 */

import { gunzipSync, inflateRawSync } from 'node:zlib'

/** Tar is a row of blocks: a header, then the file's own. */
const blockSize = 512

function textAt(archive: Buffer, start: number, length: number): string {
  return archive.toString('latin1', start, start + length).split(/[\0 ]/, 1)[0]!
}

/**
 * A file of a gzipped tar.
 *
 * @throws Error where there is none of that path.
 */
export function readTarFile(gzipped: Buffer, path: string): Buffer {
  const archive = gunzipSync(gzipped)
  for (let start = 0; start + blockSize <= archive.length; ) {
    const size = Number.parseInt(textAt(archive, start + 124, 12) || '0', 8)
    const content = start + blockSize
    if (textAt(archive, start, 100) === path) {
      return archive.subarray(content, content + size)
    }
    start = content + Math.ceil(size / blockSize) * blockSize
  }
  throw new Error(`no ${path} in the archive`)
}

/** The signatures of what a zip ends with, and of an entry of its directory. */
const directoryEnd = Buffer.from('PK\x05\x06', 'latin1')
const directoryEntry = 0x02014b50
const deflated = 8

/**
 * A file of a zip, found by the directory at its end.
 *
 * @throws Error where there is none of that path.
 */
export function readZipFile(archive: Buffer, path: string): Buffer {
  const end = archive.lastIndexOf(directoryEnd)
  let entry = end < 0 ? archive.length : archive.readUInt32LE(end + 16)
  while (entry + 46 <= archive.length && archive.readUInt32LE(entry) === directoryEntry) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map(at => archive.readUInt16LE(entry + at)) as [
      number,
      number,
      number
    ]
    if (archive.toString('utf8', entry + 46, entry + 46 + nameLength) === path) {
      const local = archive.readUInt32LE(entry + 42)
      // The local header's name and extra field have lengths of their own.
      const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
      const content = archive.subarray(start, start + archive.readUInt32LE(entry + 20))
      return archive.readUInt16LE(entry + 10) === deflated ? inflateRawSync(content) : content
    }
    entry += 46 + nameLength + extraLength + commentLength
  }
  throw new Error(`no ${path} in the archive`)
}
