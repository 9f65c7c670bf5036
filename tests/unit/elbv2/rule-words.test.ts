import { describe, expect, test } from '@jest/globals'
import { compileAction } from '../../../src/elbv2/action.ts'
import { describeActions, describeRule } from '../../../src/elbv2/index.ts'
import type { Action } from '../../../src/model/index.ts'

const oidc = {
  issuer: 'https://id.example.com',
  authorizationEndpoint: 'https://id.example.com/a',
  tokenEndpoint: 'https://id.example.com/t',
  userInfoEndpoint: 'https://id.example.com/u',
  clientID: 'id',
  clientSecret: 'secret'
}
const stickiness = { enabled: true, durationSeconds: 60 }
function own(id: string) {
  return { $ref: `#/resources/AWS::ElasticLoadBalancingV2::TargetGroup/${id}/status/targetGroupARN` }
}
function forward(...targetGroups: { targetGroupARN: ReturnType<typeof own> | string; weight?: number }[]): Action {
  return { type: 'forward', forwardConfig: { targetGroups } }
}
function redirect(config: Partial<NonNullable<Action['redirectConfig']>>): Action {
  return { type: 'redirect', redirectConfig: { statusCode: 'HTTP_301', ...config } }
}

describe('actions in words', () => {
  test.each<{ actions: Action[]; plan: string; trace: string }>([
    {
      actions: [forward({ targetGroupARN: own('ns/web-gw:http') })],
      plan: 'forward to ns/web-gw:http',
      trace: 'forward to ns/web-gw:http'
    },
    {
      actions: [forward({ targetGroupARN: own('a'), weight: 3 })],
      plan: 'forward to a (weight 3)',
      trace: 'forward to a'
    },
    {
      actions: [forward({ targetGroupARN: own('a'), weight: 3 }, { targetGroupARN: 'arn:b', weight: 0 })],
      plan: 'forward to a (weight 3), arn:b (weight 0)',
      trace: 'forward to a (weight 3), arn:b (weight 0)'
    },
    {
      actions: [{ type: 'forward', forwardConfig: { targetGroups: [], targetGroupStickinessConfig: stickiness } }],
      plan: 'forward to no target group',
      trace: 'forward to no target group'
    },
    {
      actions: [redirect({ port: '443' })],
      plan: 'redirect to #{protocol}://#{host}:443/#{path}?#{query} (HTTP_301)',
      trace: 'redirect to #{protocol}://#{host}:443/#{path}?#{query} (HTTP_301)'
    },
    {
      actions: [
        redirect({ protocol: 'HTTPS', host: 'a.com', port: '443', path: '/x', query: '', statusCode: 'HTTP_302' })
      ],
      plan: 'redirect to HTTPS://a.com:443/x? (HTTP_302)',
      trace: 'redirect to HTTPS://a.com:443/x? (HTTP_302)'
    },
    {
      actions: [
        {
          type: 'fixed-response',
          fixedResponseConfig: { statusCode: '503', contentType: 'text/plain', messageBody: 'no' }
        }
      ],
      plan: 'answer 503 text/plain "no"',
      trace: 'answer 503'
    },
    {
      actions: [
        { type: 'authenticate-oidc', order: 1, authenticateOIDCConfig: oidc },
        { ...forward({ targetGroupARN: own('a') }), order: 2 }
      ],
      plan: 'authenticate with OIDC at https://id.example.com, then forward to a',
      trace: 'authenticate-oidc, then forward to a'
    }
  ])('$plan', ({ actions, plan, trace }) => {
    expect(describeActions(actions)).toBe(plan)
    const rule = { priority: 1, conditions: [], transforms: [], action: compileAction(actions) }
    expect(describeRule(rule)).toBe(trace)
  })

  test('stickiness is told in the plan', () => {
    const action = forward({ targetGroupARN: own('a') })
    action.forwardConfig!.targetGroupStickinessConfig = stickiness
    expect(describeActions([action])).toBe('forward to a, sticky for 60 s')
  })
})
