import { describe } from '@jest/globals'
import { annotation, invalidNumber, mistakeOn, own, testMistakes } from '../mistakes.ts'
import { ingress, service } from '../objects.ts'

describe('mistakes', () => {
  testMistakes([
    mistakeOn(
      'a health check port that the Service lacks',
      { 'healthcheck-port': 'status' },
      own('failed to resolve healthCheckPort: unable to find port status on service ns/gw')
    ),
    mistakeOn(
      'an empty health check port',
      { 'healthcheck-port': '' },
      own('failed to resolve healthCheckPort: unable to find port  on service ns/gw')
    ),
    {
      mistake: 'a named health check port whose target port is a name',
      objects: [
        ingress({ 'target-type': 'ip', 'healthcheck-port': 'status-port' }),
        service(
          {},
          {
            ports: [
              { name: 'http', port: 80, targetPort: 8080 },
              { name: 'status-port', port: 15021, targetPort: 'status' }
            ]
          }
        )
      ],
      error: own("cannot use named healthCheckPort for IP TargetType when service's targetPort is a named port")
    },
    mistakeOn(
      'health check protocol',
      { 'healthcheck-protocol': 'TCP' },
      own('healthCheckProtocol must be within [HTTP, HTTPS]')
    ),
    mistakeOn(
      'a number with a unit',
      { 'healthcheck-interval-seconds': '15s' },
      own(invalidNumber('healthcheck-interval-seconds', '15s', 32))
    ),
    mistakeOn(
      'a number out of range',
      { 'healthy-threshold-count': '2147483648' },
      own(
        `failed to parse int32 annotation, ${annotation('healthy-threshold-count')}: 2147483648: strconv.ParseInt: parsing "2147483648": value out of range`
      )
    )
  ])
})
