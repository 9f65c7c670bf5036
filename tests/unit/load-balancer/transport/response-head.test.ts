import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  parseResponse,
  ResponseHeadReader,
  responseHeadLimit
} from '../../../../src/load-balancer/transport/response-head.ts'

function head(...lines: string[]): string {
  return `${lines.join('\r\n')}\r\n\r\n`
}

describe('where the body of a response ends', () => {
  it.each<{ name: string; lines: string[]; method?: string; length: unknown; keepsAlive: boolean }>([
    { name: 'by its length', lines: ['HTTP/1.1 200 OK', 'Content-Length: 5'], length: 5, keepsAlive: true },
    {
      name: 'by equal lengths',
      lines: ['HTTP/1.1 200 OK', 'Content-Length: 5', 'content-length: 5'],
      length: 5,
      keepsAlive: true
    },
    {
      name: 'by chunks, whatever the length says',
      lines: ['HTTP/1.1 200 OK', 'Content-Length: 5', 'Transfer-Encoding: Chunked'],
      length: 'chunked',
      keepsAlive: true
    },
    { name: 'with the connection', lines: ['HTTP/1.1 200 OK'], length: 'until-close', keepsAlive: true },
    {
      name: 'at once for HEAD',
      lines: ['HTTP/1.1 200 OK', 'Content-Length: 5'],
      method: 'HEAD',
      length: 0,
      keepsAlive: true
    },
    { name: 'at once for 204', lines: ['HTTP/1.1 204 No Content'], length: 0, keepsAlive: true },
    { name: 'at once for 304', lines: ['HTTP/1.1 304 Not Modified', 'Content-Length: 9'], length: 0, keepsAlive: true },
    { name: 'at once for 103', lines: ['HTTP/1.1 103 Early Hints', 'Link: </a>'], length: 0, keepsAlive: true },
    {
      name: 'and the connection with it',
      lines: ['HTTP/1.1 200 OK', 'Content-Length: 0', 'Connection: Close'],
      length: 0,
      keepsAlive: false
    },
    { name: 'and HTTP/1.0 with it', lines: ['HTTP/1.0 200 OK', 'Content-Length: 0'], length: 0, keepsAlive: false },
    {
      name: 'and HTTP/1.0 stays on demand',
      lines: ['HTTP/1.0 200 OK', 'Content-Length: 0', 'Connection: keep-alive'],
      length: 0,
      keepsAlive: true
    }
  ])('$name', ({ lines, method = 'GET', length, keepsAlive }) => {
    expect(parseResponse(head(...lines), method)).toMatchObject({ length, keepsAlive })
  })
})

describe('a response that gives 502', () => {
  it.each([
    ['another protocol', ['SSH-2.0-OpenSSH_9.2']],
    ['another version', ['HTTP/2.0 200 OK']],
    ['no status', ['HTTP/1.1']],
    ['a status of two digits', ['HTTP/1.1 20 OK']],
    ['a status below 100', ['HTTP/1.1 099 Low']],
    ['a header without a colon', ['HTTP/1.1 200 OK', 'Content-Type']],
    ['a header without a name', ['HTTP/1.1 200 OK', ': text']],
    ['a space before the colon', ['HTTP/1.1 200 OK', 'Content-Length : 5']],
    ['a continued line', ['HTTP/1.1 200 OK', 'X-Long: a', ' b']],
    ['a zero byte', ['HTTP/1.1 200 OK', 'X-Zero: a\0b']],
    ['a bare carriage return', ['HTTP/1.1 200 OK', 'X-Bare: a\rSet-Cookie: b=c']],
    ['two lengths', ['HTTP/1.1 200 OK', 'Content-Length: 5', 'Content-Length: 6']],
    ['a length that is no number', ['HTTP/1.1 200 OK', 'Content-Length: +5']],
    ['a coding that is not chunked', ['HTTP/1.1 200 OK', 'Transfer-Encoding: gzip']],
    ['chunked under another coding', ['HTTP/1.1 200 OK', 'Transfer-Encoding: gzip, chunked']],
    ['chunked twice', ['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']]
  ])('%s', (_name, lines) => {
    expect(() => parseResponse(head(...lines), 'GET')).toThrow(
      expect.objectContaining({ status: 502, message: expect.stringContaining('malformed response') })
    )
  })

  it('a head of more than 32K, as soon as it is', () => {
    const reader = new ResponseHeadReader()
    expect(reader.push(Buffer.from(`HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(responseHeadLimit - 50)}`))).toBeUndefined()
    expect(() => reader.push(Buffer.from('x'.repeat(50)))).toThrow('longer than 32K')
  })

  it('bytes that cannot become a head, without waiting for its end', () => {
    expect(() => new ResponseHeadReader().push(Buffer.from('220 smtp ready\r\n'))).toThrow('malformed')
  })
})

describe('a head on the wire', () => {
  it('keeps order, spelling and empty values', () => {
    const { response } = parseResponse(head('HTTP/1.1 200', 'x-B:1', 'X-a:  two ', 'X-Empty:'), 'GET')
    expect(response).toEqual({
      status: 200,
      reason: '',
      headers: [
        ['x-B', '1'],
        ['X-a', 'two'],
        ['X-Empty', '']
      ]
    })
  })

  it('may end its lines with LF alone', () => {
    const reader = new ResponseHeadReader()
    const { text, rest } = reader.push(Buffer.from('HTTP/1.1 200 OK\nContent-Length: 2\n\nok'))!
    expect(parseResponse(text, 'GET')).toMatchObject({ length: 2, response: { headers: [['Content-Length', '2']] } })
    expect(rest.toString()).toBe('ok')
  })

  it('reads the same wherever it is cut', () => {
    const bytes = Buffer.from(
      `${head('HTTP/1.1 200 OK', 'Content-Type: text/plain', 'Content-Length: 11')}hello\n\nworld`
    )
    const end = bytes.indexOf('\r\n\r\n') + 4
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 8 }), cuts => {
        const reader = new ResponseHeadReader()
        let from = 0
        for (const to of [...cuts.sort((a, b) => a - b), bytes.length]) {
          const read = reader.push(bytes.subarray(from, to))
          from = to
          if (!read) {
            continue
          }
          expect(Buffer.byteLength(read.text, 'latin1')).toBe(end)
          expect(read.rest).toEqual(bytes.subarray(end, to))
          return
        }
        throw new Error('the head was never complete')
      })
    )
  })
})
