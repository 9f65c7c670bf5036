import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { type Resources, render, send, simulate } from 'istio-alb'
import 'istio-alb/jest'

const chart = fileURLToPath(new URL('chart', import.meta.url))

describe('the shop', () => {
  let edge: Resources
  beforeAll(async () => {
    edge = await render({ chart, namespace: 'shop' })
  })

  test('holds nothing that will not work on AWS', () => {
    expect(edge).toHaveNoFindings()
  })

  test('gets an HTTPS listener with its certificate, and targets checked on the status port', () => {
    expect(edge).toPlan({
      scheme: 'internet-facing',
      listeners: { 443: { protocol: 'HTTPS', certificates: [expect.stringContaining('certificate/0a1b2c3d')] } },
      targetGroups: { 'shop/shop-gateway:https': { port: 30843, healthCheck: { protocol: 'HTTP', port: 30821 } } }
    })
  })

  test('redirects plain HTTP before it reaches the gateway', () => {
    expect(edge).toRoute('GET http://shop.example.com/cart', {
      from: 'load balancer',
      status: 301,
      location: 'https://shop.example.com:443/cart'
    })
  })

  test.each([
    ['GET https://shop.example.com/cart', { service: 'web.shop.svc.cluster.local', path: '/cart' }],
    ['POST https://shop.example.com/api/orders', { service: 'api.shop.svc.cluster.local', path: '/orders' }],
    ['GET https://elsewhere.example.com/', { from: 'load balancer', status: 404 }]
  ] as const)('routes %s', (request, route) => {
    expect(edge).toRoute(request, route)
  })

  test('has targets that get healthy', async () => {
    await expect(edge).toHaveHealthyTargets()
  })

  test('notices a health check on the pod’s port, where the node’s belongs', async () => {
    const mistaken = await render({ chart, namespace: 'shop', set: ['healthCheckPort=15021'] })
    expect(mistaken).not.toHaveNoFindings()
    await expect(mistaken).not.toHaveHealthyTargets()
  })

  test('answers', async () => {
    await using edgeOnLoopback = await simulate(edge)
    await expect(edgeOnLoopback).toHaveHealthyTargets()
    const { status, body } = await send(edgeOnLoopback, 'GET https://shop.example.com/api/orders')
    expect(status).toBe(200)
    expect(JSON.parse(body)).toMatchObject({
      service: 'api',
      path: '/orders',
      headers: { 'x-forwarded-proto': 'https' }
    })
  })
})
