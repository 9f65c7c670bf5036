/**
 * A fixed rate of requests through the controller's load balancer in kind, without changes and while a thousand are made.
 *
 * @module
 */

import { Agent, request } from 'node:http'
import { controllerName, controllerNamespace } from '../../../src/cluster/index.ts'
import { Api } from '../../../src/controller/index.ts'
import { ControllerRig, ingress, prefix } from '../../../tests/e2e/controller-rig.ts'
import { percentile } from '../figures.ts'

const requestsPerSecond = 500
const group = { [`${prefix}/group.name`]: 'load' }
const host = 'shop.example.com'
const ingresses = '/apis/networking.k8s.io/v1/namespaces/default/ingresses'
const service = '/api/v1/namespaces/default/services/istio-alb-sample'

export interface Load {
  seconds: number
  requests: number
  p50: number
  p99: number
  /** What went wrong, and how often. */
  failures: Map<string, number>
}

/** A load, and how many of its requests the load balancer counts: a failure that it does not count happened before it. */
export interface CountedLoad extends Load {
  counted: number
}

export interface Changes {
  quiet: CountedLoad
  changing: CountedLoad
}

/**
 * Sends at a fixed rate for as long as `work` takes, whatever comes back. A request's time counts from when it was due: one that
 * waits for the generator is as late as one that waits for its answer.
 */
async function loadWhile(address: string, work: () => Promise<void>): Promise<Load> {
  const [hostname, port] = address.split(':')
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const times: number[] = []
  const failures = new Map<string, number>()
  function send(due: number): Promise<void> {
    return new Promise(resolve => {
      function end(failure?: string): void {
        times.push(performance.now() - due)
        if (failure) {
          failures.set(failure, (failures.get(failure) ?? 0) + 1)
        }
        resolve()
      }
      const sent = request({ agent, hostname, port, path: '/', headers: { host }, timeout: 10_000 }, response => {
        response.resume()
        response.once('end', () => end(response.statusCode === 200 ? undefined : `status ${response.statusCode}`))
        response.once('error', error => end(error.message))
      })
      sent.once('timeout', () => sent.destroy(new Error('no answer in 10 s')))
      sent.once('error', error => end(error.message))
      sent.end()
    })
  }
  const running: Promise<void>[] = []
  const start = performance.now()
  const timer = setInterval(() => {
    const interval = 1000 / requestsPerSecond
    while (start + running.length * interval <= performance.now()) {
      running.push(send(start + running.length * interval))
    }
  }, 1)
  try {
    await work()
  } finally {
    clearInterval(timer)
  }
  const seconds = (performance.now() - start) / 1000
  await Promise.all(running)
  agent.destroy()
  return { seconds, requests: running.length, p50: percentile(times, 0.5), p99: percentile(times, 0.99), failures }
}

/** How many requests the load balancer has taken. */
async function countRequests(rig: ControllerRig): Promise<number> {
  const operations = `services/${controllerName}-operations:operations/proxy/metrics`
  const text = await rig.kubectl('get', '--raw', `/api/v1/namespaces/${controllerNamespace}/${operations}`)
  return Number(/^aws_applicationelb_request_count_total\{load_balancer="k8s-load-\w+"\} (\d+)/m.exec(text)?.[1] ?? 0)
}

/** One change after another: of the Ingress that is asked, of others in its group, of other groups, of the Service behind all. */
async function change(api: Api, index: number): Promise<void> {
  const round = Math.floor(index / 8)
  const { rules } = ingress('load', { host }).spec as { rules: object[] }
  const rule = { host: `r${round}.example.com`, http: (rules[0] as { http: object }).http }
  const steps = [
    () => api.patch(`${ingresses}/load`, { spec: { rules: [...rules, rule] } }),
    () => api.post(ingresses, ingress(`member-${round}`, { annotations: group, host: `m${round}.example.com` })),
    () =>
      api.patch(service, {
        metadata: { annotations: { [`${prefix}/healthcheck-interval-seconds`]: `${10 + (round % 5)}` } }
      }),
    () => api.post(ingresses, ingress(`other-${round}`, { host: `o${round}.example.com` })),
    () =>
      api.patch(`${ingresses}/load`, {
        metadata: {
          annotations: { [`${prefix}/target-group-attributes`]: `deregistration_delay.timeout_seconds=${round}` }
        }
      }),
    () => api.patch(`${ingresses}/load`, { spec: { rules } }),
    () => api.delete(`${ingresses}/member-${round}`),
    () => api.delete(`${ingresses}/other-${round}`)
  ]
  await steps[index % steps.length]!()
}

/** @param count of changes, a multiple of eight leaves the cluster as it was. */
export async function timeChanges(count: number): Promise<Changes> {
  const rig = new ControllerRig()
  try {
    await rig.start()
    await rig.apply(ingress('load', { annotations: group, host }))
    await rig.until('two healthy targets', async () => {
      const { healthy = [], ...others } = await rig.targets('load')
      return healthy.length > 1 && Object.keys(others).length === 0
    })
    const { address } = (await rig.loadBalancer('load'))!.listeners[0]!
    const api = await Api.of({ file: rig.environment.KUBECONFIG })
    async function counted(work: () => Promise<void>): Promise<CountedLoad> {
      const before = await countRequests(rig)
      const load = await loadWhile(address, work)
      return { ...load, counted: (await countRequests(rig)) - before }
    }
    const quiet = await counted(() => new Promise(resolve => setTimeout(resolve, 10_000)))
    const changing = await counted(async () => {
      for (let index = 0; index < count; index++) {
        await change(api, index)
      }
      // The controller has followed once what is changed last has its effect.
      await rig.apply(ingress('last', { annotations: group, host: 'last.example.com' }))
      await rig.until('the last change', async () => (await rig.request('load', 'last.example.com')).status === 200)
    })
    return { quiet, changing }
  } finally {
    await rig.stop()
  }
}
