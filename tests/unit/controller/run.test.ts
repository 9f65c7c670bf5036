import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { openRun, type Run, readRuns } from '../../../src/controller/run.ts'
import type { LoadBalancerDescription } from '../../../src/elbv2/index.ts'

const context = `arn:aws:eks:eu-west-1:1:cluster/run-test-${process.pid}`
function loadBalancer(id: string, name = 'k8s-shop'): LoadBalancerDescription {
  return {
    id,
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

test.each([
  ['that others may write', (folder: string) => (mkdirSync(folder), chmodSync(folder, 0o777))],
  ['that is a link', (folder: string) => symlinkSync(tmpdir(), folder)]
])('a folder %s is not believed', (_name, make) => {
  const { TMPDIR } = process.env
  const own = mkdtempSync(join(tmpdir(), 'istio-alb-run-'))
  process.env.TMPDIR = own
  try {
    make(join(own, `istio-alb-${userInfo().username}`))
    expect(() => readRuns()).toThrow('can be written by others')
    expect(() => openRun(context, 'https://api', 'PEM')).toThrow('can be written by others')
  } finally {
    if (TMPDIR === undefined) {
      delete process.env.TMPDIR
    } else {
      process.env.TMPDIR = TMPDIR
    }
    rmSync(own, { recursive: true })
  }
})
