/**
 * What becomes of each value of the chart under every provider of the gateway and every type of load balancer: something of
 * the release changes, or the guard names the key.
 *
 * @module
 */

import { join } from 'node:path'
import { ownChart } from '../../src/render/index.ts'
import { isMapping, mergeValues, type Values, ValuesFiles } from '../../src/values/index.ts'
import { type CaseRender, renderCases } from './cases.ts'

const providers = ['istio-operator', 'injected', 'gateway-api', 'existing']
const types = ['application', 'network', 'classic', 'none']

const defaults = ValuesFiles.read([join(ownChart, 'values.yaml')]).merged()

const certificate = 'arn:aws:acm:us-west-2:123456789011:certificate/26cec536-5d01-4140-890d-a1b2c3d4e5f6'
const otherCertificate = certificate.replace('26', '27')
const targetGroup = 'arn:aws:elasticloadbalancing:us-west-2:123456789011:targetgroup/edge/0123456789abcdef'
const binding = { name: 'edge', targetGroupArn: targetGroup }
const twoSubnets = ['subnet-031c06a1b2c3d4e5f', 'subnet-03444da1b2c3d4e5f']

/** Values of which a default tells no other: what each is set to. */
const settings: Record<string, unknown> = {
  nameOverride: 'named',
  fullnameOverride: 'named-in-full',
  namespaceOverride: 'elsewhere',
  commonLabels: { team: 'edge' },
  commonAnnotations: { team: 'edge' },
  extraObjects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'extra' } }],
  'externalDNS.hostnames': ['shop.example.com'],
  targetGroupBindings: [binding],
  'gateway.name': 'edge-gateway',
  'gateway.selector': { edge: 'yes' },
  'gateway.trustedProxies': 3,
  'gateway.drain.seconds': 300,
  'gateway.service.labels': { team: 'edge' },
  'gateway.service.annotations': { 'example.com/team': 'edge' },
  'gateway.service.extraPorts': [{ name: 'tcp-db', port: 5432 }],
  'gateway.workload.autoscaling.behavior': { scaleDown: { stabilizationWindowSeconds: 60 } },
  'gateway.workload.autoscaling.metrics': [{ type: 'Resource', resource: { name: 'memory' } }],
  'gateway.workload.disruptionBudget.maxUnavailable': 2,
  'gateway.workload.topologySpread.constraints': [
    { topologyKey: 'example.com/rack', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' }
  ],
  'gateway.workload.resources.requests.cpu': '2',
  'gateway.workload.resources.requests.memory': '1Gi',
  'gateway.workload.env': { ISTIO_META_NETWORK: 'edge' },
  'gateway.workload.podLabels': { 'example.com/team': 'edge' },
  'gateway.workload.podAnnotations': { 'example.com/team': 'edge' },
  'gateway.workload.nodeSelector': { edge: 'yes' },
  'gateway.workload.tolerations': [{ key: 'edge', operator: 'Exists' }],
  'gateway.workload.affinity': { nodeAffinity: {} },
  'gateway.workload.priorityClassName': 'edge',
  'gateway.workload.podSecurityContext': { fsGroup: 1337 },
  'gateway.workload.containerSecurityContext': { runAsUser: 1338 },
  'gateway.workload.imagePullSecrets': ['registry'],
  'gateway.workload.volumes': [{ name: 'own', emptyDir: {} }],
  'gateway.workload.volumeMounts': [{ name: 'own', mountPath: '/own' }],
  'gateway.workload.strategy': { type: 'Recreate' },
  'gateway.injected.revision': 'stable',
  'gateway.injected.image': 'docker.io/istio/proxyv2',
  'gateway.injected.imagePullPolicy': 'Always',
  'gateway.injected.serviceAccount.name': 'own',
  'gateway.injected.serviceAccount.annotations': { team: 'edge' },
  'gateway.gatewayAPI.className': 'own',
  'gateway.gatewayAPI.tlsSecrets': ['certificate'],
  'gateway.istioOperator.name': 'own',
  'gateway.istioOperator.namespace': 'own',
  'gateway.istioOperator.profile': 'minimal',
  'gateway.istioOperator.hub': 'registry.example.com/istio',
  'gateway.istioOperator.tag': '1.31.4',
  'gateway.istioOperator.revision': 'stable',
  'ingress.name': 'own',
  'ingress.className': 'own',
  'ingress.class.parameters': { scheme: 'internal' },
  'ingress.loadBalancerName': 'own',
  'ingress.ipAddressType': 'dualstack',
  'ingress.subnets': twoSubnets,
  'ingress.securityGroups': ['sg-0123456789abcdef0'],
  'ingress.inboundCidrs': ['192.0.2.0/24'],
  'ingress.prefixLists': ['pl-0123456789abcdef0'],
  'ingress.group.name': 'shared',
  'ingress.hosts': ['shop.example.com'],
  'ingress.routes': [{ name: 'closed', path: '/closed', fixedResponse: { statusCode: '503' } }],
  'ingress.certificateArns': [certificate],
  'ingress.sslPolicy': 'ELBSecurityPolicy-TLS13-1-2-2021-06',
  'ingress.mutualAuthentication.trustStore': 'clients',
  'ingress.wafv2AclArn': 'none',
  'ingress.wafv2AclName': 'prod',
  'ingress.accessLogs.bucket': 'logs',
  'ingress.accessLogs.prefix': 'edge',
  'ingress.loadBalancerAttributes': { 'idle_timeout.timeout_seconds': '120' },
  'ingress.targetGroupAttributes': { 'slow_start.duration_seconds': '30' },
  'ingress.listenerAttributes.http': { 'routing.http.response.server.enabled': 'false' },
  'ingress.listenerAttributes.https': { 'routing.http.response.server.enabled': 'false' },
  'ingress.authentication.scope': 'openid email',
  'ingress.authentication.sessionCookie': 'own',
  'ingress.authentication.oidc.issuer': 'https://id.example.com/own',
  'ingress.authentication.oidc.authorizationEndpoint': 'https://id.example.com/own',
  'ingress.authentication.oidc.tokenEndpoint': 'https://id.example.com/own',
  'ingress.authentication.oidc.userInfoEndpoint': 'https://id.example.com/own',
  'ingress.authentication.oidc.secretName': 'own',
  'ingress.authentication.cognito.userPoolArn': 'arn:aws:cognito-idp:us-west-2:123456789011:userpool/us-west-2_own',
  'ingress.authentication.cognito.userPoolClientId': 'own',
  'ingress.authentication.cognito.userPoolDomain': 'own',
  'ingress.tags': { team: 'edge' },
  'ingress.healthCheck.path': '/own',
  'ingress.healthCheck.successCodes': '200-299',
  'ingress.healthCheck.grpc.path': '/own',
  'ingress.healthCheck.grpc.successCodes': '0',
  'ingress.labels': { team: 'edge' },
  'ingress.annotations': { 'example.com/team': 'edge' },
  'network.name': 'own',
  'network.subnets': twoSubnets,
  'network.certificateArns': [certificate],
  'network.sslPolicy': 'ELBSecurityPolicy-TLS13-1-2-2021-06',
  'network.eipAllocations': ['eipalloc-0123456789abcdef0'],
  'network.securityGroups': ['sg-0123456789abcdef0'],
  'network.sourceRanges': ['192.0.2.0/24'],
  'network.attributes': { 'deletion_protection.enabled': 'true' },
  'network.targetGroupAttributes': { 'deregistration_delay.timeout_seconds': '60' },
  'network.tags': { team: 'edge' },
  'network.healthCheck.path': '/own',
  'network.annotations': { 'example.com/team': 'edge' },
  'classic.certificateArns': [certificate],
  'classic.sslPolicy': 'ELBSecurityPolicy-2016-08',
  'classic.sourceRanges': ['192.0.2.0/24'],
  'classic.tags': { team: 'edge' },
  'classic.annotations': { 'example.com/team': 'edge' },
  'firstService.name': 'own',
  'firstService.namespace': 'own',
  'firstService.hosts': ['shop.example.com'],
  'firstService.tlsSecret': 'own',
  'test.image': 'registry.example.com/busybox'
}

