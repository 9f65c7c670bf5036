import type { Schema } from './schema-fit.ts'
import { list, object, string, strings } from './schema-words.ts'

const integer = { type: 'integer' }

const containers = list(
  object({
    name: string,
    image: string,
    restartPolicy: string,
    ports: list(object({ name: string, containerPort: integer, protocol: string }))
  })
)

const podSpec = object({
  containers,
  initContainers: containers,
  readinessGates: list(object({ conditionType: string })),
  terminationGracePeriodSeconds: integer
})

const selector = object({
  matchLabels: strings,
  matchExpressions: list(object({ key: string, operator: string, values: list(string) }))
})

const template = object({ metadata: object({ labels: strings, annotations: strings }), spec: podSpec })
const workload = object({ spec: object({ replicas: integer, selector, template }) })

const peers = list(
  object({
    ipBlock: object({ cidr: string, except: list(string) }),
    podSelector: selector,
    namespaceSelector: selector
  })
)
const policyPorts = list(object({ protocol: string, port: { type: ['integer', 'string'] }, endPort: integer }))

/** The types of the fields that are read of what makes pods, of pods, and of what keeps or scales them, and of the policies about them. */
export const workloadShapes: Record<string, Schema> = {
  Deployment: workload,
  DaemonSet: workload,
  StatefulSet: workload,
  ReplicaSet: workload,
  Pod: object({
    spec: podSpec,
    status: object({ podIP: string, conditions: list(object({ type: string, status: string })) })
  }),
  PodDisruptionBudget: object({ spec: object({ selector }) }),
  HorizontalPodAutoscaler: object({
    spec: object({
      scaleTargetRef: object({ kind: string, name: string }, ['kind', 'name']),
      minReplicas: integer
    })
  }),
  NetworkPolicy: object({
    spec: object({
      podSelector: selector,
      policyTypes: list(string),
      ingress: list(object({ from: peers, ports: policyPorts }))
    })
  })
}
