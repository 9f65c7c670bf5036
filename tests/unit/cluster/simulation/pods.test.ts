import { createServer } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { checkResources } from '../../../../src/check/index.ts'
import { Simulation, type SimulationOptions, sendTo } from '../../../../src/cluster/index.ts'
import { defaultEnvironment } from '../../../../src/model/index.ts'
import { assumeMissing, type KubernetesObject, Resources, readManifests } from '../../../../src/resources/index.ts'
import { predictTargets, readRequest, type TraceRequest, trace } from '../../../../src/trace/index.ts'

/** A request and what comes of it: the Service's name is the application's that answers. */
interface Expected {
  request: TraceRequest
  status: number
  service?: string
}

interface PodCase {
  file: string
  /** Every target's state, by trace and by the running load balancer. */
  states: string[]
  requests: Expected[]
  /** Errors of `check`. */
  errors?: string[]
  more?: KubernetesObject[]
}

const gateway: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'istio-ingressgateway', namespace: 'istio-system' },
  spec: {
    type: 'NodePort',
    selector: { istio: 'ingressgateway' },
    ports: [
      { name: 'status-port', port: 15021, targetPort: 15021, nodePort: 30021 },
      { name: 'http2', port: 80, targetPort: 8080, nodePort: 30080 },
      { name: 'https', port: 443, targetPort: 8443, nodePort: 30443 }
    ]
  }
}

function get(url: string, headers?: [string, string][]): TraceRequest {
  return { url, ...(headers && { headers }) }
}

const cases: PodCase[] = [
  {
    file: 'two-services-with-one-target-port.yaml',
    states: ['healthy', 'healthy'],
    requests: [
      { request: get('http://a.test/orders'), status: 200, service: 'checkout-orders' },
      { request: get('http://a.test/users'), status: 200, service: 'checkout-users' }
    ]
  },
  {
    file: 'blue-and-green-with-one-target-port.yaml',
    states: ['healthy', 'healthy'],
    requests: [{ request: get('http://a.test/'), status: 200 }]
  },
  {
    file: 'gateway-pods-checked-on-agent-port.yaml',
    states: ['healthy'],
    requests: [{ request: get('http://a.test/'), status: 200 }]
  },
  {
    file: 'gateway-pods-checked-on-status-port-without-service-port.yaml',
    states: ['healthy'],
    requests: [{ request: get('http://a.test/'), status: 200 }]
  },
  {
    file: 'operator-gateway-without-status-port.yaml',
    states: ['healthy'],
    requests: [{ request: get('http://a.test/'), status: 200 }]
  },
  {
    file: 'management-port-checked.yaml',
    states: ['healthy'],
    requests: [{ request: get('http://a.test/'), status: 200, service: 'app' }]
  },
  {
    file: 'named-target-port-checked-by-number.yaml',
    states: ['healthy'],
    requests: [{ request: get('http://a.test/'), status: 200, service: 'app' }]
  },
  {
    file: 'http-and-https-to-one-target-port.yaml',
    states: ['healthy'],
    requests: [{ request: get('http://a.test/'), status: 200, service: 'argo' }]
  },
  {
    file: 'plain-application-on-port-443.yaml',
    states: ['healthy'],
    requests: [{ request: get('http://a.test/'), status: 200, service: 'app' }]
  },
  {
    file: 'grpc-and-http-of-one-application.yaml',
    states: ['healthy', 'healthy'],
    requests: [{ request: get('https://argocd.example.com/'), status: 200, service: 'argo' }]
  },
  {
    file: 'external-name-ip-targets.yaml',
    states: [],
    requests: [{ request: get('http://a.test/'), status: 503 }],
    errors: ['TARGET_GROUP_EMPTY']
  },
  {
    file: 'https-to-status-port.yaml',
    more: [gateway],
    states: ['healthy', 'healthy', 'healthy', 'healthy'],
    requests: [{ request: get('http://a.test/healthz/ready'), status: 502 }],
    errors: ['TLS_TO_PLAIN_HTTP_PORT']
  }
]

let simulation: Simulation | undefined
async function run(resources: Resources, options: Partial<SimulationOptions> = {}): Promise<Simulation> {
  simulation = await Simulation.create({ environment: defaultEnvironment, anyPort: true, timeScale: 100, ...options })
  await simulation.apply(resources)
  await simulation.whenChecked()
  return simulation
}
afterEach(async () => {
  await simulation?.close()
  simulation = undefined
})

function statesOf(running: Simulation): string[] {
  return running
    .describe()
    .flatMap(({ targetGroups }) => targetGroups.flatMap(({ targets }) => targets.map(({ state }) => state)))
}

