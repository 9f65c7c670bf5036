import { expect, test } from '@jest/globals'
import { check, Failure, read, send, simulate } from 'istio-alb'
import 'istio-alb/jest'

const edge = read('edge.yaml')

test('nothing will not work on AWS', () => {
  expect(edge).toHaveNoFindings()
  expect(check(edge)).toEqual([])
})

test('the listener has TLS', () => {
  expect(edge).toPlan({ listeners: { 443: { protocol: 'HTTPS' } } })
})

test('the shop is reached', async () => {
  expect(edge).toRoute('GET https://shop.example.com/', { service: 'shop.shop.svc.cluster.local' })
  await expect(edge).toHaveHealthyTargets()
})

test('the load balancer answers', async () => {
  const running = await simulate(edge)
  try {
    await expect(running).toHaveHealthyTargets()
    expect((await send(running, 'GET https://shop.example.com/')).status).toBe(200)
  } finally {
    await running.close()
  }
})

test('a refusal is one of the library', () => {
  expect(() => read('nowhere.yaml')).toThrow(Failure)
})
