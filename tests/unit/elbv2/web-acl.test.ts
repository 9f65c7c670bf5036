import { describe, expect, it } from '@jest/globals'
import { compileWebACL, type WebACLRequest } from '../../../src/elbv2/index.ts'
import type { WebACLStatement } from '../../../src/model/index.ts'
import { forwardTo, path, respond, type StackSketch, stackOf, useRigs } from '../load-balancer/rig.ts'

const { start, startTarget } = useRigs()

const request: WebACLRequest = {
  method: 'POST',
  path: '/Admin/users',
  query: 'id=1&drop=table',
  headers: [
    ['User-Agent', 'BadBot/1.0'],
    ['X-Twice', 'a'],
    ['x-twice', 'b']
  ],
  sourceAddress: '10.1.2.3'
}

function byte(
  field: NonNullable<WebACLStatement['byteMatch']>['field'],
  position: 'exactly' | 'startsWith' | 'endsWith' | 'contains',
  value: string,
  lowercase = false
): WebACLStatement {
  return {
    byteMatch: { field, position, value, lowercase }
  }
}

describe('statements', () => {
  it.each<[string, WebACLStatement, boolean]>([
    ['the beginning of the path', byte('uriPath', 'startsWith', '/Admin'), true],
    ['which has its case', byte('uriPath', 'startsWith', '/admin'), false],
    ['unless it is taken away', byte('uriPath', 'startsWith', '/admin', true), true],
    ['the end of the query', byte('queryString', 'endsWith', 'table'), true],
    ['the whole method', byte('method', 'exactly', 'POS'), false],
    ['a part of a header', byte({ header: 'user-agent' }, 'contains', 'Bot'), true],
    ['any of a header’s values', byte({ header: 'X-Twice' }, 'exactly', 'b'), true],
    ['a header that is not there', byte({ header: 'cookie' }, 'contains', ''), false],
    ['a regular expression', { regexMatch: { field: 'queryString', regex: 'id=[0-9]+' } }, true],
    ['an address in a block', { ipSet: ['192.168.0.0/16', '10.0.0.0/8'] }, true],
    ['an address outside', { ipSet: ['10.2.0.0/16', '::/0'] }, false],
    ['not', { not: { ipSet: ['10.0.0.0/8'] } }, false],
    ['and', { and: [byte('method', 'exactly', 'POST'), byte('uriPath', 'contains', 'nothing')] }, false],
    ['or', { or: [byte('method', 'exactly', 'POST'), byte('uriPath', 'contains', 'nothing')] }, true]
  ])('%s', async (_name, statement, matches) => {
    const webACL = compileWebACL({ rules: [{ name: 'rule', action: 'block', statement }] })
    expect(await webACL(request)).toEqual(
      matches ? { action: 'block', rule: 'rule', counted: [] } : { action: 'allow', counted: [] }
    )
  })

  it.each<[string, WebACLStatement, string]>([
    ['none', {}, 'exactly one of'],
    ['two', { ipSet: [], not: { ipSet: [] } }, 'exactly one of'],
    ['no block', { ipSet: ['10.0.0.1'] }, "'10.0.0.1', which is no CIDR block"],
    ['no expression', { regexMatch: { field: 'uriPath', regex: '(' } }, 'invalid regular expression'],
    ['no position', byte('uriPath', 'within' as never, 'x'), "no position 'within'"]
  ])('%s is refused', (_name, statement, message) => {
    expect(() => compileWebACL({ rules: [{ name: 'rule', action: 'block', statement }] })).toThrow(
      new RegExp(message.replace('(', '\\('))
    )
  })
})

describe('rules', () => {
  const all: WebACLStatement = { ipSet: ['0.0.0.0/0'] }

  it('count and go on; the first other one decides', async () => {
    const webACL = compileWebACL({
      rules: [
        { name: 'one', action: 'count', statement: all },
        { name: 'two', action: 'allow', statement: all },
        { name: 'three', action: 'block', statement: all }
      ],
      defaultAction: 'block'
    })
    expect(await webACL(request)).toEqual({ action: 'allow', rule: 'two', counted: ['one'] })
  })

  it('leave the rest to the default action', async () => {
    expect(await compileWebACL({ defaultAction: 'block' })(request)).toEqual({ action: 'block', counted: [] })
  })
})

describe('a load balancer with a web ACL', () => {
  const Arn = 'arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/edge/1'
  function guarded(sketch: StackSketch) {
    const stack = stackOf(sketch)
    stack.resources['AWS::WAFv2::WebACLAssociation'] = { edge: { spec: { resourceARN: 'arn:lb', webACLARN: Arn } } }
    return stack
  }

  async function edge(
    definition: Parameters<typeof compileWebACL>[0] | undefined,
    attributes: Record<string, string> = {}
  ) {
    const target = await startTarget()
    const sketch: StackSketch = {
      listeners: [
        {
          port: 80,
          rules: [{ conditions: [path('/admin/*')], actions: [respond('200', 'admin')] }],
          defaultActions: [forwardTo('app')]
        }
      ],
      targetGroups: { app: {} },
      attributes
    }
    const webACL = definition && compileWebACL(definition)
    const rig = await start({ listeners: [] }, {}, { webACLFor: arn => (arn === Arn ? webACL : undefined) })
    await rig.loadBalancer.apply(guarded(sketch), new Map([['app', [target.target()]]]))
    await rig.check()
    return { rig, target }
  }

  const noAdmin = {
    rules: [{ name: 'no-admin', action: 'block' as const, statement: byte('uriPath', 'startsWith', '/admin') }]
  }

  it('blocks ahead of every rule, with 403', async () => {
    const { rig } = await edge(noAdmin)
    expect(await rig.get(80, '/admin/x')).toMatchObject({ status: 403, body: expect.stringContaining('403 Forbidden') })
    expect(rig.log[0]).toMatch(/ 403 - .* "waf" /)
    expect(rig.requests()[0]?.cause).toBe('the web ACL blocks the request: no-admin')
    expect(rig.loadBalancer.metrics()).toMatch(/^aws_wafv2_blocked_requests_total\{.*rule="no-admin"\} 1$/m)
  })

  it('lets the rest pass, body and all', async () => {
    const { rig, target } = await edge(noAdmin)
    await rig.raw(80, 'POST /a HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello')
    expect(target.seen).toMatchObject([{ method: 'POST', body: 'hello' }])
    expect(rig.log[0]).toContain('"waf,forward"')
  })

  it.each([
    ['500 where the web ACL fails', {}, 500, '"waf-failed"'],
    ['200 where it fails open', { 'waf.fail_open.enabled': 'true' }, 200, '"waf-failed,forward"']
  ])('%s', async (_name, attributes, status, actions) => {
    const { rig } = await edge({ unavailable: true }, attributes)
    expect((await rig.get(80, '/')).status).toBe(status)
    expect(rig.log[0]).toContain(actions)
  })

  it('lets everything pass where nobody knows it', async () => {
    const { rig } = await edge(undefined)
    expect((await rig.get(80, '/admin/x')).status).toBe(200)
  })
})
