import { describe } from '@jest/globals'
import { mistakeOn, testMistakes } from '../mistakes.ts'
import { ingress } from '../objects.ts'

const nlb = { 'enable-frontend-nlb': 'true' }

describe('mistakes', () => {
  testMistakes([
    mistakeOn(
      'a port mapping of no number',
      { ...nlb, 'frontend-nlb-listener-port-mapping': 'x=80' },
      'failed to compute listenPort config for ingress: ns/web: invalid NLB listener port: x'
    ),
    mistakeOn(
      'a port mapping to no number',
      { ...nlb, 'frontend-nlb-listener-port-mapping': '80=x' },
      'failed to compute listenPort config for ingress: ns/web: invalid ALB listener port: x'
    ),
    {
      mistake: 'members that map one port to two',
      objects: ['443', '8443'].map((port, index) =>
        ingress(
          {
            ...nlb,
            'group.name': 'g',
            'listen-ports': `[{"HTTP":${port}}]`,
            'frontend-nlb-listener-port-mapping': `80=${port}`
          },
          {},
          `web-${index}`
        )
      ),
      error:
        'failed to merge NLB listenPort config for port: 80: conflicting Target Port, config 2: 8443, previous: 443'
    }
  ])
})
