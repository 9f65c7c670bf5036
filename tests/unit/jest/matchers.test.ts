import { beforeAll, describe, expect, test } from '@jest/globals'
import { ownChart, parse, type Resources, render } from '../../../src/index.ts'
import '../../../src/jest/index.ts'

const article = { values: [`${ownChart}/ci/article-values.yaml`] }

/** An Ingress and its Service, without a gateway. */
function web({
  type = 'NodePort',
  annotation = 'example.com/owner: shop',
  backend = 'web, port: { number: 80 }'
}): string {
  return `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  annotations: { ${annotation} }
spec:
  ingressClassName: alb
  defaultBackend: { service: { name: ${backend} } }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { type: ${type}, ports: [{ name: http, port: 80${type === 'NodePort' ? ', nodePort: 30080' : ''} }] }
`
}

/** What a matcher says, without the colours of a terminal. */
async function messageOf(assertion: () => void | Promise<void>): Promise<string> {
  try {
    await assertion()
  } catch (error) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape starts a colour
    return (error as Error).message.replace(/\x1b\[\d+m/g, '')
  }
  throw new Error('the assertion held')
}

describe('the matchers', () => {
  let edge: Resources
  beforeAll(async () => {
    edge = await render(article)
  })

  test('toHaveNoFindings tells each finding', async () => {
    expect(edge).toHaveNoFindings({ severity: 'info' })
    const drifted = parse(web({ annotation: 'alb.ingress.kubernetes.io/schema: internal' }))
    const message = await messageOf(() => expect(drifted).toHaveNoFindings())
    expect(message).toContain('alb.ingress.kubernetes.io/schema')
    expect(message).toContain('<text>:7')
    const [code] = /[A-Z]+(_[A-Z]+)+/.exec(message)!
    expect(drifted).toHaveNoFindings({ ignore: [code!] })
    expect(await messageOf(() => expect(edge).not.toHaveNoFindings())).toContain('there are none')
  })

  test('toRoute shows what differs, and the way of the request', async () => {
    expect(edge).toRoute('https://shop.example.com/', { listener: 443, rule: 1, from: 'service', status: 200 })
    expect(edge).toRoute(
      { url: 'http://shop.example.com/a?b' },
      { status: 301, location: 'https://shop.example.com:443/a?b' }
    )
    const message = await messageOf(() =>
      expect(edge).toRoute('GET http://shop.example.com/', { from: 'service', status: 200 })
    )
    expect(message).toContain('-   "from": "service"')
    expect(message).toContain('+   "from": "load balancer"')
    expect(message).toContain('listener HTTP:80')
    expect(edge).not.toRoute('GET http://shop.example.com/', { status: 200 })
  })

  test('toRoute takes any of the target groups that a weighted request may go to', () => {
    const weighted = parse(
      web({
        annotation: `alb.ingress.kubernetes.io/actions.split: '{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"web","servicePort":80,"weight":9},{"serviceName":"web","servicePort":"http","weight":1}]}}'`,
        backend: 'split, port: { name: use-annotation }'
      })
    )
    for (const port of ['80', 'http']) {
      expect(weighted).toRoute('http://a.test/', { targetGroup: `shop/web-web:${port}`, service: 'web.shop' })
    }
    expect(weighted).not.toRoute('http://a.test/', { targetGroup: 'shop/web-web:8080' })
  })

  test('toPlan compares what is named and no more', async () => {
    expect(edge).toPlan()
    expect(edge).toPlan({ name: 'common-external-ingress', listeners: { 80: { rules: [] } } })
    const message = await messageOf(() =>
      expect(edge).toPlan({ scheme: 'internal', listeners: { 443: { protocol: 'HTTP' } } })
    )
    expect(message).toContain('-   "scheme": "internal"')
    expect(message).toContain('+   "scheme": "internet-facing"')
    expect(message).not.toContain('targetGroups')
  })

  test('toPlan takes the controller’s error', async () => {
    const refused = parse(web({ type: 'ClusterIP' }))
    expect(refused).toPlan({ error: /^TargetGroup port is empty/ })
    expect(await messageOf(() => expect(refused).toPlan())).toContain('The controller refuses:')
    expect(await messageOf(() => expect(edge).toPlan({ error: 'anything' }))).toContain('Received: []')
  })

  test('toHaveHealthyTargets tells what answers the health check', async () => {
    await expect(edge).toHaveHealthyTargets()
    const sick = parse(web({ annotation: 'alb.ingress.kubernetes.io/healthcheck-port: "30999"' }))
    const message = await messageOf(() => expect(sick).toHaveHealthyTargets())
    expect(message).toContain('2 of 2 targets are not healthy')
    expect(message).toContain('no Service has the node port 30999')
    expect(await messageOf(() => expect(parse('')).toHaveHealthyTargets())).toContain('there is no target at all')
  })

  test('what is no set of objects is told apart from one that is wrong', async () => {
    expect(await messageOf(() => expect('edge').toHaveNoFindings())).toContain('render, read or parse')
  })
})
