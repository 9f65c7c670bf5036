import type { Schema } from './schema-fit.ts'
import { boolean, list, object, string, strings } from './schema-words.ts'

const number = { type: 'number' }
const integer = { type: 'integer', minimum: -(2 ** 31), maximum: 2 ** 32 - 1 }
function map(values: Schema) {
  return { type: 'object', additionalProperties: values }
}
function one(...values: string[]) {
  return { type: 'string', enum: values }
}

const stringMatch = object({ exact: string, prefix: string, regex: string })
const operations = object({ set: strings, add: strings, remove: list(string) })
const headers = object({ request: operations, response: operations })
const destination = object({ host: string, subset: string, port: object({ number: integer }) }, ['host'])
const destinations = list(object({ destination, weight: integer, headers }, ['destination']))
const percentage = object({ value: number })
const labelSelector = object({ matchLabels: strings })
const layer4 = list(
  object({
    match: list(object({ port: integer, gateways: list(string), sniHosts: list(string), sourceLabels: strings })),
    route: destinations
  })
)
const httpMatch = object({
  name: string,
  uri: stringMatch,
  scheme: stringMatch,
  method: stringMatch,
  authority: stringMatch,
  headers: map(stringMatch),
  withoutHeaders: map(stringMatch),
  queryParams: map(stringMatch),
  ignoreUriCase: boolean,
  port: integer,
  gateways: list(string),
  sourceLabels: strings,
  sourceNamespace: string
})
const httpRoute = object({
  name: string,
  match: list(httpMatch),
  route: destinations,
  redirect: object({
    uri: string,
    prefixRewrite: string,
    authority: string,
    port: integer,
    derivePort: one('FROM_PROTOCOL_DEFAULT', 'FROM_REQUEST_PORT'),
    scheme: string,
    redirectCode: integer
  }),
  directResponse: object({ status: integer, body: object({ string, bytes: string }) }, ['status']),
  delegate: object({ name: string, namespace: string }),
  rewrite: object({ uri: string, authority: string, uriRegexRewrite: object({ match: string, rewrite: string }) }),
  fault: object({
    abort: object({ httpStatus: integer, grpcStatus: string, percentage }),
    delay: object({ fixedDelay: string, percentage, percent: integer })
  }),
  corsPolicy: object({
    allowOrigins: list(stringMatch),
    allowOrigin: list(string),
    allowMethods: list(string),
    allowHeaders: list(string),
    exposeHeaders: list(string),
    maxAge: string,
    allowCredentials: boolean,
    unmatchedPreflights: one('UNSPECIFIED', 'FORWARD', 'IGNORE')
  }),
  headers,
  timeout: string,
  retries: object({ attempts: integer, perTryTimeout: string, retryOn: string }),
  mirror: destination,
  mirrors: list(object({ destination, percentage })),
  mirrorPercent: integer,
  mirrorPercentage: percentage
})
const protocolVersion = one('TLS_AUTO', 'TLSV1_0', 'TLSV1_1', 'TLSV1_2', 'TLSV1_3')
const server = object(
  {
    port: object({ number: integer, name: string, protocol: string }, ['number', 'protocol', 'name']),
    hosts: list(string),
    name: string,
    bind: string,
    tls: object({
      mode: one('PASSTHROUGH', 'SIMPLE', 'MUTUAL', 'AUTO_PASSTHROUGH', 'ISTIO_MUTUAL', 'OPTIONAL_MUTUAL'),
      credentialName: string,
      credentialNames: list(string),
      serverCertificate: string,
      privateKey: string,
      caCertificates: string,
      caCertCredentialName: string,
      httpsRedirect: boolean,
      minProtocolVersion: protocolVersion,
      maxProtocolVersion: protocolVersion
    })
  },
  ['port', 'hosts']
)
const clientTLS = object({ mode: one('DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL') })
const trafficPolicy = object({
  tls: clientTLS,
  portLevelSettings: list(object({ port: object({ number: integer }), tls: clientTLS }))
})
const source = object(
  Object.fromEntries(
    [
      ...['principals', 'requestPrincipals', 'namespaces', 'ipBlocks', 'remoteIpBlocks', 'serviceAccounts'],
      ...['notPrincipals', 'notRequestPrincipals', 'notNamespaces', 'notIpBlocks', 'notRemoteIpBlocks']
    ].map(field => [field, list(string)])
  )
)
const operation = object(
  Object.fromEntries(
    ['hosts', 'ports', 'methods', 'paths', 'notHosts', 'notPorts', 'notMethods', 'notPaths'].map(field => [
      field,
      list(string)
    ])
  )
)
const targetRefs = {
  targetRef: object({ group: string, kind: string, name: string }),
  targetRefs: list(object({ group: string, kind: string, name: string }))
}

