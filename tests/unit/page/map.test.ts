import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { Edge, parseObjects, readObjects } from '../../../src/edge.ts'
import { defaultEnvironment } from '../../../src/model/index.ts'
import { drawEdge, exportMap, viewOf } from '../../../src/page/index.ts'

const example = 'docs/examples/page/two-edges.yaml'

function mapOf(edge: Edge) {
  return drawEdge(viewOf(edge))
}

describe('the map of two edges', () => {
  const map = mapOf(new Edge(readObjects([example]), defaultEnvironment))
  const byID = new Map(map.nodes.map(node => [node.id, node]))

  function leadsTo(from: string): string[] {
    return map.links.filter(link => link.from === from).map(({ to }) => to)
  }

  test('leads from each load balancer to the Services behind Istio, every step a place', () => {
    expect(map.loadBalancers.map(({ name }) => name)).toEqual(['internal', 'public'])
    const way = ['load-balancer internal']
    for (let next = leadsTo(way[0]!)[0]; next !== undefined; next = leadsTo(next)[0]) {
      way.push(next)
    }
    expect(way.map(id => byID.get(id)?.column)).toEqual([
      'load-balancer',
      'listener',
      'rule',
      'target-group',
      'target',
      'port',
      'gateway',
      'route',
      'service'
    ])
    expect(byID.get(way.at(-1)!)?.title).toBe('metrics:9090')
  })

  test('has no link that leads to nothing, and no place twice', () => {
    expect(map.links.filter(({ from, to }) => !byID.has(from) || !byID.has(to))).toEqual([])
    expect(byID.size).toBe(map.nodes.length)
  })

  test('a rule says its conditions as a sentence, in order, and where it is written', () => {
    const rules = leadsTo('listener public 443').map(id => byID.get(id)!)
    expect(rules.map(({ title }) => title).slice(0, 2)).toEqual([
      '1. host is shop.example.com and path is /admin or /admin/*',
      '2. host is shop.example.com and path is /cart or /cart/*'
    ])
    expect(rules.at(-1)?.title).toBe('otherwise')
    expect(rules[0]?.place).toEqual({ file: example, line: expect.any(Number) })
  })

  test('a shadowed rule is marked with the finding that says so', () => {
    const { mark, findings } = byID.get('rule public 443 6')!
    expect(mark).toMatchObject({ kind: 'shadowed', code: 'RULE_SHADOWED' })
    expect(findings.map(index => map.findings[index]?.code)).toEqual(['RULE_SHADOWED'])
    expect(byID.get('load-balancer public')?.mark).toBeUndefined()
  })

  test('a weighted route says the weights', () => {
    const texts = map.links.filter(({ to }) => to.includes('web-next')).map(({ text }) => text)
    expect(texts).toEqual(['10 %'])
  })

  test('values tell the annotation, the file and the line that they come from', () => {
    const scheme = byID.get('load-balancer public')!.values.find(({ field }) => field === 'scheme')
    expect(scheme).toMatchObject({
      value: 'internet-facing',
      key: 'alb.ingress.kubernetes.io/scheme',
      object: 'Ingress istio-system/public',
      place: { file: example, line: 14 }
    })
  })
})

