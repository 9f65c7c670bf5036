/** What `trace` predicts of Network and Classic Load Balancers is what comes of requests through those that run. */

import http from 'node:http'
import https from 'node:https'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Simulation } from '../../../../src/cluster/index.ts'
import { Edge } from '../../../../src/edge.ts'
import { Failure } from '../../../../src/failure.ts'
import { defaultEnvironment } from '../../../../src/model/index.ts'
import { Resources } from '../../../../src/resources/index.ts'
import type { Trace } from '../../../../src/trace/index.ts'
import { resourcesOf, serviceEdges } from '../../../cases/service-edges.ts'

const host = 'shop.example.com'

/** A status, or nothing where no answer of HTTP comes back. */
function toldBy({ answer }: Trace): number | 'nothing' {
  return answer.status ?? (answer.from === 'nobody' ? 'nothing' : 200)
}

/** What comes of one request; whoever's certificate it is. */
function ask(scheme: 'http' | 'https', address: string): Promise<number | 'nothing'> {
  const [hostname, port] = address.split(':')
  const options = { hostname, port, headers: { Host: host }, agent: false, timeout: 2_000 }
  const secure = { ...options, servername: host, rejectUnauthorized: false }
  return new Promise(resolve => {
    ;(scheme === 'https' ? https : http)
      .get(scheme === 'https' ? secure : options, response => {
        // Not before the connection is over: the load balancer is about to be closed.
        response.resume().once('close', () => resolve(response.statusCode!))
      })
      // Nobody answers, and nobody ends the connection.
      .on('timeout', function (this: http.ClientRequest) {
        this.destroy()
      })
      .on('error', () => resolve('nothing'))
  })
}

describe('a load balancer of a Service that runs', () => {
  let simulation: Simulation
  beforeAll(async () => {
    simulation = await Simulation.create({
      environment: defaultEnvironment,
      hosts: [host],
      timeScale: 60,
      anyPort: true
    })
  })
  afterAll(() => simulation.close())

  test.each(serviceEdges)(
    'answers, and finds its targets healthy, as trace predicts: $maker, TLS $tls, PROXY $proxy, server $server, $policy',
    async sketch => {
      const edge = new Edge(resourcesOf(sketch), defaultEnvironment)
      const [plan] = edge.plan.services
      if (plan?.error !== undefined) {
        expect(sketch.maker).toBe('cloud provider, classic')
        return
      }
      await simulation.apply(new Resources())
      try {
        await simulation.apply(edge.resources, edge.plan)
      } catch (error) {
        expect(error).toBeInstanceOf(Failure)
        expect(edge.findings.filter(({ severity }) => severity === 'error')).not.toEqual([])
        return
      }
      await simulation.whenChecked()
      const [running] = simulation.describe()
      const found = running!.targetGroups.flatMap(({ name, targets }) =>
        targets.map(({ target, state }) => `${name} ${target.port} ${state}`)
      )
      const predicted = edge.targets.map(({ targetGroup, target, state }) => `${targetGroup} ${target.port} ${state}`)
      expect(new Set(found)).toEqual(new Set(predicted))
      for (const { port, address } of running!.listeners) {
        for (const scheme of ['http', 'https'] as const) {
          const url = `${scheme}://${host}:${port}/`
          const traced = edge.trace({ url, client: '127.0.0.1' }, { explain: false })
          const status = await ask(scheme, address)
          const why = traced.answer.reason
          expect({ url, told: toldBy(traced), why }).toEqual({ url, told: status, why })
        }
      }
    }
  )
})
