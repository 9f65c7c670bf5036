import { describe } from '@jest/globals'
import { annotation, type Mistake, own, testMistakes } from '../mistakes.ts'
import { actionIngress } from '../objects.ts'

function withAction(action: unknown, error: string): Mistake {
  return {
    mistake: `action ${typeof action === 'string' ? action : JSON.stringify(action)}`,
    objects: [actionIngress(action)],
    error: own(error)
  }
}
function twoTargets(...targetGroups: unknown[]) {
  return { type: 'forward', forwardConfig: { targetGroups } }
}

describe('mistakes', () => {
  testMistakes([
    withAction(
      '{bad',
      `failed to parse json annotation, ${annotation('actions.x')}: {bad: invalid character 'b' looking for beginning of object key string`
    ),
    withAction(
      '{"type":"fixed-response","fixedResponseConfig":{"statusCode":503}}',
      `failed to parse json annotation, ${annotation('actions.x')}: {"type":"fixed-response","fixedResponseConfig":{"statusCode":503}}: json: cannot unmarshal number into Go struct field FixedResponseActionConfig.fixedResponseConfig.statusCode of type string`
    ),
    withAction({ type: 'proxy' }, 'unknown action type: proxy'),
    withAction({ type: 'redirect', redirectConfig: {} }, 'invalid RedirectConfig: statusCode is required'),
    withAction({ type: 'redirect' }, 'missing RedirectConfig'),
    withAction({ type: 'fixed-response' }, 'missing FixedResponseConfig'),
    withAction(
      { type: 'fixed-response', fixedResponseConfig: {} },
      'invalid FixedResponseConfig: statusCode is required'
    ),
    withAction({ type: 'forward' }, 'missing ForwardConfig or TargetGroupARN/TargetGroupName'),
    withAction(
      { type: 'forward', targetGroupARN: 'arn:a', forwardConfig: {} },
      'either ForwardConfig or TargetGroupARN/TargetGroupName can be specified'
    ),
    withAction(
      twoTargets({ serviceName: 'gw', servicePort: 80, weight: 1 }, { serviceName: 'gw', servicePort: 80 }),
      'invalid ForwardConfig: weight must be set when route to multiple target groups'
    ),
    withAction(
      twoTargets({ serviceName: 'gw' }),
      'invalid ForwardConfig: invalid TargetGroupTuple: missing servicePort'
    ),
    withAction(
      twoTargets({ serviceName: 'gw', servicePort: 80, targetGroupARN: 'arn:a' }),
      'invalid ForwardConfig: invalid TargetGroupTuple: either serviceName or targetGroupARN/targetGroupName can be specified'
    ),
    withAction(
      twoTargets({ weight: 1 }),
      'invalid ForwardConfig: invalid TargetGroupTuple: missing serviceName or targetGroupARN/targetGroupName'
    )
  ])
})
