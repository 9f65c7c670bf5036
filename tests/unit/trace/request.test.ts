import { expect, test } from '@jest/globals'
import { Failure } from '../../../src/failure.ts'
import { canBeSent, readRequest, type TraceRequest } from '../../../src/trace/index.ts'

const url = 'https://shop.example.com/orders'

test.each<[TraceRequest, string | undefined]>([
  [{ url }, undefined],
  [{ url: `${url}?a=%20b`, method: 'PURGE', client: '2001:db8::1' }, undefined],
  [{ url: `${url}?a=b c` }, 'URL_MALFORMED'],
  [{ url: 'ftp://shop.example.com/' }, 'URL_MALFORMED'],
  [{ url, method: 'GET IT' }, 'METHOD_MALFORMED'],
  [{ url, client: '10.0.0.0/8' }, 'CLIENT_MALFORMED']
])('%j can be sent where reading it does not end with %s', (request, code) => {
  expect(canBeSent(request)).toBe(code === undefined)
  if (code === undefined) {
    expect(readRequest(request).host).toBe('shop.example.com')
    return
  }
  expect(() => readRequest(request)).toThrow(Failure)
  expect(() => readRequest(request)).toThrow(expect.objectContaining({ code }))
})
