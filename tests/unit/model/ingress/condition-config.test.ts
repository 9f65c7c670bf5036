import { describe } from '@jest/globals'
import { annotation, type Mistake, own, testMistakes } from '../mistakes.ts'
import { ingress } from '../objects.ts'

function withConditions(conditions: unknown, error: string): Mistake {
  return {
    mistake: `conditions ${JSON.stringify(conditions)}`,
    objects: [ingress({ 'conditions.gw': JSON.stringify(conditions) })],
    error: own(error)
  }
}

describe('mistakes', () => {
  testMistakes([
    ...[
      ['host-header', 'hostHeaderConfig'],
      ['path-pattern', 'pathPatternConfig'],
      ['http-header', 'httpHeaderConfig'],
      ['http-request-method', 'httpRequestMethodConfig'],
      ['query-string', 'queryStringConfig'],
      ['source-ip', 'sourceIPConfig']
    ].map(([field, config]) => withConditions([{ field }], `missing ${config}`)),
    withConditions(
      [{ field: 'host-header', hostHeaderConfig: {} }],
      'invalid hostHeaderConfig: values or regexValues must be specified'
    ),
    withConditions(
      [{ field: 'path-pattern', pathPatternConfig: {} }],
      'invalid pathPatternConfig: values or regexValues must be specified'
    ),
    withConditions(
      [{ field: 'http-header', httpHeaderConfig: { httpHeaderName: 'A', values: ['a'], regexValues: ['b'] } }],
      'invalid httpHeaderConfig: precisely one of values and regexValues can be specified'
    ),
    withConditions(
      [{ field: 'http-request-method', httpRequestMethodConfig: {} }],
      'invalid httpRequestMethodConfig: values cannot be empty'
    ),
    withConditions(
      [{ field: 'query-string', queryStringConfig: {} }],
      'invalid queryStringConfig: Values cannot be empty'
    ),
    withConditions(
      [{ field: 'query-string', queryStringConfig: { values: [{ key: 'a' }] } }],
      'invalid queryStringConfig: value cannot be empty'
    ),
    withConditions(
      [{ field: 'source-ip', sourceIPConfig: { values: [] } }],
      'invalid sourceIPConfig: values cannot be empty'
    ),
    withConditions(
      { field: 'x' },
      `failed to parse json annotation, ${annotation('conditions.gw')}: {"field":"x"}: json: cannot unmarshal object into Go value of type []ingress.RuleCondition`
    )
  ])
})