const referenceFields = { group: string, kind: string, name: string, namespace: string, port: integer }
const gatewayRoute = object({
  spec: object({
    parentRefs: list(object(referenceFields, ['name'])),
    hostnames: list(string),
    rules: list(
      object({
        matches: list(object({})),
        filters: list(object({ type: string }, ['type'])),
        // The AWS Load Balancer Controller goes on without one that has no name.
        backendRefs: list(object(referenceFields))
      })
    )
  })
})

/**
 * The types of the fields of Istio's kinds and the Gateway API's that are read, as the CRDs of Istio demand them: the API server refuses what is
 * otherwise, whoever wrote it.
 */
export const istioShapes: Record<string, Schema> = {
  'Gateway.gateway.networking.k8s.io': object({
    spec: object({
      gatewayClassName: string,
      listeners: list(object({ name: string, port: integer, protocol: string, hostname: string }, ['name', 'port'])),
      infrastructure: object({ annotations: strings, labels: strings }),
      addresses: list(object({ type: string, value: string }))
    })
  }),
  'HTTPRoute.gateway.networking.k8s.io': gatewayRoute,
  'GRPCRoute.gateway.networking.k8s.io': gatewayRoute,
  'TLSRoute.gateway.networking.k8s.io': gatewayRoute,
  'TCPRoute.gateway.networking.k8s.io': gatewayRoute,
  'Gateway.networking.istio.io': object({ spec: object({ selector: strings, servers: list(server) }) }),
  'VirtualService.networking.istio.io': object({
    spec: object({
      hosts: list(string),
      gateways: list(string),
      exportTo: list(string),
      http: list(httpRoute),
      tls: layer4,
      tcp: layer4
    })
  }),
  'DestinationRule.networking.istio.io': object({
    spec: object(
      {
        host: string,
        exportTo: list(string),
        trafficPolicy,
        subsets: list(object({ name: string, labels: strings, trafficPolicy }, ['name'])),
        workloadSelector: labelSelector
      },
      ['host']
    )
  }),
  'ServiceEntry.networking.istio.io': object({
    spec: object(
      {
        hosts: list(string),
        addresses: list(string),
        exportTo: list(string),
        ports: list(
          object({ number: integer, name: string, protocol: string, targetPort: integer }, ['number', 'name'])
        ),
        resolution: one('NONE', 'STATIC', 'DNS', 'DNS_ROUND_ROBIN', 'DYNAMIC_DNS'),
        location: one('MESH_EXTERNAL', 'MESH_INTERNAL'),
        endpoints: list(object({ address: string, ports: map(integer), labels: strings })),
        workloadSelector: object({ labels: strings })
      },
      ['hosts']
    )
  }),
  'EnvoyFilter.networking.istio.io': object({
    spec: object({ workloadSelector: object({ labels: strings }), ...targetRefs, configPatches: list(object({})) })
  }),
  'AuthorizationPolicy.security.istio.io': object({
    spec: object({
      selector: labelSelector,
      ...targetRefs,
      action: one('ALLOW', 'DENY', 'AUDIT', 'CUSTOM'),
      provider: object({ name: string }),
      rules: list(
        object({
          from: list(object({ source })),
          to: list(object({ operation })),
          when: list(object({ key: string, values: list(string), notValues: list(string) }, ['key']))
        })
      )
    })
  }),
  'RequestAuthentication.security.istio.io': object({
    spec: object({
      selector: labelSelector,
      ...targetRefs,
      jwtRules: list(
        object(
          {
            issuer: string,
            audiences: list(string),
            jwks: string,
            jwksUri: string,
            fromHeaders: list(object({ name: string, prefix: string }, ['name'])),
            fromParams: list(string),
            fromCookies: list(string),
            forwardOriginalToken: boolean
          },
          ['issuer']
        )
      )
    })
  }),
  'PeerAuthentication.security.istio.io': object({
    spec: object({
      selector: labelSelector,
      mtls: object({ mode: one('UNSET', 'DISABLE', 'PERMISSIVE', 'STRICT') }),
      portLevelMtls: map(object({ mode: one('UNSET', 'DISABLE', 'PERMISSIVE', 'STRICT') }))
    })
  })
}
