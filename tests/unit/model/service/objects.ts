/**
 * Services of type LoadBalancer for tests of their plans: one of the controller's, and what a case changes of it.
 *
 * @module
 */
import {
  buildPlan,
  type Environment,
  parseEnvironment,
  type ServicePlan,
  type Stack,
  type StackResources
} from '../../../../src/model/index.ts'
import { Resources, type Service, serviceAnnotationPrefix } from '../../../../src/resources/index.ts'
import { environment } from '../objects.ts'

type Spec = NonNullable<Service['spec']>

/** Annotations by their names behind `service.beta.kubernetes.io/aws-load-balancer-`, or with a slash in front behind the first. */
export type Annotations = Record<string, string>

function fullName(name: string): string {
  return name.startsWith('/')
    ? `${serviceAnnotationPrefix}${name.slice(1)}`
    : `${serviceAnnotationPrefix}aws-load-balancer-${name}`
}

/** A Service `ns/gw` of the controller's class with the ports of a gateway. */
export function service(annotations: Annotations = {}, spec: Spec = {}, name = 'gw'): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace: 'ns',
      uid: `uid-of-${name}`,
      annotations: Object.fromEntries(Object.entries(annotations).map(([key, value]) => [fullName(key), value]))
    },
    spec: {
      type: 'LoadBalancer',
      loadBalancerClass: 'service.k8s.aws/nlb',
      ports: [
        { name: 'http2', protocol: 'TCP', port: 80, targetPort: 8080, nodePort: 31080 },
        { name: 'https', protocol: 'TCP', port: 443, targetPort: 8443, nodePort: 31443 }
      ],
      ...spec
    }
  }
}

/** A Service that is not the controller's. */
export function classless(annotations: Annotations = {}, spec: Spec = {}): Service {
  const { spec: own, ...others } = service(annotations, spec)
  const { loadBalancerClass: _, ...rest } = own!
  return { ...others, spec: rest } as Service
}

/** The account of tests/cases/lbc with the settings of a small `aws.yaml`, and a cloud provider. */
export function account(yaml = ''): Environment {
  const { controller, cloudProvider } = parseEnvironment(yaml, 'aws.yaml')
  return { ...environment, controller, cloudProvider }
}

/** The plan of the Service `ns/gw` among others. */
export function planOf(services: Service[], of: Environment = account()): ServicePlan {
  return buildPlan(new Resources(services), of).services.find(({ id }) => id === 'ns/gw')!
}

/** The specs of a type of resource. */
export function specs<Type extends keyof StackResources>(
  { stack }: { stack?: Stack },
  type: Type
  // biome-ignore lint/suspicious/noExplicitAny: tests look into specs of every type.
): Record<string, any> {
  const resources = (stack?.resources[type] ?? {}) as Record<string, { spec: unknown }>
  return Object.fromEntries(Object.entries(resources).map(([id, { spec }]) => [id, spec]))
}