/** Keys that are no matter of this chart's templates: `global` is Helm's, `edges` holds the others. */
const beside = ['global', 'edges']

/** Everything switched on that a type of load balancer and a provider can have at a time. */
const switchedOn: Values = {
  fullnameOverride: 'edge',
  targetGroupBindings: [{ ...binding, name: 'other' }],
  externalDNS: { hostnames: ['www.example.com'] },
  ingress: {
    class: { create: true },
    group: { name: 'of-edges' },
    hosts: ['www.example.com'],
    listeners: { https: { enabled: true } },
    sslRedirect: true,
    certificateArns: [otherCertificate],
    mutualAuthentication: { mode: 'verify', trustStore: 'of-edges' },
    accessLogs: { bucket: 'of-edges' },
    backendProtocolVersion: 'GRPC',
    authentication: {
      type: 'oidc',
      oidc: {
        issuer: 'https://id.example.com',
        authorizationEndpoint: 'https://id.example.com/authorize',
        tokenEndpoint: 'https://id.example.com/token',
        userInfoEndpoint: 'https://id.example.com/userinfo',
        secretName: 'oidc'
      }
    }
  },
  network: { scheme: 'internet-facing', certificateArns: [otherCertificate] },
  classic: { certificateArns: [otherCertificate] },
  gateway: { gatewayAPI: { tlsSecrets: ['of-edges'] }, workload: { topologySpread: { enabled: true } } },
  firstService: { enabled: true, name: 'shop', tlsSecret: 'of-edges' }
}

