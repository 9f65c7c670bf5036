import { describe, expect, it } from '@jest/globals'
import { webACLFinder } from '../../../src/cluster/web-acls.ts'
import type { WebACLRequest } from '../../../src/elbv2/index.ts'
import { parseEnvironment } from '../../../src/model/index.ts'

const webACLARN = 'arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/edge/1'

function file(statement: string): string {
  return `webACLs:
- name: edge
  arn: ${webACLARN}
  rules:
  - name: no-admin
    action: block
    statement: ${statement}
`
}

const request: WebACLRequest = { method: 'GET', path: '/admin', query: '', headers: [], sourceAddress: '127.0.0.1' }

describe('a web ACL of aws.yaml', () => {
  it('decides as it is written there', async () => {
    const text = file(
      '{ and: [{ not: { ipSet: [10.0.0.0/8] } }, { byteMatch: { field: uriPath, position: startsWith, value: /admin } }] }'
    )
    const find = webACLFinder(parseEnvironment(text, 'aws.yaml'))
    expect(await find(webACLARN)?.(request)).toEqual({ action: 'block', rule: 'no-admin', counted: [] })
    expect(find('arn:other')).toBeUndefined()
  })

  it.each([
    ['an unknown statement', '{ geoMatch: [DE] }', 'AWS_FILE_UNKNOWN_KEY'],
    ['two statements in one', '{ ipSet: [], or: [] }', 'AWS_FILE_WRONG_VALUE'],
    ['a field that is none', '{ byteMatch: { field: body, position: contains, value: x } }', 'AWS_FILE_WRONG_VALUE']
  ])('%s is refused by the schema', (_name, statement, code) => {
    expect(() => parseEnvironment(file(statement), 'aws.yaml')).toThrow(
      expect.objectContaining({ findings: expect.arrayContaining([expect.objectContaining({ code })]) })
    )
  })

  it.each([
    ['an expression that is none', "{ regexMatch: { field: uriPath, regex: '(' } }"],
    ['a block that is none', '{ ipSet: [10.0.0.1] }']
  ])('%s is refused when a load balancer takes it', (_name, statement) => {
    const find = webACLFinder(parseEnvironment(file(statement), 'aws.yaml'))
    expect(() => find(webACLARN)).toThrow(
      expect.objectContaining({ findings: [expect.objectContaining({ code: 'WEB_ACL_INVALID', path: 'webACLs' })] })
    )
  })
})
