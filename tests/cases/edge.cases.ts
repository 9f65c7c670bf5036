/**
 * What an edge does, told once and run against every place it runs in: the embedded cluster and kind with real Istio.
 * Each scenario leaves the edge as it found it, so that they stay independent of their order; the last one deletes it.
 */

import { expect } from '@jest/globals'
import type { LoadBalancerDescription } from '../../src/elbv2/index.ts'
import type { Finding } from '../../src/failure.ts'

export interface EdgeRequest {
  scheme: 'http' | 'https'
  path: string
  method?: string
  headers?: Record<string, string>
}

export interface EdgeAnswer {
  status: number
  /** Lower-case names. */
  headers: Record<string, string>
  body: string
}

/** What the sample service answers with: the request as it saw it. */
export interface Echo {
  service: string
  method: string
  path: string
  /** Lower-case names. */
  headers: Record<string, string>
}

/** An edge with one Ingress, a gateway with TLS behind it, and a sample service that echoes, all under `host`. */
export interface EdgeRig {
  host: string
  /** Sends to the load balancer, with `host` as Host header and SNI; the development CA is trusted. Redirects are not followed. */
  request(request: EdgeRequest): Promise<EdgeAnswer>
  describe(): Promise<LoadBalancerDescription | undefined>
  /** Resolves as soon as the load balancer's description fulfils the condition; undefined when there is none any more. */
  until(what: string, condition: (description: LoadBalancerDescription | undefined) => boolean): Promise<void>
  /** What `istio-alb check` says of the objects as they are now. */
  findings(): Promise<Finding[]>
  /** Sets or removes (undefined) an annotation of the gateway Service. */
  annotateService(annotation: string, value: string | undefined): Promise<void>
  annotationOfService(annotation: string): Promise<string | undefined>
  /** The node port of a Service port, and a change of it. */
  nodePort(name: string): Promise<number>
  setNodePort(name: string, nodePort: number): Promise<void>
  scaleGateway(replicas: number): Promise<void>
  deleteIngress(): Promise<void>
}

export interface EdgeScenario {
  name: string
  run(rig: EdgeRig): Promise<void>
}

/** States of the registered targets; one that drains is none any more, and takes minutes. */
export function states(description: LoadBalancerDescription | undefined): string[] {
  return (description?.targetGroups ?? [])
    .flatMap(group => group.targets.map(target => target.state))
    .filter(state => state !== 'draining')
}

export function allHealthy(description: LoadBalancerDescription | undefined): boolean {
  return states(description).length > 0 && states(description).every(state => state === 'healthy')
}

function allUnhealthy(description: LoadBalancerDescription | undefined): boolean {
  return states(description).length > 0 && states(description).every(state => state === 'unhealthy')
}

/** Asks until the service answers; the last answer otherwise is the failure. */
async function answers200(rig: EdgeRig): Promise<void> {
  const deadline = Date.now() + 30_000
  let answer = await rig.request({ scheme: 'https', path: '/' })
  while (answer.status !== 200 && Date.now() < deadline) {
    await new Promise(resolve => setTimeout(resolve, 100))
    answer = await rig.request({ scheme: 'https', path: '/' })
  }
  expect(answer.status).toBe(200)
}