interface Alternative {
  /** Keys that are tried beside it. */
  tried: RegExp
  types: string[]
  values: Values
}

/** Further values, beside which some have an effect that exclude each other. */
const alternatives: Record<string, Alternative> = {
  cognito: {
    tried: /^ingress\.authentication\./,
    types: ['application'],
    values: {
      ingress: {
        listeners: { https: { enabled: true } },
        certificateArns: [otherCertificate],
        authentication: {
          type: 'cognito',
          cognito: {
            userPoolArn: 'arn:aws:cognito-idp:us-west-2:123456789011:userpool/us-west-2_a',
            userPoolClientId: 'edge',
            userPoolDomain: 'edge'
          }
        }
      }
    }
  },
  'a Gateway of the controller': {
    tried: /^ingress\./,
    types: ['application'],
    values: mergeValues(switchedOn, { loadBalancer: { api: 'gateway' } })
  },
  https: {
    tried: /^ingress\.(listeners\.http\.enabled|sslRedirect|mutualAuthentication\.mode)/,
    types: ['application'],
    values: { ingress: { listeners: { https: { enabled: true } }, certificateArns: [otherCertificate] } }
  },
  'hosts and groups': {
    tried: /^ingress\.(listeners\.https\.enabled|manageBackendSecurityGroupRules)/,
    types: ['application'],
    values: { ingress: { hosts: ['www.example.com'], securityGroups: ['sg-0123456789abcdef1'] } }
  },
  'TLS at both sides': {
    tried: /^network\.(alpnPolicy|sslPolicy|eipAllocations)/,
    types: ['network'],
    values: {
      network: { scheme: 'internet-facing', certificateArns: [otherCertificate] },
      gateway: { backend: 'https' }
    }
  },
  'TLS ends at the load balancer': {
    tried: /^classic\.sslPolicy|^gateway\.ports\.https/,
    types: ['classic'],
    values: { classic: { certificateArns: [otherCertificate] } }
  },
  'in-tree': { tried: /^network\./, types: ['network'], values: { network: { controller: 'in-tree' } } },
  'without node ports': {
    tried: /^gateway\.(ports|service|externalTrafficPolicy|name)|^test\./,
    types: ['application', 'network'],
    values: {
      ingress: { targetType: 'ip' },
      network: { targetType: 'ip' },
      gateway: { service: { nodePorts: false } }
    }
  },
  daemonset: {
    tried: /^gateway\.workload\./,
    types: ['application'],
    values: { gateway: { workload: { kind: 'DaemonSet' } } }
  },
  'pods of a number': {
    tried: /^gateway\.workload\.replicas/,
    types: ['application'],
    values: { gateway: { workload: { autoscaling: { enabled: false } } } }
  },
  'own metrics and constraints': {
    tried: /^gateway\.workload\.(autoscaling|topologySpread)/,
    types: ['application'],
    values: {
      gateway: {
        workload: {
          autoscaling: { metrics: [{ type: 'Resource', resource: { name: 'cpu' } }] },
          topologySpread: { enabled: true, constraints: [{ topologyKey: 'rack', maxSkew: 2 }] }
        }
      }
    }
  }
}

