import { describe, expect, test } from '@jest/globals'
import { classOfService, gatesOf, refusalOfIngress, refusalOfParams } from '../../../src/controller/admission.ts'
import { defaultEnvironment } from '../../../src/model/index.ts'
import {
  type Ingress,
  type IngressClassParams,
  type KubernetesObject,
  type Pod,
  Resources,
  type Service
} from '../../../src/resources/index.ts'

const environment = defaultEnvironment

function ingressClass(parameters?: object): KubernetesObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'alb' },
    spec: { controller: 'ingress.k8s.aws/alb', ...(parameters && { parameters }) }
  }
}

function ingress(metadata: Partial<Ingress['metadata']> = {}, ingressClassName = 'alb'): Ingress {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'web', namespace: 'shop', ...metadata },
    spec: {
      ingressClassName,
      rules: [{ http: { paths: [{ path: '/', backend: { service: { name: 'web', port: { number: 80 } } } }] } }]
    }
  }
}

const conditions = 'alb.ingress.kubernetes.io/conditions.web'

describe('an Ingress that is written', () => {
  const resources = new Resources([ingressClass()])
  const cases: { name: string; object: Ingress; oldObject?: Ingress; refusal: string | undefined }[] = [
    { name: 'of a class that is there', object: ingress(), refusal: undefined },
    {
      name: 'of a class that is not there',
      object: ingress({}, 'nosuch'),
      refusal: 'invalid ingress class: IngressClass.networking.k8s.io "nosuch" not found'
    },
    {
      name: 'of another controller, whatever it holds',
      object: ingress({ annotations: { 'kubernetes.io/ingress.class': 'nginx', [conditions]: '{' } }),
      refusal: undefined
    },
    {
      name: 'with conditions that are no JSON',
      object: ingress({ annotations: { [conditions]: '[{' } }),
      refusal: `ignoring Ingress shop/web since invalid ${conditions} annotation: failed to parse json annotation, ${conditions}: [{: unexpected end of JSON input`
    },
    {
      name: 'with a condition that lacks its part',
      object: ingress({ annotations: { [conditions]: '[{"field":"host-header"}]' } }),
      refusal: `ignoring Ingress shop/web since invalid ${conditions} annotation: missing hostHeaderConfig`
    },
    {
      name: 'with conditions of a Service that it does not name',
      object: ingress({ annotations: { 'alb.ingress.kubernetes.io/conditions.other': '[{' } }),
      refusal: undefined
    },
    {
      name: 'whose class is gone, while only its finalizers change',
      object: ingress({ finalizers: [] }, 'nosuch'),
      oldObject: ingress({ finalizers: ['ingress.k8s.aws/resources'] }, 'nosuch'),
      refusal: undefined
    },
    {
      name: 'whose class is gone, while it is being deleted',
      object: ingress({ deletionTimestamp: '2026-01-01T00:00:00Z', labels: { a: 'b' } }, 'nosuch'),
      refusal: undefined
    }
  ]
  test.each(cases)('$name', ({ object, oldObject, refusal }) => {
    expect(refusalOfIngress({ object, resources, environment, ...(oldObject && { oldObject }) })).toBe(refusal)
  })

  test('in a namespace that the class is not for', () => {
    const only = new Resources([
      ingressClass({ apiGroup: 'elbv2.k8s.aws', kind: 'IngressClassParams', name: 'alb' }),
      {
        apiVersion: 'elbv2.k8s.aws/v1beta1',
        kind: 'IngressClassParams',
        metadata: { name: 'alb' },
        spec: { namespaceSelector: { matchLabels: { edge: 'yes' } } }
      },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }
    ])
    expect(refusalOfIngress({ object: ingress(), resources: only, environment })).toBe(
      'invalid ingress class: namespaceSelector of IngressClassParams alb mismatch'
    )
  })
})

