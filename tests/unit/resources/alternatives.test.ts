import { describe, expect, test } from '@jest/globals'
import {
  assumeMissing,
  isNodePortDrawn,
  type KubernetesObject,
  Resources,
  type Service
} from '../../../src/resources/index.ts'

function service(name: string, type: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { type }
  }
}

function typesOf(resources: Resources): (string | undefined)[] {
  return resources.list('Service').map(({ spec }) => spec?.type)
}

describe('alternatives', () => {
  test('are one set where every object is there once', () => {
    const resources = new Resources([service('a', 'NodePort'), service('b', 'NodePort')])
    expect(resources.alternatives()).toEqual([resources])
  })

  test('give each definition its turn, the last one first', () => {
    const resources = new Resources([
      service('a', 'One'),
      service('b', 'Only'),
      service('a', 'Two'),
      service('a', 'Three')
    ])
    expect(resources.alternatives().map(typesOf)).toEqual([
      ['Three', 'Only'],
      ['Two', 'Only'],
      ['One', 'Only']
    ])
  })

  test('count a definition that says the same once', () => {
    const resources = new Resources([
      service('a', 'One'),
      service('a', 'One'),
      service('a', 'Two'),
      service('a', 'One')
    ])
    expect(resources.alternatives().map(typesOf)).toEqual([['One'], ['Two']])
  })

  test('do not go back for ever', () => {
    const many = Array.from({ length: 100 }, (_, index) => service('a', `Type${index}`))
    expect(new Resources(many).alternatives().length).toBeLessThan(10)
  })

  test('bring the Services of each IstioOperator along', () => {
    function operator(type: string): KubernetesObject {
      return {
        apiVersion: 'install.istio.io/v1alpha1',
        kind: 'IstioOperator',
        metadata: { name: 'mesh', namespace: 'istio-system' },
        spec: { values: { gateways: { 'istio-ingressgateway': { type } } } }
      }
    }
    const { resources, assumptions } = assumeMissing(new Resources([operator('NodePort'), operator('LoadBalancer')]))
    expect(resources.alternatives().map(typesOf)).toEqual([['LoadBalancer'], ['NodePort']])
    expect(assumptions).toHaveLength(1)
  })
})

describe('node ports that nobody set', () => {
  function complete(spec: Service['spec']) {
    return assumeMissing(
      new Resources([{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec }])
    ).resources.list('Service')[0]!.spec!.ports!
  }

  test('are drawn, beside those that are set', () => {
    const [drawn, set] = complete({ type: 'NodePort', ports: [{ port: 80 }, { port: 443, nodePort: 31443 }] })
    expect(drawn!.nodePort).toBeGreaterThanOrEqual(30000)
    expect(drawn!.nodePort).toBeLessThanOrEqual(32767)
    expect([isNodePortDrawn(drawn!), isNodePortDrawn(set!)]).toEqual([true, false])
    expect(set!.nodePort).toBe(31443)
  })

  test('are not drawn for a ClusterIP, or where they are switched off', () => {
    expect(complete({ ports: [{ port: 80 }] })[0]!.nodePort).toBeUndefined()
    const off = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [{ port: 80 }] }
    expect(complete(off as Service['spec'])[0]!.nodePort).toBeUndefined()
  })
})
