import type { Schema } from './schema-fit.ts'
import { boolean, list, object, string, strings } from './schema-words.ts'

/** Kubernetes' own numbers have 32 bits. */
const integer = { type: 'integer', minimum: -(2 ** 31), maximum: 2 ** 31 - 1 }
const base64 = { type: 'string', pattern: '^[A-Za-z0-9+/\\r\\n]*={0,2}[\\r\\n]*$' }

const selector = object({
  matchLabels: strings,
  matchExpressions: list(object({ key: string, operator: string, values: list(string) }, ['key', 'operator']))
})

/** Attributes and tags: their definition requires both. */
const attributes = list(object({ key: string, value: string }, ['key', 'value']))

const backend = object({
  service: object({ name: string, port: object({ name: string, number: integer }) }, ['name']),
  resource: object({ kind: string, name: string })
})

/** What parameters of a class hold, of the AWS Load Balancer Controller and of EKS Auto Mode. */
const classParameters = {
  loadBalancerName: string,
  namespaceSelector: selector,
  group: object({ name: string }, ['name']),
  scheme: string,
  inboundCIDRs: list(string),
  sslPolicy: string,
  sslRedirectPort: string,
  ipAddressType: string,
  tags: attributes,
  targetType: string,
  loadBalancerAttributes: attributes,
  listeners: list(
    object({
      protocol: string,
      port: integer,
      listenerAttributes: attributes
    })
  ),
  minimumLoadBalancerCapacity: object({ capacityUnits: integer }),
  ipamConfiguration: object({ ipv4IPAMPoolId: string }),
  prefixListsIDs: list(string),
  PrefixListsIDs: list(string),
  wafv2AclArn: string,
  wafv2AclName: string
}

/** EKS Auto Mode's: a list of keys with their values, or a mapping of them. */
const tagSelector = {
  type: ['object', 'array'],
  additionalProperties: list(string),
  items: object({ key: string, values: list(string) }, ['key'])
}

/** The types of the fields that are read of the kinds of Kubernetes and of the AWS Load Balancer Controller. */
export const kubernetesShapes: Record<string, Schema> = {
  Ingress: object({
    spec: object({
      ingressClassName: string,
      defaultBackend: backend,
      rules: list(
        object({
          host: string,
          http: object({ paths: list(object({ path: string, pathType: string, backend }, ['backend'])) }, ['paths'])
        })
      ),
      tls: list(object({ hosts: list(string), secretName: string }))
    })
  }),
  IngressClass: object({
    spec: object({
      controller: string,
      parameters: object({ apiGroup: string, kind: string, name: string }, ['kind', 'name'])
    })
  }),
  IngressClassParams: object({
    spec: object({
      ...classParameters,
      certificateArn: list(string),
      subnets: object({ ids: list(string), tags: { type: 'object', additionalProperties: list(string) } })
    })
  }),
  'IngressClassParams.eks.amazonaws.com': object({
    spec: object({
      ...classParameters,
      certificateARNs: list(string),
      subnets: object({ ids: list(string), matchTags: tagSelector, tags: tagSelector })
    })
  }),
  Service: object({
    spec: object({
      type: string,
      loadBalancerClass: string,
      loadBalancerIP: string,
      loadBalancerSourceRanges: list(string),
      allocateLoadBalancerNodePorts: boolean,
      healthCheckNodePort: integer,
      sessionAffinity: string,
      selector: strings,
      clusterIP: string,
      ipFamilies: list(string),
      externalName: string,
      externalTrafficPolicy: string,
      ports: list(
        object(
          {
            name: string,
            protocol: string,
            appProtocol: string,
            port: integer,
            targetPort: { ...integer, type: ['integer', 'string'] },
            nodePort: integer
          },
          ['port']
        )
      )
    })
  }),
  TargetGroupBinding: object({
    spec: object({
      targetGroupARN: string,
      targetGroupName: string,
      targetType: string,
      targetGroupProtocol: string,
      ipAddressType: string,
      vpcID: string,
      multiClusterTargetGroup: boolean,
      iamRoleArnToAssume: string,
      serviceRef: object({ name: string, port: { ...integer, type: ['integer', 'string'] } }, ['name', 'port']),
      nodeSelector: selector
    })
  }),
  CustomResourceDefinition: object({
    spec: object({ group: string, scope: string, names: object({ kind: string }) })
  }),
  ConfigMap: object({ data: strings }),
  Secret: object({ type: string, data: { type: 'object', additionalProperties: base64 } }),
  Node: object({
    spec: object({
      providerID: string,
      unschedulable: boolean,
      taints: list(object({ key: string, value: string, effect: string }, ['key']))
    }),
    status: object({
      addresses: list(object({ type: string, address: string })),
      conditions: list(object({ type: string, status: string }))
    })
  }),
  EndpointSlice: object({
    addressType: string,
    endpoints: list(
      object(
        {
          addresses: list(string),
          conditions: object({ ready: boolean, serving: boolean, terminating: boolean }),
          nodeName: string
        },
        ['addresses']
      )
    ),
    ports: list(object({ name: string, port: integer, protocol: string }))
  })
}