async function send(running: Simulation, request: TraceRequest) {
  const { head, scheme, host, port } = readRequest(request)
  const [first] = running.describe()
  const { address } = first!.listeners.find(listener => listener.port === port)!
  return sendTo(address, { ...head, scheme, host }, running.authority.certificate)
}

function read({ file, more = [] }: PodCase): Resources {
  return assumeMissing(readManifests([`tests/cases/ordinary/${file}`]).with(more)).resources
}

describe('pods, as trace tells them and as they answer', () => {
  test.each(cases)('$file', async example => {
    const { states, requests, errors = [] } = example
    const resources = read(example)
    expect(predictTargets(resources, defaultEnvironment).map(({ state }) => state)).toEqual(states)
    const running = await run(resources)
    expect(statesOf(running)).toEqual(states)
    for (const { request, status, service } of requests) {
      const { answer } = trace(resources, defaultEnvironment, request)
      const seen = await send(running, request)
      expect(seen.status).toBe(status)
      expect(answer.status ?? 200).toBe(status)
      if (service !== undefined) {
        expect(answer.service).toMatch(new RegExp(`^${service}\\.`))
        expect(JSON.parse(seen.body)).toMatchObject({ service })
      }
    }
    const found = checkResources(resources, defaultEnvironment).filter(({ severity }) => severity === 'error')
    expect(found.map(({ code }) => code)).toEqual(errors)
  })
})

test('an ExternalName Service has no node port, so that instance targets have no plan', () => {
  const resources = assumeMissing(readManifests(['tests/cases/ordinary/external-name-instance-targets.yaml'])).resources
  expect(() => trace(resources, defaultEnvironment, { url: 'http://a.test/' })).toThrow('TargetGroup port is empty')
})

/** An application with one Ingress before it, by what decides on what a target does. */
interface Edge {
  targetType: 'ip' | 'instance'
  service?: object
  port?: object
  annotations?: Record<string, string>
  more?: object[]
}

const prefix = 'alb.ingress.kubernetes.io'

function edgeOf({ targetType, service, port, annotations, more = [] }: Edge): Resources {
  const own = { [`${prefix}/target-type`]: targetType, ...annotations }
  const objects = [
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'app', namespace: 'web', annotations: own },
      spec: { ingressClassName: 'alb', defaultBackend: { service: { name: 'app', port: { number: 80 } } } }
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'app', namespace: 'web' },
      spec: {
        type: 'NodePort',
        selector: { app: 'app' },
        ports: [{ name: 'http', port: 80, targetPort: 8080, nodePort: 31080, ...port }],
        ...service
      }
    },
    ...more
  ]
  return assumeMissing(new Resources(objects as KubernetesObject[])).resources
}

function workload(containers: object[], labels: object = { app: 'app' }): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'app', namespace: 'web' },
    spec: { template: { metadata: { labels }, spec: { containers } } }
  }
}

function slice(address: string, ready = true): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'app-1', namespace: 'web', labels: { 'kubernetes.io/service-name': 'app' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready } }],
    ports: [{ name: 'http', port: 8080 }]
  }
}

/** The same of trace and of the running load balancer, and what it is. */
async function agree(resources: Resources): Promise<{ states: string[]; status: number }> {
  const told = predictTargets(resources, defaultEnvironment).map(({ state }) => state)
  const { answer } = trace(resources, defaultEnvironment, { url: 'http://a.test/' })
  const running = await run(resources)
  try {
    const states = statesOf(running)
    const { status } = await send(running, { url: 'http://a.test/' })
    expect({ states: told, status: answer.status ?? 200 }).toEqual({ states, status })
    return { states, status }
  } finally {
    await running.close()
  }
}