describe('IngressClassParams that are written', () => {
  const cases: { name: string; spec: IngressClassParams['spec']; refusal: string | undefined }[] = [
    { name: 'empty', spec: {}, refusal: undefined },
    { name: 'networks', spec: { inboundCIDRs: ['10.0.0.0/8', '2001:db8::/32'] }, refusal: undefined },
    {
      name: 'an address where a network belongs',
      spec: { inboundCIDRs: ['10.0.0.1'] },
      refusal:
        'spec.inboundCIDRs[0]: Invalid value: "10.0.0.1": Could not be parsed as a CIDR (did you mean "10.0.0.1/32")'
    },
    {
      name: 'several mistakes at once',
      spec: { inboundCIDRs: ['10.0.0.0/8', 'everywhere', '10.0.0.1/8'] },
      refusal:
        '[spec.inboundCIDRs[1]: Invalid value: "everywhere": Could not be parsed as a CIDR, spec.inboundCIDRs[2]: Invalid value: "10.0.0.1/8": Network contains bits outside prefix (did you mean "10.0.0.0/8")]'
    },
    {
      name: 'subnets of no kind',
      spec: { subnets: {} },
      refusal: 'spec.subnets: Required value: must have either `ids` or `tags`'
    },
    {
      name: 'subnets of both kinds',
      spec: { subnets: { ids: ['subnet-1'], tags: { tier: ['public'] } } },
      refusal: 'spec.subnets.tags: Forbidden: may not have both `ids` and `tags` set'
    },
    {
      name: 'subnets without a tag',
      spec: { subnets: { tags: {} } },
      refusal: 'spec.subnets.tags: Required value: must have at least one tag key'
    },
    {
      name: 'a subnet twice',
      spec: { subnets: { ids: ['subnet-1', 'subnet-1'] } },
      refusal: 'spec.subnets.ids[1]: Duplicate value: "subnet-1"'
    }
  ]
  test.each(cases)('$name', ({ spec, refusal }) => {
    const object: IngressClassParams = {
      apiVersion: 'elbv2.k8s.aws/v1beta1',
      kind: 'IngressClassParams',
      metadata: { name: 'alb' },
      ...(spec && { spec })
    }
    expect(refusalOfParams({ object, resources: new Resources(), environment })).toBe(refusal)
  })
})

describe('a pod that is created', () => {
  function pod(labels: Record<string, string>, conditionTypes: string[] = []): Pod {
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: '', labels },
      spec: { readinessGates: conditionTypes.map(conditionType => ({ conditionType })) }
    }
  }
  function binding(name: string, targetType: string): KubernetesObject {
    return {
      apiVersion: 'elbv2.k8s.aws/v1beta1',
      kind: 'TargetGroupBinding',
      metadata: { name, namespace: 'shop' },
      spec: { targetType, serviceRef: { name: 'web', port: 80 } }
    }
  }
  const resources = new Resources([
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { selector: { app: 'web' } }
    },
    binding('k8s-shop-web-1', 'ip'),
    binding('k8s-shop-web-2', 'instance')
  ])
  const gate = { conditionType: 'target-health.elbv2.k8s.aws/k8s-shop-web-1' }
  const cases: { name: string; object: Pod; namespace: string; patch: object[] }[] = [
    {
      name: 'gets a gate for each target group that it will be in by its address',
      object: pod({ app: 'web' }),
      namespace: 'shop',
      patch: [{ op: 'add', path: '/spec/readinessGates', value: [gate] }]
    },
    {
      name: 'keeps the gates that it has',
      object: pod({ app: 'web' }, ['example.com/theirs']),
      namespace: 'shop',
      patch: [{ op: 'add', path: '/spec/readinessGates', value: [{ conditionType: 'example.com/theirs' }, gate] }]
    },
    { name: 'that has it already', object: pod({ app: 'web' }, [gate.conditionType]), namespace: 'shop', patch: [] },
    { name: 'that no Service selects', object: pod({ app: 'other' }), namespace: 'shop', patch: [] },
    { name: 'in another namespace', object: pod({ app: 'web' }), namespace: 'other', patch: [] }
  ]
  test.each(cases)('$name', ({ object, namespace, patch }) => {
    expect(gatesOf({ object, namespace, resources, environment })).toEqual(patch)
  })
})

describe('a Service', () => {
  function service(spec: Service['spec']): Service {
    return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'edge', namespace: 'shop' }, ...(spec && { spec }) }
  }
  const [type, nlb] = ['LoadBalancer', 'service.k8s.aws/nlb']
  const cases: { name: string; object: Service; oldObject?: Service; value?: string }[] = [
    { name: 'that is new and has no class gets the controller’s', object: service({ type }), value: nlb },
    { name: 'with an empty class too', object: service({ type, loadBalancerClass: '' }), value: nlb },
    { name: 'with a class keeps it', object: service({ type, loadBalancerClass: 'example.com/metallb' }) },
    { name: 'of another type gets none', object: service({ type: 'NodePort' }) },
    { name: 'without a spec gets none', object: service(undefined) },
    {
      name: 'that loses its class keeps it',
      object: service({ type }),
      oldObject: service({ type, loadBalancerClass: nlb }),
      value: nlb
    },
    { name: 'that had none before gets none', object: service({ type }), oldObject: service({ type }) },
    {
      name: 'that is no load balancer any more may lose it',
      object: service({ type: 'ClusterIP' }),
      oldObject: service({ type, loadBalancerClass: nlb })
    }
  ]
  test.each(cases)('$name', ({ object, oldObject, value }) => {
    const request = { object, resources: new Resources(), environment, ...(oldObject && { oldObject }) }
    expect(classOfService(request)).toEqual(value ? [{ op: 'add', path: '/spec/loadBalancerClass', value }] : [])
  })
})