/** Everything is tried beside the defaults; what only switches and alternatives bring about, beside those. */
const situations: Record<string, Alternative> = {
  defaults: { tried: /./, types, values: {} },
  'all switched on': { tried: /./, types, values: switchedOn },
  ...alternatives
}

function at(values: Values, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, step) => (isMapping(value) ? value[step] : undefined), values)
}

function nested(path: readonly string[], value: unknown): Values {
  return path.reduceRight<unknown>((inner, step) => ({ [step]: inner }), value) as Values
}

/** The values that hold no named ones, by their keys. */
function leaves(values: Values, prefix: string[] = []): string[][] {
  return Object.entries(values).flatMap(([key, value]) => {
    const path = [...prefix, key]
    return isMapping(value) && Object.keys(value).length > 0 ? leaves(value, path) : [path]
  })
}

interface Shape {
  $ref?: string
  enum?: unknown[]
  maximum?: number
  properties?: Record<string, Shape>
}

function shapeOf(root: Shape & { $defs: Record<string, Shape> }, path: readonly string[]): Shape {
  function resolve(shape: Shape): Shape {
    return shape.$ref ? root.$defs[shape.$ref.replace('#/$defs/', '')]! : shape
  }
  return path.reduce<Shape>((shape, step) => resolve(shape.properties?.[step] ?? {}), root)
}

/** Another value than the one that is there. */
function changed(schema: Values, path: readonly string[], before: unknown): unknown {
  const setting = settings[path.join('.')]
  if (setting !== undefined) {
    return setting
  }
  const { enum: choices, maximum = Number.POSITIVE_INFINITY } = shapeOf(schema as never, path)
  const other = choices?.find(choice => choice !== before && choice !== '')
  if (other !== undefined) {
    return other
  }
  if (typeof before === 'boolean') {
    return !before
  }
  if (typeof before === 'number') {
    return before < maximum ? before + 1 : before - 1
  }
  throw new Error(`${path.join('.')} has no setting to try it with`)
}

type Outcome = 'effect' | 'refused' | 'silent'

/** A value under one provider, one type and one set of other values. */
export interface Effect {
  key: string
  provider: string
  type: string
  beside: string
  outcome: Outcome
}

/** Whether a refusal is about a key, a part of it, or what it is a part of. */
function isAbout(path: string, key: string): boolean {
  return path === key || path.startsWith(`${key}.`) || path.startsWith(`${key}[`) || key.startsWith(`${path}.`)
}

function outcomeOf(key: string, before: CaseRender, after: CaseRender): Outcome {
  if (after.guard.length > 0) {
    return after.guard.some(({ path = '', message, hint }) => isAbout(path, key) || `${message} ${hint}`.includes(key))
      ? 'refused'
      : 'silent'
  }
  return before.manifests === after.manifests ? 'silent' : 'effect'
}

function render(all: Values[]): Promise<CaseRender[]> {
  return renderCases(
    all.map(values => mergeValues(defaults, values)),
    { everything: true }
  )
}

