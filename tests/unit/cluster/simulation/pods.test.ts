import { afterEach, describe, expect, test } from '@jest/globals'
import { checkResources } from '../../../../src/check/index.ts'
import { Simulation, type SimulationOptions, sendTo } from '../../../../src/cluster/index.ts'
import { defaultEnvironment } from '../../../../src/model/index.ts'
import { assumeMissing, type KubernetesObject, type Resources, readManifests } from '../../../../src/resources/index.ts'
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
    errors: ['TARGET_GIVES_NO_ANSWER']
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
