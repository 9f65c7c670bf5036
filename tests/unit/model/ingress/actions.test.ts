import { describe, expect, test } from '@jest/globals'
import { actionIngress, actionsOf, backendOf, ingress, onePath, path, planOf } from '../objects.ts'

describe('actions', () => {
  function targetGroupOf(id: string) {
    return {
      $ref: `#/resources/AWS::ElasticLoadBalancingV2::TargetGroup/${id}/status/targetGroupARN`
    }
  }

  test.each([
    {
      name: 'field names in any case',
      action: '{"TYPE":"fixed-response","fixedresponseconfig":{"STATUSCODE":"503"}}',
      want: { type: 'fixed-response', fixedResponseConfig: { statusCode: '503' } }
    },
    {
      name: 'a redirect as it is written',
      action: { type: 'redirect', redirectConfig: { path: '/new', port: '8443', statusCode: 'HTTP_302' } },
      want: { type: 'redirect', redirectConfig: { path: '/new', port: '8443', statusCode: 'HTTP_302' } }
    },
    {
      name: 'the short form by ARN',
      action: { type: 'forward', targetGroupARN: 'arn:a' },
      want: { type: 'forward', forwardConfig: { targetGroups: [{ targetGroupARN: 'arn:a' }] } }
    },
    {
      name: 'the short form by name',
      action: { type: 'forward', targetGroupName: 'legacy' },
      want: { type: 'forward', forwardConfig: { targetGroups: [{ targetGroupARN: 'arn:tg/legacy' }] } }
    },
    {
      name: 'a port in quotes is a number where it is one',
      action: { type: 'forward', forwardConfig: { targetGroups: [{ serviceName: 'gw', servicePort: '80' }] } },
      want: { type: 'forward', forwardConfig: { targetGroups: [{ targetGroupARN: targetGroupOf('ns/x-gw:80') }] } }
    },
    {
      name: 'weights and stickiness',
      action: {
        type: 'forward',
        forwardConfig: {
          targetGroups: [
            { serviceName: 'gw', servicePort: 'http', weight: 0 },
            { targetGroupARN: 'arn:a', weight: 9 }
          ],
          targetGroupStickinessConfig: { enabled: true, durationSeconds: 60 }
        }
      },
      want: {
        type: 'forward',
        forwardConfig: {
          targetGroups: [
            { targetGroupARN: targetGroupOf('ns/x-gw:http'), weight: 0 },
            { targetGroupARN: 'arn:a', weight: 9 }
          ],
          targetGroupStickinessConfig: { enabled: true, durationSeconds: 60 }
        }
      }
    }
  ])('$name', ({ action, want }) => {
    const named = actionIngress(action)
    named.metadata.name = 'x'
    expect(actionsOf([named])).toEqual([want])
  })

  test.each([
    { name: 'a Service that is not there', backend: backendOf('nosuch'), body: 'Backend service does not exist' },
    {
      name: 'an action that is not there',
      backend: backendOf('nosuch', 'use-annotation'),
      body: 'Backend action does not exist'
    }
  ])('$name is answered with 503', ({ backend, body }) => {
    const fixedResponseConfig = { contentType: 'text/plain', messageBody: body, statusCode: '503' }
    expect(actionsOf([ingress({}, onePath({ path: '/', backend }))])).toEqual([
      { type: 'fixed-response', fixedResponseConfig }
    ])
  })

  test('an empty list of targets forwards to none', () => {
    const action = { type: 'forward', forwardConfig: { targetGroups: [] } }
    expect(actionsOf([actionIngress(action)])).toEqual([{ type: 'forward', forwardConfig: { targetGroups: [] } }])
  })

  test('one Service and port is one target group for all rules of its Ingress', () => {
    const spec = {
      rules: [{ http: { paths: [path('/a'), path('/b')] } }, { host: 'a.com', http: { paths: [path('/')] } }]
    }
    const { resources } = planOf([ingress({}, spec)]).stack!
    expect(Object.keys(resources['AWS::ElasticLoadBalancingV2::TargetGroup']!)).toEqual(['ns/web-gw:http'])
  })
})
