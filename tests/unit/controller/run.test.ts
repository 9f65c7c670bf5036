import { existsSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { openRun, type Run, readRuns } from '../../../src/controller/run.ts'
import type { LoadBalancerDescription } from '../../../src/elbv2/index.ts'

const context = `arn:aws:eks:eu-west-1:1:cluster/run-test-${process.pid}`
function loadBalancer(id: string, name = 'k8s-shop'): LoadBalancerDescription {
  return {
    id,
    type: 'application',
    name,
    dnsName: `${name}.eu-west-1.elb.amazonaws.com`,
    scheme: 'internal',
    listeners: [],
    targetGroups: []
  }
}
function told(): LoadBalancerDescription[] | undefined {
  return readRuns().find(run => run.context === context)?.loadBalancers
}

let run: Run

beforeEach(() => {
  run = openRun(context, 'https://api', 'PEM')
})

afterEach(() => run.close())

test('others read what was written last, ordered by ID', () => {
  run.write(loadBalancer('shop/web'))
  run.write(loadBalancer('shop/api'))
  run.write(loadBalancer('shop/web', 'renamed'))
  expect(told()).toEqual([loadBalancer('shop/api'), loadBalancer('shop/web', 'renamed')])
  expect(run.read().loadBalancers).toEqual(told())
})

test('a load balancer that is removed is told of no more', () => {
  run.write(loadBalancer('shop/web'))
  run.remove('shop/web')
  expect(told()).toEqual([])
  expect(run.read().loadBalancers).toEqual([])
})

test('the one in front is told of beside its own, as long as it is there', () => {
  const network = { ...loadBalancer('shop/web', 'k8s-shop-nlb'), type: 'network' as const }
  run.write(loadBalancer('shop/web'), network)
  run.write(loadBalancer('shop/api'))
  expect(told()).toEqual([loadBalancer('shop/api'), loadBalancer('shop/web'), network])
  expect(run.read().loadBalancers).toEqual(told())
  run.write(loadBalancer('shop/web'))
  expect(told()).toEqual([loadBalancer('shop/api'), loadBalancer('shop/web')])
})

test('an ID longer than the name of a file', () => {
  const id = `${'n'.repeat(63)}/${'i'.repeat(253)}`
  run.write(loadBalancer(id))
  expect(told()).toEqual([loadBalancer(id)])
})

test('nothing is left at the end', () => {
  run.write(loadBalancer('shop/web'))
  run.close()
  expect(told()).toBeUndefined()
  expect(existsSync(run.authorityFile)).toBe(false)
})
