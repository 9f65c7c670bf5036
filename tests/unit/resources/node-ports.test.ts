import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Service } from '../../../src/resources/index.ts'
import { isHealthCheckNodePortDrawn, isNodePortDrawn } from '../../../src/resources/index.ts'
import { NodePorts } from '../../../src/resources/node-ports.ts'

function service(name: string, spec: Service['spec'], namespace = 'edge'): Service {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec }
}

function portsOf({ spec }: Service): (number | undefined)[] {
  return spec?.ports?.map(({ nodePort }) => nodePort) ?? []
}

function complete(...services: Service[]): Service[] {
  const nodePorts = new NodePorts(services)
  return services.map(one => nodePorts.complete(one))
}

describe('node ports that nobody set', () => {
  it('are drawn for no two Services, whatever their names are, and the same whatever their order is', () => {
    const named = fc.record({ name: fc.constantFrom('a', 'b'), namespace: fc.string({ minLength: 1, maxLength: 3 }) })
    const distinct = fc.uniqueArray(named, { selector: ({ name, namespace }) => `${namespace}/${name}`, maxLength: 40 })
    fc.assert(
      fc.property(distinct, names => {
        const services = names.map(({ name, namespace }) =>
          service(name, { type: 'NodePort', ports: [{ port: 80 }, { port: 443, name: 'https' }] }, namespace)
        )
        const drawn = complete(...services).flatMap(portsOf)
        expect(new Set(drawn).size).toBe(2 * names.length)
        expect(
          complete(...services.toReversed())
            .toReversed()
            .flatMap(portsOf)
        ).toEqual(drawn)
      })
    )
  })

  it('are none that another Service asks for', () => {
    const [drawn] = portsOf(complete(service('a', { type: 'NodePort', ports: [{ port: 80 }] }))[0]!)
    const other = service('b', { type: 'NodePort', ports: [{ port: 80, nodePort: drawn! }] })
    const [moved, kept] = complete(service('a', { type: 'NodePort', ports: [{ port: 80 }] }), other)
    expect(portsOf(moved!)).not.toEqual([drawn])
    expect(kept).toBe(other)
  })

  it('are one for TCP and UDP of a port, that which is written where one is', () => {
    const ports = [
      { port: 443, name: 'https' },
      { port: 443, name: 'http3', protocol: 'UDP' }
    ]
    const [both, written] = complete(
      service('a', { type: 'LoadBalancer', ports }),
      service('b', { type: 'LoadBalancer', ports: [ports[0]!, { ...ports[1]!, nodePort: 30_443 }] })
    )
    const [tcp, udp] = portsOf(both!)
    expect(udp).toBe(tcp)
    expect(portsOf(written!)).toEqual([30_443, 30_443])
    expect(written?.spec?.ports?.map(isNodePortDrawn)).toEqual([true, false])
  })

  it.each<[string, Service['spec']]>([
    ['a ClusterIP Service', { type: 'ClusterIP', ports: [{ port: 80 }] }],
    [
      'one that has none allocated',
      { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [{ port: 80 }] }
    ]
  ])('are not drawn for %s', (_what, spec) => {
    const one = service('a', spec)
    expect(complete(one)).toEqual([one])
  })
})

describe('the port by which nodes tell who has a pod', () => {
  const spec = { type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports: [{ port: 80 }] }

  it('is drawn too', () => {
    const [one] = complete(service('a', spec))
    expect(one?.spec?.healthCheckNodePort).toBeGreaterThanOrEqual(30_000)
    expect(portsOf(one!)).not.toContain(one?.spec?.healthCheckNodePort)
    expect(isHealthCheckNodePortDrawn(one!)).toBe(true)
  })

  it.each<[string, Service['spec'], number | undefined]>([
    ['written', { ...spec, healthCheckNodePort: 30_333 }, 30_333],
    ['of no use', { ...spec, externalTrafficPolicy: 'Cluster' }, undefined],
    ['of no load balancer', { ...spec, type: 'NodePort' }, undefined]
  ])('stays where it is %s', (_what, given, port) => {
    const [one] = complete(service('a', given))
    expect(one?.spec?.healthCheckNodePort).toBe(port)
    expect(isHealthCheckNodePortDrawn(one!)).toBe(false)
  })
})