/** Values as somebody might set them together, without those that the guard refuses. */
async function acceptedOf(all: Values[]): Promise<Values[]> {
  const renders = await render(all)
  if (renders.every(({ guard }) => guard.length === 0)) {
    return all
  }
  return acceptedOf(
    all.map((values, index) =>
      renders[index]!.guard.reduce((left, { path = '' }) => {
        const key = path.replace(/\[.*/, '').split('.')
        return mergeValues(left, nested(key, at(defaults, key)))
      }, values)
    )
  )
}

/** Sections that one provider or type has for itself: elsewhere all of them is refused, which one render shows. */
const sections = ['ingress', 'network', 'classic', 'gateway.workload', 'gateway.injected', 'gateway.gatewayAPI'].concat(
  'gateway.istioOperator',
  'firstService'
)

/** What a load balancer has for itself is the same in front of every provider. */
const ofLoadBalancers = /^(ingress|network|classic|externalDNS|targetGroupBindings)\b/

/** What is the gateway's pods' and their control plane's is the same behind every type. */
const ofPods = /^gateway\.(workload|injected|gatewayAPI|istioOperator)\./

/** What every object has, or a Service behind the gateway: an Ingress beside it is the only difference that a type can make. */
const ofRelease = /^(\w+Override|common\w+|extraObjects|firstService\.\w+|test\.\w+)$/

function sectionOf(key: string): string {
  return sections.find(section => key.startsWith(`${section}.`)) ?? ''
}

/**
 * The outcome of every value under every provider and type.
 *
 * @param schema values.schema.json, which knows the choices that a value has.
 */
export async function effectsOf(schema: Values): Promise<Effect[]> {
  const keys = leaves(defaults)
    .map(path => path.join('.'))
    .filter(key => !beside.some(other => key === other || key.startsWith(`${other}.`)))
  function change(values: Values, key: string): Values {
    const path = key.split('.')
    const all = mergeValues(defaults, values)
    if (key === 'gateway.workload.topologySpread.enabled') {
      const isSpread = at(all, path) === 'auto' ? at(all, ['gateway', 'provider']) !== 'istio-operator' : at(all, path)
      return nested(path, !isSpread)
    }
    return nested(path, changed(schema, path, at(all, path)))
  }
  const contexts = providers.flatMap(provider =>
    types.flatMap(type =>
      Object.entries(situations)
        .filter(([, situation]) => situation.types.includes(type))
        .filter(
          ([name]) =>
            name === 'defaults' || (provider === 'injected' && name !== 'all switched on') || type === 'application'
        )
        .map(([name, { values }]) => ({
          provider,
          type,
          beside: name,
          values: mergeValues(values, { gateway: { provider }, loadBalancer: { type } })
        }))
    )
  )
  const accepted = await acceptedOf(contexts.map(({ values }) => values))
  // Whole sections first.
  const ofSections = contexts.flatMap((context, index) =>
    context.beside === 'defaults'
      ? sections.map(section => ({
          section,
          context,
          values: keys
            .filter(key => sectionOf(key) === section)
            .reduce((values, key) => mergeValues(values, change(accepted[index]!, key)), accepted[index]!)
        }))
      : []
  )
  const sectionRenders = await render(ofSections.map(({ values }) => values))
  const effects: Effect[] = []
  const refused = new Set<string>()
  for (const [index, { section, context }] of ofSections.entries()) {
    const { provider, type } = context
    const own = keys.filter(key => sectionOf(key) === section)
    const told = new Set(sectionRenders[index]!.guard.map(({ code, path }) => `${code} ${path}`))
    for (const key of own.every(key => told.has(`NO_EFFECT ${key}`)) ? own : []) {
      refused.add(`${provider} ${type} ${key}`)
      effects.push({ key, provider, type, beside: `the rest of ${section}`, outcome: 'refused' })
    }
  }
  const singles = contexts.flatMap((context, index) =>
    keys
      .filter(key => !refused.has(`${context.provider} ${context.type} ${key}`))
      .filter(key => context.provider === 'injected' || !ofLoadBalancers.test(key))
      .filter(key => context.type === 'application' || !ofPods.test(key))
      .filter(key => ['application', 'network'].includes(context.type) || !ofRelease.test(key))
      .filter(key => situations[context.beside]!.tried.test(key))
      .map(key => ({
        key,
        context,
        before: index,
        values: mergeValues(accepted[index]!, change(accepted[index]!, key))
      }))
  )
  const before = await render(accepted)
  const after = await render(singles.map(({ values }) => values))
  return effects.concat(
    singles.map(({ key, context, before: index }, place) => ({
      key,
      provider: context.provider,
      type: context.type,
      beside: context.beside,
      outcome: outcomeOf(key, before[index]!, after[place]!)
    }))
  )
}
