import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const ivBytes = 12
const tagBytes = 16

/** Bytes that sealing adds. */
const sealBytes = ivBytes + tagBytes

/** What a sealed text is for: one made for something else does not open, though the key is the same. */
export type SealPurpose = 'login' | 'session' | 'stickiness'

/** Encrypts and signs what clients carry for the load balancer. Texts of another one, or of an earlier run, do not open. */
export class Seal {
  readonly #key = randomBytes(32)

  /** Base64 of the sealed bytes. */
  seal(purpose: SealPurpose, content: Buffer): string {
    const iv = randomBytes(ivBytes)
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv).setAAD(Buffer.from(purpose))
    return Buffer.concat([iv, cipher.update(content), cipher.final(), cipher.getAuthTag()]).toString('base64')
  }

  /** What was sealed; undefined for whatever is not exactly as it was. */
  open(purpose: SealPurpose, text: string): Buffer | undefined {
    const bytes = Buffer.from(text, 'base64')
    // A text that a client has URL-encoded, or cut, is another text.
    if (bytes.length < sealBytes || bytes.toString('base64') !== text) {
      return undefined
    }
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, ivBytes))
    decipher.setAAD(Buffer.from(purpose)).setAuthTag(bytes.subarray(-tagBytes))
    try {
      return Buffer.concat([decipher.update(bytes.subarray(ivBytes, -tagBytes)), decipher.final()])
    } catch {
      return undefined
    }
  }
}
