import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { encodeQuery } from '../../../../src/aws/client/query-fields.ts'
import { decodeXML } from '../../../../src/aws/client/xml-answer.ts'
import { brokenConstraints, describeConstraints } from '../../../../src/aws/protocol/constraints.ts'
import { decodeJSON, encodeJSON } from '../../../../src/aws/protocol/json.ts'
import { pageOf } from '../../../../src/aws/protocol/page.ts'
import { decodeQuery } from '../../../../src/aws/protocol/query.ts'
import { ServiceError } from '../../../../src/aws/protocol/service-error.ts'
import { type ServiceName, type ServiceTable, serviceTable } from '../../../../src/aws/protocol/table.ts'
import { encodeXML, encodeXMLError } from '../../../../src/aws/protocol/xml.ts'
import type { Json } from '../client.ts'

/** Any value of a shape. A list is not empty: forms have no word for an empty one inside of another. */
function anyOf(table: ServiceTable, shapeName: string, depth = 0): fc.Arbitrary<Json> {
  const { type, members = {}, member, value } = table.shapes[shapeName]!
  switch (type) {
    case 'structure': {
      const entries = Object.entries(members).filter(([, { shape }]) => depth < 4 || !isNested(table, shape))
      return fc.record(Object.fromEntries(entries.map(([name, { shape }]) => [name, anyOf(table, shape, depth + 1)])), {
        requiredKeys: []
      })
    }
    case 'list':
      return fc.array(anyOf(table, member!.shape, depth + 1).filter(isTold), { minLength: 1, maxLength: 3 })
    case 'map':
      return fc.dictionary(fc.string({ minLength: 1 }), anyOf(table, value!.shape, depth + 1).filter(isTold), {
        minKeys: 1,
        maxKeys: 3,
        noNullPrototype: true
      })
    case 'boolean':
      return fc.boolean()
    case 'integer':
    case 'long':
      return fc.integer()
    case 'timestamp':
      return fc.integer({ min: 0, max: 4e9 }).map(seconds => new Date(seconds * 1000))
    case 'blob':
      return fc.uint8Array().map(bytes => Buffer.from(bytes))
    default:
      return fc.string({ unit: 'binary' }).filter(text => !/[\ud800-\udfff]/.test(text) && !hasControls(text))
  }
}

/** XML 1.0 has no words for most control characters, and readers make one line end of two kinds. */
function hasControls(text: string): boolean {
  return [...text].some(character => character < ' ' || /[\u007f-\u009f\ufffe\uffff]/.test(character))
}

function isNested({ shapes }: ServiceTable, shape: string): boolean {
  return ['structure', 'list', 'map'].includes(shapes[shape]!.type)
}

/** A structure without members leaves no trace in a form. */
function isTold(value: Json): boolean {
  return typeof value !== 'object' || value instanceof Date || Buffer.isBuffer(value)
    ? true
    : Object.values(value).length > 0 && Object.values(value).every(isTold)
}

/** Inputs and outputs with every kind of shape that the services have. */
const inputs: [ServiceName, string][] = [
  ['elbv2', 'CreateRule'],
  ['elbv2', 'CreateLoadBalancer'],
  ['elbv2', 'CreateListener'],
  ['elbv2', 'RegisterTargets'],
  ['ec2', 'AuthorizeSecurityGroupIngress'],
  ['ec2', 'CreateSecurityGroup'],
  ['ec2', 'DescribeSubnets'],
  ['sts', 'AssumeRole']
]

describe('forms', () => {
  test.each(inputs)('%s %s: what a client writes is what is read', (service, action) => {
    const table = serviceTable(service)
    const shape = table.operations[action]!.input!
    fc.assert(
      fc.property(anyOf(table, shape).filter(isTold), value => {
        const fields = encodeQuery(table, shape, value)
        const sent = [...new URLSearchParams(new URLSearchParams(fields).toString())] as [string, string][]
        expect(decodeQuery(table, shape, sent)).toEqual(value)
      }),
      { numRuns: 12 }
    )
  })

  test('lists go by number, whatever is left out', () => {
    const fields: [string, string][] = [
      ['Names.member.10', 'b'],
      ['Names.member.2', 'a'],
      ['Names.member.x', 'c']
    ]
    expect(decodeQuery(serviceTable('elbv2'), 'DescribeLoadBalancersInput', fields)).toEqual({ Names: ['a', 'b'] })
  })

  test.each([
    ['elbv2', 'CreateRuleInput', 'Priority', 'one', 'MalformedInput'],
    ['elbv2', 'ModifyTargetGroupInput', 'HealthCheckEnabled', 'yes', 'MalformedInput'],
    ['ec2', 'DescribeSubnetsRequest', 'MaxResults', '1.5', 'InvalidParameterValue']
  ] as const)('%s %s: a value of another type is refused', (service, shape, name, value, code) => {
    expect(() => decodeQuery(serviceTable(service), shape, [[name, value]])).toThrow(expect.objectContaining({ code }))
  })

  test('names that no object should have are members like others', () => {
    const fields: [string, string][] = [
      ['__proto__.member.1', 'x'],
      ['constructor', 'x']
    ]
    expect(decodeQuery(serviceTable('elbv2'), 'DescribeLoadBalancersInput', fields)).toEqual({})
  })
})

