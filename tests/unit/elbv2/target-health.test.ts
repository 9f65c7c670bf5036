import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  type CheckOutcome,
  draining,
  initialChecking,
  notInUse,
  notRegistered,
  observe,
  registering,
  successCodes,
  unusableFor
} from '../../../src/elbv2/target-health.ts'

const thresholds = { healthyThresholdCount: 3, unhealthyThresholdCount: 2 }
const outcomeTable: Record<string, CheckOutcome> = {
  '+': { passed: true },
  '-': { passed: false, reason: 'Target.FailedHealthChecks' },
  t: { passed: false, reason: 'Target.Timeout' },
  '4': { passed: false, reason: 'Target.ResponseCodeMismatch', code: 404 }
}

function after(checks: string) {
  return [...checks].reduce((health, check) => observe(health, outcomeTable[check]!, thresholds), initialChecking())
}

describe('health after a row of checks', () => {
  it.each([
    ['', 'initial', 'Elb.InitialHealthChecking', 'Initial health checks in progress'],
    ['+', 'healthy', undefined, undefined],
    ['-', 'initial', 'Elb.InitialHealthChecking', 'Initial health checks in progress'],
    ['-+', 'healthy', undefined, undefined],
    ['--', 'unhealthy', 'Target.FailedHealthChecks', 'Health checks failed'],
    ['-t', 'unhealthy', 'Target.Timeout', 'Request timed out'],
    ['-4', 'unhealthy', 'Target.ResponseCodeMismatch', 'Health checks failed with these codes: [404]'],
    ['+-', 'healthy', undefined, undefined],
    ['+-+-', 'healthy', undefined, undefined],
    ['+--', 'unhealthy', 'Target.FailedHealthChecks', 'Health checks failed'],
    ['--++', 'unhealthy', 'Target.FailedHealthChecks', 'Health checks failed'],
    ['--+++', 'healthy', undefined, undefined],
    ['--++-++', 'unhealthy', 'Target.FailedHealthChecks', 'Health checks failed'],
    ['--4', 'unhealthy', 'Target.ResponseCodeMismatch', 'Health checks failed with these codes: [404]']
  ])('%s → %s', (checks, state, reason, description) => {
    const { state: found, reason: why, description: sentence } = after(checks)
    expect([found, why, sentence]).toEqual([state, reason, description])
  })

  it('never turns without as many equal outcomes in a row as the threshold says', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[+-]{1,40}$/), checks => {
        const states = [...checks].map((_, index) => after(checks.slice(0, index + 1)).state)
        for (const [index, state] of states.entries()) {
          const before = states[index - 1] ?? 'initial'
          if (state === before) {
            continue
          }
          const needed = state === 'unhealthy' ? 2 : before === 'initial' ? 1 : 3
          const row = checks.slice(index + 1 - needed, index + 1)
          expect(row).toBe((state === 'healthy' ? '+' : '-').repeat(needed))
        }
      })
    )
  })
})

describe('states that no check makes', () => {
  it.each([
    [registering(), 'initial', 'Elb.RegistrationInProgress', 'Target registration is in progress'],
    [
      notInUse(),
      'unused',
      'Target.NotInUse',
      'Target group is not configured to receive traffic from the load balancer'
    ],
    [
      unusableFor('Target.NotInUse'),
      'unused',
      'Target.NotInUse',
      'Target is in an Availability Zone that is not enabled for the load balancer'
    ],
    [unusableFor('Target.InvalidState'), 'unused', 'Target.InvalidState', 'Target is in the stopped state'],
    [
      unusableFor('Target.IpUnusable'),
      'unused',
      'Target.IpUnusable',
      'The IP address cannot be used as a target, as it is in use by a load balancer'
    ],
    [draining(), 'draining', 'Target.DeregistrationInProgress', 'Target deregistration is in progress'],
    [notRegistered(), 'unused', 'Target.NotRegistered', 'Target is not registered to the target group']
  ])('%#: %j', (health, state, reason, description) => {
    expect(health).toMatchObject({ state, reason, description })
  })
})

describe('success codes', () => {
  it.each([
    ['200', [200], [199, 201]],
    ['200,202', [200, 202], [201]],
    ['200-299', [200, 250, 299], [199, 300]],
    ['200, 301-302,404', [200, 301, 302, 404], [300, 303, 403]],
    ['0-99', [0, 12, 99], [100]]
  ])('%s', (matcher, passing, failing) => {
    const passes = successCodes(matcher)
    expect(passing.filter(code => !passes(code))).toEqual([])
    expect(failing.filter(code => passes(code))).toEqual([])
  })
})
