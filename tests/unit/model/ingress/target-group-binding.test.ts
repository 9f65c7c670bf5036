import { describe, expect, test } from '@jest/globals'
import type { KubernetesObject } from '../../../../src/resources/index.ts'
import { type Annotations, ingress, service, specOf } from '../objects.ts'

const binding = 'K8S::ElasticLoadBalancingV2::TargetGroupBinding'

describe('target group binding', () => {
  function template(objects: KubernetesObject[]) {
    return specOf(objects, binding).template
  }
  function portsOf(objects: KubernetesObject[]): unknown {
    return template(objects).spec.networking?.ingress.map(
      ({ ports }: { ports: { port?: unknown }[] }) => ports[0]!.port
    )
  }

  test.each([
    { name: 'the node port', annotations: {}, want: [30080] },
    { name: 'and that of the health check', annotations: { 'healthcheck-port': 'status-port' }, want: [30080, 30021] },
    { name: 'a number as it is', annotations: { 'healthcheck-port': '15021' }, want: [30080, 15021] },
    { name: 'the target port of IP targets', annotations: { 'target-type': 'ip' }, want: [8080] },
    { name: 'nothing where no rules are managed', annotations: { 'security-groups': 'sg-1' }, want: undefined }
  ])('lets in $name', ({ annotations, want }) => {
    expect(portsOf([ingress(annotations as Annotations)])).toEqual(want)
  })

  test('target-node-labels are for instance targets', () => {
    const labels = { 'target-node-labels': 'edge=yes,zone=a' }
    expect(template([ingress(labels)]).spec.nodeSelector).toEqual({ matchLabels: { edge: 'yes', zone: 'a' } })
    expect(template([ingress({ ...labels, 'target-type': 'ip' })]).spec).not.toHaveProperty('nodeSelector')
  })

  test.each([
    { ingress: 'true', service: 'false', want: true },
    { ingress: 'false', service: 'true', want: true },
    { ingress: undefined, service: 'true', want: true },
    { ingress: 'false', service: undefined, want: undefined }
  ])('multi-cluster-target-group: $ingress on the Ingress, $service on the Service', ({ want, ...values }) => {
    function annotation(value: string | undefined): Annotations {
      return value ? { 'multi-cluster-target-group': value } : {}
    }
    const { spec } = template([ingress(annotation(values.ingress)), service(annotation(values.service))])
    expect(spec.multiClusterTargetGroup).toBe(want)
  })
})