describe('XML', () => {
  test.each([
    ['elbv2', 'DescribeRules'],
    ['elbv2', 'DescribeLoadBalancers'],
    ['elbv2', 'DescribeTargetHealth'],
    ['ec2', 'DescribeSecurityGroups'],
    ['ec2', 'DescribeVpcs'],
    ['sts', 'GetCallerIdentity']
  ] as [ServiceName, string][])('%s %s: what is written is what a client reads', (service, action) => {
    const table = serviceTable(service)
    const { output } = table.operations[action]!
    fc.assert(
      fc.property(anyOf(table, output!), value => {
        expect(decodeXML(table, action, encodeXML(table, action, value, 'id'))).toEqual(value)
      }),
      { numRuns: 8 }
    )
  })

  test('errors have the shape of their service', () => {
    const error = new ServiceError('RuleNotFound', 'no <rule> & "more"')
    expect(encodeXMLError(serviceTable('elbv2'), error, 400, 'id')).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<ErrorResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><Error><Type>Sender</Type><Code>RuleNotFound</Code><Message>no &lt;rule&gt; &amp; &quot;more&quot;</Message></Error><RequestId>id</RequestId></ErrorResponse>'
    )
    expect(encodeXMLError(serviceTable('ec2'), error, 400, 'id')).toContain(
      '<Response><Errors><Error><Code>RuleNotFound</Code>'
    )
    expect(encodeXMLError(serviceTable('elbv2'), error, 500, 'id')).toContain('<Type>Receiver</Type>')
  })
})

describe('JSON 1.1', () => {
  const acm = serviceTable('acm')

  test.each([
    ['no JSON', '{'],
    ['a list for a structure', '[]'],
    ['a number for a text', '{"CertificateArn": 1}'],
    ['a structure for a text', '{"CertificateArn": {}}']
  ])('%s is refused', (_, body) => {
    expect(() => decodeJSON(acm, 'DescribeCertificateRequest', body)).toThrow(
      expect.objectContaining({ code: 'SerializationException' })
    )
  })

  test('null is nothing, and members that nobody knows are passed over', () => {
    expect(decodeJSON(acm, 'DescribeCertificateRequest', '{"CertificateArn": null, "Other": 1}')).toEqual({})
  })

  test('times are seconds, bytes are base64', () => {
    expect(encodeJSON({ at: new Date(1500), bytes: Buffer.from('x'), list: [{ at: new Date(0) }] })).toBe(
      '{"at":1.5,"bytes":"eA==","list":[{"at":0}]}'
    )
  })
})

describe('constraints', () => {
  function told(shape: string, input: object): string {
    return describeConstraints(brokenConstraints(serviceTable('elbv2'), shape, input))
  }

  test('a list of texts is told as a whole', () => {
    expect(told('RemoveTagsInput', { ResourceArns: ['a'], TagKeys: ['ok', ''] })).toBe(
      "1 validation error detected: Value '[ok, ]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$]"
    )
  })

  test('a value that is long is cut short', () => {
    expect(told('AddTagsInput', { ResourceArns: ['a'], Tags: [{ Key: 'k'.repeat(5000) }] }).length).toBeLessThan(1500)
  })

  test('what keeps to the model has none', () => {
    expect(
      brokenConstraints(serviceTable('elbv2'), 'CreateLoadBalancerInput', { Name: 'x', Scheme: 'internal' })
    ).toEqual([])
  })
})

describe('pages', () => {
  test('parts make the whole, each item once', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string()), fc.integer({ min: 1, max: 7 }), (items, size) => {
        const parts: string[] = []
        let token: string | undefined
        do {
          const page = pageOf(items, item => item, { token, size })!
          parts.push(...page.items)
          token = page.next
        } while (token !== undefined)
        expect(parts).toEqual(items)
      })
    )
  })

  test('what is deleted between two parts hides nothing', () => {
    const first = pageOf(['a', 'b', 'c', 'd'], item => item, { token: undefined, size: 2 })!
    expect(pageOf(['a', 'c', 'd'], item => item, { token: first.next, size: 2 })!.items).toEqual(['c', 'd'])
  })

  test.each(['', 'x', Buffer.from('[-1,"a"]').toString('base64'), Buffer.from('{}').toString('base64')])(
    'the token %j is none',
    token => {
      expect(pageOf(['a'], item => item, { token, size: 1 })).toBeUndefined()
    }
  )
})
