import { describe, expect, it } from '@jest/globals'
import { distinguishedName } from '../../../../src/load-balancer/tls/client-certificate.ts'

describe('a distinguished name', () => {
  it.each<[name: string, lines: string, text: string]>([
    ['begins with the most specific part', 'C=CZ\nO=Edge\nCN=ada', 'CN=ada,O=Edge,C=CZ'],
    ['keeps what is escaped', 'O=a\\, b\nCN=x\\0D\\0Ay', 'CN=x\\0D\\0Ay,O=a\\, b'],
    ['has the bytes of other letters escaped', 'CN=x\u010d\u010aX-Admin: true', 'CN=x\\C4\\8D\\C4\\8AX-Admin: true'],
    ['of parts with several values joins them by a plus', 'O=Edge + OU=One\nCN=ada', 'CN=ada,O=Edge+OU=One']
  ])('%s', (_name, lines, text) => expect(distinguishedName(lines)).toBe(text))
})