describe('connections that a gateway passes on', () => {
  function waysOf(edge: Edge): [gateway: string, route: string, text: string, services: string[]][] {
    const { nodes, links } = mapOf(edge)
    const byID = new Map(nodes.map(node => [node.id, node]))
    return nodes
      .filter(({ column }) => column === 'route')
      .map(route => [
        byID.get(links.find(({ to }) => to === route.id)!.from)!.text,
        route.object!,
        route.text,
        links
          .filter(({ from }) => from === route.id)
          .map(({ to, text }) => `${byID.get(to)!.title} ${text ?? ''}`.trim())
      ])
  }

  test('the map goes on to the route and the Service, by server name and of whatever it is', () => {
    const edge = new Edge(readObjects(['docs/examples/page/network-edge.yaml']), defaultEnvironment)
    expect(waysOf(edge)).toEqual([
      ['HTTP:80, shop.example.com', 'VirtualService shop/shop', 'shop.example.com', ['web:8080']],
      [
        'TLS:443 PASSTHROUGH, vault.example.com, keys.example.com',
        'VirtualService shop/vault',
        'server name vault.example.com, keys.example.com',
        ['vault:8443']
      ],
      ['TCP:5432, *', 'VirtualService shop/orders', 'every connection', ['orders:5432 80 %', 'orders-next:5432 20 %']]
    ])
  })

  test('so does that of the Gateway API', () => {
    const text = `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: edge
  namespace: istio-system
  annotations:
    networking.istio.io/service-type: LoadBalancer
spec:
  gatewayClassName: istio
  addresses: [{type: Hostname, value: istio-ingressgateway.istio-system.svc.cluster.local}]
  listeners:
    - {name: tls, port: 443, protocol: TLS, tls: {mode: Passthrough}, allowedRoutes: {namespaces: {from: All}}}
    - {name: tcp, port: 5432, protocol: TCP, allowedRoutes: {namespaces: {from: All}}}
---
apiVersion: gateway.networking.k8s.io/v1alpha2
kind: TLSRoute
metadata: {name: vault, namespace: shop}
spec:
  parentRefs: [{name: edge, namespace: istio-system, sectionName: tls}]
  hostnames: [vault.example.com]
  rules: [{backendRefs: [{name: vault, port: 8443}]}]
---
apiVersion: gateway.networking.k8s.io/v1alpha2
kind: TCPRoute
metadata: {name: orders, namespace: shop}
spec:
  parentRefs: [{name: edge, namespace: istio-system, sectionName: tcp}]
  rules: [{backendRefs: [{name: orders, port: 5432}]}]
`
    const others = readObjects(['docs/examples/page/network-edge.yaml'])
      .all()
      .filter(({ kind }) => kind === 'Service')
    const edge = new Edge(parseObjects(text, 'routes.yaml').with(others), defaultEnvironment)
    expect(waysOf(edge)).toEqual([
      ['TLS:443 PASSTHROUGH, */*', 'TLSRoute shop/vault', 'server name vault.example.com', ['vault:8443']],
      ['TCP:5432, */*', 'TCPRoute shop/orders', 'every connection', ['orders:5432']]
    ])
  })
})

describe('the map of other edges', () => {
  test('a rule that the controller drops is there, and nothing leads from it', () => {
    const redirect = '{"type":"redirect","redirectConfig":{"protocol":"HTTPS","port":"443","statusCode":"HTTP_301"}}'
    const text = readFileSync(example, 'utf8')
      .replace(/\{"type":"fixed-response".*/, redirect)
      .replace(/ *alb.ingress.kubernetes.io\/ssl-redirect.*\n/, '')
    const objects = parseObjects(text, example)
    const map = mapOf(new Edge(objects, defaultEnvironment))
    const dropped = map.nodes.filter(({ mark }) => mark?.kind === 'dropped')
    expect(dropped.map(({ facts }) => Object.fromEntries(facts)['left out'])).toContain('redirects to itself')
    expect(map.links.filter(({ from }) => dropped.some(({ id }) => id === from))).toEqual([])
  })

  test('a group without a plan is told with its error', () => {
    const text = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: broken, annotations: {alb.ingress.kubernetes.io/scheme: outside}}
spec: {ingressClassName: alb, defaultBackend: {service: {name: none, port: {number: 80}}}}
`
    const map = mapOf(new Edge(parseObjects(text, 'broken.yaml'), defaultEnvironment))
    expect(map.loadBalancers).toEqual([])
    expect(map.failures.map(({ message }) => message)).toEqual([expect.stringContaining('outside')])
  })

  test('the values of a Secret are not shown', () => {
    const secret = `apiVersion: v1
kind: Secret
metadata: {name: public, namespace: istio-system}
stringData: {key: hunter2}
`
    const resources = readObjects([example]).with(parseObjects(secret, 'secret.yaml').all())
    expect(JSON.stringify(mapOf(new Edge(resources, defaultEnvironment)))).not.toContain('hunter2')
  })

  test('exported, nothing in the objects can end the script that it stands in', () => {
    const map = mapOf(new Edge(readObjects([example]), defaultEnvironment))
    map.assumptions.push('</script><script>alert(1)</script>')
    const html = exportMap(map, { page: '', script: 'run("</script>")', style: '' })
    expect(html.match(/<script/g)).toHaveLength(2)
    expect(html).not.toMatch(/https?:\/\/(?!shop|api|metrics)[a-z]+\.[a-z]+\/[^"]*\.(js|css)/)
    expect(html).toContain("script-src 'sha256-")
  })
})
