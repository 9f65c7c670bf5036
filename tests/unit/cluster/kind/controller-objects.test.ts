import { describe, expect, test } from '@jest/globals'
import { controllerObjects } from '../../../../src/cluster/index.ts'

const objects = controllerObjects({
  image: 'controller:test',
  ports: { first: 32_080, last: 32_082 },
  flags: ['--region', 'eu-west-1']
})
function all<Shape>(kind: string): Shape[] {
  return objects.filter(object => object.kind === kind) as unknown as Shape[]
}
function one<Shape>(kind: string): Shape {
  return all<Shape>(kind)[0]!
}

interface Container {
  args: string[]
  securityContext: object
  livenessProbe: object
  readinessProbe: object
}
interface Deployment {
  spec: { template: { spec: { securityContext: object; containers: Container[] } } }
}
interface Rules {
  rules: { apiGroups: string[]; resources: string[]; verbs: string[]; resourceNames?: string[] }[]
}

describe('the objects that run the controller in a cluster', () => {
  test('are below pod security "restricted", with a read-only root file system', () => {
    const { securityContext, containers } = one<Deployment>('Deployment').spec.template.spec
    expect(one<{ metadata: { labels: object } }>('Namespace').metadata.labels).toEqual({
      'pod-security.kubernetes.io/enforce': 'restricted'
    })
    expect(securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: 'RuntimeDefault' }
    })
    expect(containers.map(container => container.securityContext)).toEqual([
      { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } }
    ])
  })

  test('lead from the same node ports to the same ports of the pod', () => {
    const { spec } = one<{ spec: object }>('Service')
    expect(spec).toMatchObject({
      type: 'NodePort',
      ports: [32_080, 32_081, 32_082].map(port => ({ port, targetPort: port, nodePort: port }))
    })
    const { args } = one<Deployment>('Deployment').spec.template.spec.containers[0]!
    expect(args[args.indexOf('--ports') + 1]).toBe('32080-32082')
    expect(args.slice(-2)).toEqual(['--region', 'eu-west-1'])
  })

  test('grant no verb, kind or group as a whole, and no Secret outside the own namespace', () => {
    const rules = [...one<Rules>('ClusterRole').rules, ...one<Rules>('Role').rules]
    for (const { apiGroups, resources, verbs } of rules) {
      expect([...apiGroups, ...resources, ...verbs]).not.toContain('*')
    }
    expect(one<Rules>('ClusterRole').rules.flatMap(({ resources }) => resources)).not.toContain('secrets')
    const secrets = one<Rules>('Role').rules.filter(({ resources }) => resources.includes('secrets'))
    expect(secrets.flatMap(({ verbs, resourceNames = [] }) => [...verbs, ...resourceNames])).toEqual([
      'create',
      'get',
      'istio-alb-controller-webhook'
    ])
  })

  test('let the webhooks be answered by those that stand by, too', () => {
    const services = all<{ metadata: { name: string }; spec: { publishNotReadyAddresses?: boolean } }>('Service')
    expect(services.filter(({ spec }) => spec.publishNotReadyAddresses).map(({ metadata }) => metadata.name)).toEqual([
      'istio-alb-controller-webhook'
    ])
  })

  test('have webhooks with the paths and failure policies of the original', () => {
    interface Webhooks {
      webhooks: { name: string; failurePolicy: string; clientConfig: { service: { path: string } } }[]
    }
    const webhooks = [
      ...one<Webhooks>('ValidatingWebhookConfiguration').webhooks,
      ...one<Webhooks>('MutatingWebhookConfiguration').webhooks
    ]
    expect(
      webhooks.map(({ name, failurePolicy, clientConfig }) => [name, clientConfig.service.path, failurePolicy])
    ).toEqual([
      ['vingress.elbv2.k8s.aws', '/validate-networking-v1-ingress', 'Fail'],
      ['vingressclassparams.elbv2.k8s.aws', '/validate-elbv2-k8s-aws-v1beta1-ingressclassparams', 'Fail'],
      ['vtargetgroupbinding.elbv2.k8s.aws', '/validate-elbv2-k8s-aws-v1beta1-targetgroupbinding', 'Fail'],
      ['mpod.elbv2.k8s.aws', '/mutate-v1-pod', 'Ignore'],
      ['mtargetgroupbinding.elbv2.k8s.aws', '/mutate-elbv2-k8s-aws-v1beta1-targetgroupbinding', 'Fail']
    ])
  })

  test('have the service mutator webhook where it is asked for, of new Services that are not the controller’s own', () => {
    const options = { image: 'controller:test', ports: { first: 32_080, last: 32_082 }, flags: [] }
    const asked = controllerObjects({ ...options, serviceMutatorWebhook: true })
    const { webhooks } = asked.find(({ kind }) => kind === 'MutatingWebhookConfiguration') as unknown as {
      webhooks: { name: string }[]
    }
    expect(webhooks.at(-1)).toMatchObject({
      name: 'mservice.elbv2.k8s.aws',
      clientConfig: { service: { path: '/mutate-v1-service' } },
      failurePolicy: 'Fail',
      rules: [{ operations: ['CREATE'], resources: ['services'] }],
      objectSelector: {
        matchExpressions: [{ key: 'app.kubernetes.io/name', operator: 'NotIn', values: ['istio-alb-controller'] }]
      }
    })
  })
})
