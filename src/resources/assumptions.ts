import { annotationName, annotationPrefix } from './annotations.ts'
import { assumedNamespaces, withNameLabel } from './assumed-namespaces.ts'
import { assumedServices, describeAssumedService } from './assumed-services.ts'
import {
  type Gateway,
  type GatewayClass,
  gatewayAPIGroup,
  gatewayConfigurationGroup,
  isOfIstio,
  type ListenerRuleConfiguration
} from './gateway-api.ts'
import { gatewayAPIServices } from './gateway-api-service.ts'
import { type GatewayService, gatewayServices } from './gateway-service.ts'
import type { Ingress, IngressClass, KubernetesObject, Namespace, Secret, Service } from './kubernetes.ts'
import { NodePorts } from './node-ports.ts'
import { objectKey, objectName, type Resources } from './resources.ts'
import { withRolloutActions } from './rollout-actions.ts'

/** The name of the IngressClass that the AWS Load Balancer Controller's own chart installs (its values `ingressClass: alb`). */
const defaultClass = 'alb'

/** An IngressClass of the AWS Load Balancer Controller. */
function controllerClass(name: string): IngressClass {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name },
    spec: { controller: 'ingress.k8s.aws/alb' }
  }
}

/** Whether an Ingress is written for the AWS Load Balancer Controller, or for EKS Auto Mode, whatever its class is called. */
export function hasControllerAnnotations({ metadata }: Pick<Ingress, 'metadata'>): boolean {
  return Object.keys(metadata.annotations ?? {}).some(name => name.startsWith(annotationPrefix))
}

/** `spec.controller` of Istio's own class, which says nothing of those of the load balancer's controller. */
const istioController = 'istio.io/ingress-controller'

/** Whether classes were left out of the objects, as they mostly are; one of Istio's alone is there for Istio's sake. */
function lacksClasses(resources: Resources): boolean {
  return resources.list('IngressClass').every(({ spec }) => spec?.controller === istioController)
}

/** Classes stand apart from what uses them: where none is among the objects, those that Ingresses of the controller name. */
function assumedClasses(resources: Resources): IngressClass[] {
  if (!lacksClasses(resources)) {
    return []
  }
  const ingresses = resources.list('Ingress')
  const known = new Set(resources.list('IngressClass').map(({ metadata }) => metadata.name))
  const named = ingresses.flatMap(ingress => {
    const name = ingress.spec?.ingressClassName
    return name !== undefined && !known.has(name) && (name === defaultClass || hasControllerAnnotations(ingress))
      ? [name]
      : []
  })
  const classless = classlessIngresses(resources).size > 0 ? [defaultClass] : []
  return [...new Set([...named, ...classless])].map(controllerClass)
}

/** Ingresses of the controller that leave their class to the cluster's default, with the class that they are taken to have. */
function classlessIngresses(resources: Resources): Map<KubernetesObject, Ingress> {
  if (!lacksClasses(resources)) {
    return new Map()
  }
  return new Map(
    resources.list('Ingress').flatMap((ingress): [Ingress, Ingress][] => {
      const { metadata, spec } = ingress
      const isNamed = spec?.ingressClassName !== undefined || metadata.annotations?.[classAnnotation] !== undefined
      return isNamed || !hasControllerAnnotations(ingress)
        ? []
        : [[ingress, { ...ingress, spec: { ...spec, ingressClassName: defaultClass } }]]
    })
  )
}

const classAnnotation = 'kubernetes.io/ingress.class'

function isService(object: KubernetesObject): object is Service {
  return object.apiVersion === 'v1' && object.kind === 'Service'
}

const oidcAnnotation = annotationName('auth-idp-oidc')

/** A Secret with an OIDC client, with what names it. */
interface NamedSecret {
  secret: Secret
  namedBy: string
}

/** The Secrets with an OIDC client that Ingresses and rules of Gateways name: nobody keeps those among manifests, and a plan needs them. */
function oidcSecrets(resources: Resources): NamedSecret[] {
  function encode(text: string): string {
    return Buffer.from(text).toString('base64')
  }
  const named = [
    ...resources.list('Ingress').map(({ metadata }) => {
      const [, name] = /"secretName"\s*:\s*"([^"]+)"/i.exec(metadata.annotations?.[oidcAnnotation] ?? '') ?? []
      return { name, namespace: metadata.namespace, namedBy: oidcAnnotation }
    }),
    ...(resources.list('ListenerRuleConfiguration') as ListenerRuleConfiguration[]).flatMap(configuration =>
      (configuration.spec?.actions ?? []).map(({ authenticateOIDCConfig }) => ({
        name: authenticateOIDCConfig?.secret?.name,
        namespace: configuration.metadata.namespace,
        namedBy: objectName(configuration)
      }))
    )
  ]
  const missing = named.filter(
    ({ name, namespace }) => name !== undefined && !resources.find('Secret', name, namespace)
  )
  return [...Map.groupBy(missing, ({ name, namespace }) => `${namespace}/${name}`).values()].map(
    ([{ name, namespace, namedBy } = missing[0]!]) => ({
      secret: {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: name!, ...(namespace !== undefined && { namespace }) },
        data: { clientID: encode('assumed-client'), clientSecret: encode('assumed-secret') }
      },
      namedBy
    })
  )
}

