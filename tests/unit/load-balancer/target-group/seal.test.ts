import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Seal, type SealPurpose } from '../../../../src/load-balancer/target-group/seal.ts'

const purposes: SealPurpose[] = ['login', 'session', 'stickiness']

describe('what is sealed', () => {
  it('opens for what it was made for, and for nothing else', () => {
    const seal = new Seal()
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.constantFrom(...purposes),
        fc.constantFrom(...purposes),
        (content, made, used) => {
          const opened = seal.open(used, seal.seal(made, Buffer.from(content)))
          expect(opened).toEqual(made === used ? Buffer.from(content) : undefined)
        }
      )
    )
  })
})