export const edgeScenarios: EdgeScenario[] = [
  {
    name: 'every target becomes healthy through the status port',
    async run(rig) {
      await rig.until('all targets healthy', allHealthy)
      const status = String(await rig.nodePort('status-port'))
      for (const group of (await rig.describe())!.targetGroups) {
        for (const target of group.targets) {
          expect(target.healthCheckPort).toBe(status)
        }
      }
      // A gateway is ready before it has its routes.
      await answers200(rig)
    }
  },
  {
    name: 'HTTP is redirected to HTTPS by the load balancer itself',
    async run(rig) {
      const answer = await rig.request({ scheme: 'http', path: '/orders?id=7' })
      expect(answer.status).toBe(301)
      expect(answer.headers.server).toBe('awselb/2.0')
      expect(answer.headers.location).toBe(`https://${rig.host}:443/orders?id=7`)
      expect(answer.body).toBe(
        '<html>\r\n<head><title>301 Moved Permanently</title></head>\r\n<body>\r\n<center><h1>301 Moved Permanently</h1></center>\r\n</body>\r\n</html>\r\n'
      )
    }
  },
  {
    name: 'an HTTPS request reaches the service, which sees the client and its scheme',
    async run(rig) {
      const answer = await rig.request({
        scheme: 'https',
        path: '/orders?id=7',
        headers: { 'x-forwarded-for': '192.0.2.9' }
      })
      expect(answer.status).toBe(200)
      const echo = JSON.parse(answer.body) as Echo
      expect(echo.path).toBe('/orders?id=7')
      expect(echo.headers.host).toBe(rig.host)
      expect(echo.headers['x-forwarded-proto']).toBe('https')
      // The load balancer appends the address it accepted the connection from; what the client claims stays to its left.
      expect(echo.headers['x-forwarded-for']).toMatch(/^192\.0\.2\.9, ?127\.0\.0\.1/)
      expect(echo.headers['x-amzn-trace-id']).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/)
    }
  },
  {
    name: 'a health check on a port that nobody listens on: targets unhealthy, traffic flows, check names it',
    async run(rig) {
      const annotation = 'alb.ingress.kubernetes.io/healthcheck-port'
      const before = await rig.annotationOfService(annotation)
      // The container's port where the node's belongs: the mistake of most tutorials.
      await rig.annotateService(annotation, '15021')
      await rig.until('all targets unhealthy', allUnhealthy)
      const [group] = (await rig.describe())!.targetGroups
      expect(group!.failOpen).toBe(true)
      for (const target of group!.targets) {
        expect(target.healthCheckPort).toBe('15021')
        expect(target.reason).toBe('Target.FailedHealthChecks')
        expect(target.description).toBe('Health checks failed')
      }
      expect((await rig.request({ scheme: 'https', path: '/' })).status).toBe(200)
      const finding = (await rig.findings()).find(({ code }) => code === 'HEALTH_CHECK_PORT_NOT_A_NODE_PORT')
      expect(finding).toMatchObject({ severity: 'error', actual: '15021' })
      await rig.annotateService(annotation, before)
      await rig.until('all targets healthy again', allHealthy)
      expect((await rig.findings()).filter(({ severity }) => severity === 'error')).toEqual([])
    }
  },
  {
    name: 'a moved node port is followed while everything keeps running',
    async run(rig) {
      const before = await rig.nodePort('https')
      const after = before + 1
      function portsInUse(description: LoadBalancerDescription | undefined) {
        return (description?.targetGroups ?? []).flatMap(group =>
          group.targets.filter(({ state }) => state !== 'draining').map(({ target }) => target.port)
        )
      }
      await rig.setNodePort('https', after)
      await rig.until('targets at the new node port', description => {
        const ports = portsInUse(description)
        return ports.length > 0 && ports.every(port => port === after)
      })
      await rig.until('a healthy target at the new node port', description =>
        (description?.targetGroups ?? []).some(group =>
          group.targets.some(({ state, target }) => state === 'healthy' && target.port === after)
        )
      )
      // The health check is on another node port: the node may need a moment more to open this one.
      await answers200(rig)
      await rig.setNodePort('https', before)
      await rig.until('targets back at the old node port', description =>
        (description?.targetGroups ?? []).some(group =>
          group.targets.some(({ state, target }) => state === 'healthy' && target.port === before)
        )
      )
    }
  },
  {
    name: "a gateway without pods answers with the load balancer's own 502 or 504",
    async run(rig) {
      await rig.scaleGateway(0)
      await rig.until('all targets unhealthy', allUnhealthy)
      const answer = await rig.request({ scheme: 'https', path: '/' })
      // A node port without endpoints is refused (502) or dropped (504), as the node's packet filter has it.
      expect([502, 504]).toContain(answer.status)
      const title = answer.status === 502 ? '502 Bad Gateway' : '504 Gateway Time-out'
      expect(answer.headers.server).toBe('awselb/2.0')
      expect(answer.body).toBe(
        `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`
      )
      await rig.scaleGateway(1)
      await rig.until('all targets healthy again', allHealthy)
    }
  },
  {
    name: 'deleting the Ingress ends the listeners',
    async run(rig) {
      await rig.deleteIngress()
      await rig.until('no load balancer any more', description => description === undefined)
      await expect(rig.request({ scheme: 'https', path: '/' })).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    }
  }
]