/**
 * Where no GatewayClass is among the objects, those of Gateways whose parameters only the AWS Load Balancer Controller reads.
 */
function assumedGatewayClasses(resources: Resources): GatewayClass[] {
  if (resources.list('GatewayClass').length > 0) {
    return []
  }
  const named = (resources.list('Gateway') as Gateway[]).flatMap(({ spec }): [string, GatewayClass][] => {
    const { gatewayClassName: name, infrastructure, listeners = [] } = spec ?? {}
    // A class called istio is Istio's own, whatever parameters its Gateways name.
    const isOther = name !== undefined && !isOfIstio({ spec: { gatewayClassName: name } }, resources)
    if (!isOther || infrastructure?.parametersRef?.group !== gatewayConfigurationGroup) {
      return []
    }
    const isHTTP = listeners.some(({ protocol }) => protocol === 'HTTP' || protocol === 'HTTPS')
    const controllerName = isHTTP ? 'gateway.k8s.aws/alb' : 'gateway.k8s.aws/nlb'
    const metadata = { name }
    return [[name, { apiVersion: `${gatewayAPIGroup}/v1`, kind: 'GatewayClass', metadata, spec: { controllerName } }]]
  })
  return [...new Map(named).values()]
}

const assumedObjects = new WeakSet<KubernetesObject>()

/** Whether an object is among the others only because somebody else's names it: nobody wrote what it says. */
export function isAssumed(object: KubernetesObject): boolean {
  return assumedObjects.has(object)
}

/** An object with what the API server would fill in. */
function complete(
  object: KubernetesObject,
  classless: Map<KubernetesObject, Ingress>,
  nodePorts: NodePorts
): KubernetesObject {
  if (isService(object)) {
    return nodePorts.complete(object)
  }
  return object.kind === 'Namespace' ? withNameLabel(object as Namespace) : (classless.get(object) ?? object)
}

/**
 * Adds what a cluster would hold but manifests seldom do: the gateway Service that istioctl makes of an IstioOperator and
 * Istio of a Gateway, actions that Argo Rollouts writes, node ports that nobody set, Secrets with the OIDC client that an Ingress names, and the controller's
 * IngressClass `alb` where Ingresses name it and no IngressClass but Istio's own is among the objects; classes of Gateways, and
 * Namespaces that selectors ask for, likewise.
 *
 * @returns the completed set, and one sentence for each object that was assumed.
 */
export function assumeMissing(given: Resources): { resources: Resources; assumptions: string[] } {
  const { resources, assumptions: actions } = withRolloutActions(given)
  function isMissing({ service: { metadata } }: GatewayService): boolean {
    return !resources.find('Service', metadata.name, metadata.namespace)
  }
  const operated = resources.alternatives().toReversed().flatMap(gatewayServices).filter(isMissing)
  const automated = gatewayAPIServices(resources).filter(isMissing)
  const gateways = [...operated, ...automated]
  const gatewayClasses = assumedGatewayClasses(resources)
  const assumed = assumedServices(resources.with(gateways.map(({ service }) => service)), gatewayClasses)
  const made = [...gateways.map(({ service }) => service), ...assumed]
  const nodePorts = new NodePorts([...resources.all().filter(isService), ...made])
  const classes = assumedClasses(resources)
  const classless = classlessIngresses(resources)
  const secrets = oidcSecrets(resources)
  const namespaces = assumedNamespaces(resources.with(classes))
  const guessed = [...assumed.map(service => nodePorts.complete(service)), ...classes, ...gatewayClasses]
  for (const object of [...guessed, ...secrets.map(({ secret }) => secret)]) {
    assumedObjects.add(object)
  }
  return {
    resources: resources
      .map(object => complete(object, classless, nodePorts))
      .with(
        [
          ...made.map(service => nodePorts.complete(service)),
          ...secrets.map(({ secret }) => secret),
          ...classes,
          ...gatewayClasses,
          ...namespaces.map(({ namespace }) => namespace)
        ],
        new Map(
          gateways.flatMap(({ service, origin }) => (origin ? [[nodePorts.complete(service), origin] as const] : []))
        )
      ),
    assumptions: [
      ...new Set([
        ...actions,
        ...operated.map(({ service }) => `Service ${objectKey(service)}, as istioctl makes it of the IstioOperator`),
        ...automated.map(({ service }) => `Service ${objectKey(service)}, as Istio makes it of the Gateway`),
        ...assumed.map(describeAssumedService),
        ...secrets.map(
          ({ secret, namedBy }) => `Secret ${objectKey(secret)} with clientID and clientSecret, as ${namedBy} names it`
        ),
        ...gatewayClasses.map(
          ({ metadata, spec }) =>
            `GatewayClass ${metadata.name} of ${spec?.controllerName}: it is not among the objects, and Gateways of it have the AWS Load Balancer Controller's parameters`
        ),
        ...classes.map(({ metadata: { name } }) =>
          name === defaultClass
            ? "IngressClass alb, as the AWS Load Balancer Controller's chart installs it"
            : `IngressClass ${name} is the AWS Load Balancer Controller's: it is not among the objects, and Ingresses that name it have the controller's annotations`
        ),
        ...[...classless.keys()].map(
          ingress => `${objectName(ingress)} is of the class alb: it names none, and has the controller's annotations`
        ),
        ...namespaces.map(({ assumption }) => assumption)
      ])
    ]
  }
}