describe('what a target is asked and answers', () => {
  test.each<{ name: string; edge: Edge; states: string[]; status: number }>([
    {
      name: 'an application passes a health check that wants another code',
      edge: { targetType: 'ip', annotations: { [`${prefix}/success-codes`]: '404' } },
      states: ['healthy'],
      status: 200
    },
    {
      name: 'a pod port that nobody opens refuses',
      edge: {
        targetType: 'ip',
        annotations: { [`${prefix}/healthcheck-port`]: '9999' },
        more: [workload([{ name: 'app', ports: [{ containerPort: 8080 }] }])]
      },
      states: ['unhealthy'],
      status: 200
    },
    {
      name: 'a named target port that no container has makes no target',
      edge: { targetType: 'ip', port: { targetPort: 'web' }, more: [workload([{ name: 'app' }])] },
      states: [],
      status: 503
    },
    {
      name: 'a node port whose pods have no such port refuses',
      edge: { targetType: 'instance', port: { targetPort: 'web' }, more: [workload([{ name: 'app' }])] },
      states: ['unhealthy', 'unhealthy'],
      status: 502
    },
    {
      name: 'an application is known to speak TLS by its probe',
      edge: {
        targetType: 'ip',
        more: [workload([{ name: 'app', readinessProbe: { httpGet: { port: 8080, scheme: 'HTTPS' } } }])]
      },
      states: ['unhealthy'],
      status: 502
    },
    {
      name: 'an application is known to speak TLS by its appProtocol',
      edge: { targetType: 'instance', port: { appProtocol: 'https' } },
      states: ['unhealthy', 'unhealthy'],
      status: 502
    },
    {
      name: 'the sidecar of an application answers its readiness',
      edge: {
        targetType: 'ip',
        annotations: { [`${prefix}/healthcheck-port`]: '15021', [`${prefix}/healthcheck-path`]: '/healthz/ready' },
        more: [workload([{ name: 'app' }], { app: 'app', 'sidecar.istio.io/inject': 'true' })]
      },
      states: ['healthy'],
      status: 200
    },
    {
      name: 'nodes of a file keep everything but their address',
      edge: {
        targetType: 'instance',
        more: [
          {
            apiVersion: 'v1',
            kind: 'Node',
            metadata: { name: 'far' },
            spec: { providerID: 'aws:///us-west-2a/i-0abc' },
            status: {
              addresses: [{ type: 'InternalIP', address: '10.0.0.5' }],
              conditions: [{ type: 'Ready', status: 'True' }]
            }
          }
        ]
      },
      states: ['healthy'],
      status: 200
    }
  ])('$name', async ({ edge, states, status }) => {
    expect(await agree(edgeOf(edge))).toEqual({ states, status })
  })

  test('whatever decides on targets, trace tells what the load balancer does', async () => {
    const edges = fc.record({
      targetType: fc.constantFrom('ip', 'instance'),
      service: fc.constantFrom({}, { selector: { app: 'other' } }, { selector: { istio: 'ingressgateway' } }),
      port: fc.record(
        {
          name: fc.constantFrom('http', 'https', 'web'),
          targetPort: fc.constantFrom(8080, 8443, 'http', 'web'),
          appProtocol: fc.constantFrom('http', 'https')
        },
        { requiredKeys: ['targetPort'] }
      ),
      annotations: fc
        .record(
          {
            'healthcheck-port': fc.constantFrom('8080', '8090', '15020', '15021', '15090', '31080', '31999'),
            'healthcheck-path': fc.constantFrom('/healthz/ready', '/stats/prometheus', '/'),
            'success-codes': fc.constantFrom('200', '404', '200-399'),
            'backend-protocol': fc.constantFrom('HTTP', 'HTTPS')
          },
          { requiredKeys: [] }
        )
        .map(record => Object.fromEntries(Object.entries(record).map(([name, value]) => [`${prefix}/${name}`, value]))),
      more: fc.subarray([
        workload([
          { name: 'app', ports: [{ name: 'web', containerPort: 8443 }] },
          { name: 'side', ports: [{ containerPort: 8090 }] }
        ])
      ])
    })
    await fc.assert(
      fc.asyncProperty(edges, async edge => {
        expect(await agree(edgeOf(edge as Edge))).toMatchObject({ status: expect.any(Number) })
      }),
      { numRuns: 40 }
    )
  }, 60_000)
})

describe('pods that are not here', () => {
  test('get nothing, and are refused', async () => {
    const resources = edgeOf({ targetType: 'ip', more: [slice('10.0.0.5')] })
    await expect(run(resources)).rejects.toMatchObject({ exitCode: 2, code: 'POD_UNREACHABLE' })
    expect(simulation!.describe()).toEqual([])
  })

  test('are asked where they are said to be reachable', async () => {
    const resources = edgeOf({ targetType: 'ip', more: [slice('10.0.0.5', false)] })
    expect(statesOf(await run(resources, { podsReachable: true }))).toEqual([])
  })

  test('are asked on loopback', async () => {
    const pod = createServer(socket => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nreal'))
    await new Promise<void>(resolve => pod.listen(8080, '127.77.0.9', resolve))
    try {
      const running = await run(edgeOf({ targetType: 'ip', more: [slice('127.77.0.9')] }))
      expect((await send(running, { url: 'http://a.test/' })).body).toBe('real')
    } finally {
      pod.close()
    }
  })
})
