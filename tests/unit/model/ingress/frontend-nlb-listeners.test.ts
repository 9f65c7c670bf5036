import { describe } from '@jest/globals'
import { annotation, conflict, mistakeOn, testMistakes } from '../mistakes.ts'
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
    mistakeOn(
      'no port mapping',
      { ...nlb, 'frontend-nlb-listener-port-mapping': '80' },
      `failed to compute listenPort config for ingress: ns/web: failed to parse frontend-nlb-listener-port-mapping for ingress map[]: failed to parse stringMap annotation, ${annotation('frontend-nlb-listener-port-mapping')}: 80`
    ),
    ...(
      [
        ['port', '80', 'traffic-port', 'Port, config 2: {1 0 traffic-port}, previous: {0 80 }'],
        ['path', '/a', '/b', 'Path, config 2: /b, previous: /a'],
        ['interval-seconds', '5', '6', 'IntervalSeconds, config 2: 6, previous: 5'],
        // The controller compares where they stand in memory, and prints that.
        ['success-codes', '200', '200', 'Matcher, config 2: {200 <nil>}, previous: {200 <nil>}']
      ] as const
    ).map(([name, first, second, what]) =>
      conflict(
        { ...nlb, [`frontend-nlb-healthcheck-${name}`]: first },
        { [`frontend-nlb-healthcheck-${name}`]: second },
        `failed to merge NLB listenPort config for port: 80: conflicting ${what}`
      )
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
