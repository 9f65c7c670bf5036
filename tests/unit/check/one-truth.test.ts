import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { checkRules } from '../../../src/check/index.ts'
import { predictionRules } from '../../../src/check/predictions/prediction.ts'
import { Edge } from '../../../src/edge.ts'
import { Failure, type Finding } from '../../../src/failure.ts'
import {
  defaultEnvironment,
  diffPlans,
  type GroupPlan,
  planToJSON,
  specsOf,
  stacksOf
} from '../../../src/model/index.ts'
import { parseManifests } from '../../../src/resources/index.ts'
import type { Trace, TracedAnswer } from '../../../src/trace/index.ts'
import { type EdgeSketch, edgeSketches, hostsOf, namedPaths, textOf } from '../../cases/generated-edges.ts'

function edgeOf(sketch: EdgeSketch): Edge {
  return new Edge(parseManifests([{ file: 'edge.json', text: textOf(sketch) }]), defaultEnvironment)
}

/** Follows requests through one load balancer. */
type Follow = (url: string) => Trace

function answersOf({ answer, destinations }: Trace): TracedAnswer[] {
  return destinations.length === 0
    ? [answer]
    : destinations.flatMap(one => [one.answer, ...(one.branches ?? []).map(branch => branch.answer)])
}

function locationOf({ answer: { headers = [] } }: Trace): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === 'location')?.[1]
}

/** What becomes of a browser that follows redirects of the host's own. */
function redirectsOf(url: string, first: Trace, follow: Follow): string[] {
  const seen = new Set([new URL(url).href])
  for (let [at, trace] = [url, first]; ; ) {
    const location = locationOf(trace)
    const next = location === undefined ? undefined : new URL(location, at)
    if (!next || next.hostname !== new URL(url).hostname) {
      return []
    }
    if (seen.has(next.href)) {
      return [`${url} is redirected for ever`]
    }
    seen.add(next.href)
    at = next.href
    trace = follow(at)
    if (!trace.listener) {
      return [`${url} is redirected to nowhere: ${trace.answer.reason}`]
    }
  }
}

/** What is bad of every host and path on every listener. */
function badRequests(group: GroupPlan, hosts: readonly string[], follow: Follow): string[] {
  const bad: string[] = []
  const { dnsName } = follow('http://nobody.test/').loadBalancer
  /** Whether any path of a rule and a host has a route in the gateway. */
  const routed = new Map<string, boolean>()
  for (const { port, protocol } of specsOf(group.stack, 'listener')) {
    for (const host of [...hosts, dnsName]) {
      for (const path of namedPaths) {
        const url = `${protocol.toLowerCase()}://${host}${path}`
        const trace = follow(url)
        if (trace.rule === 'default') {
          continue
        }
        for (const answer of answersOf(trace)) {
          const { from, status = 0, reason, unreachable, headers = [] } = answer
          const isMissing = status === 404 || headers.some(header => header.join() === 'grpc-status,12')
          if ((from === 'load balancer' && status >= 460) || unreachable) {
            bad.push(`${url} gets ${status}: ${reason}`)
          }
          const key = `${protocol} ${host} on rule ${trace.rule} of ${port}`
          const isLost = from === 'gateway' && isMissing && host !== dnsName
          routed.set(key, (routed.get(key) ?? false) || !isLost)
        }
        bad.push(...redirectsOf(url, trace, follow))
      }
    }
  }
  return [...bad, ...[...routed].filter(([, has]) => !has).map(([key]) => `${key} gets 404 from the gateway`)]
}

/** What trace, the predicted health of targets and diff have to tell that nobody can want. */
function badOf(edge: Edge, sketch: EdgeSketch): string[] {
  const side = stacksOf(planToJSON(edge.plan))
  const blocked = diffPlans(side, side).blocked.map(({ error }) => `diff is blocked: ${error}`)
  return edge.plan.groups.flatMap(group => {
    if (group.error !== undefined) {
      return blocked
    }
    // Clients of a gRPC service make calls.
    const call = { method: 'POST', headers: [['content-type', 'application/grpc']] as [string, string][] }
    function follow(url: string): Trace {
      const request = { url, version: url.startsWith('https') ? ('2.0' as const) : ('1.1' as const) }
      return edge.trace({ ...request, ...(sketch.version === 'GRPC' && call) }, { group: group.id, explain: false })
    }
    try {
      const byTargetGroup = Map.groupBy(edge.targets, ({ targetGroup }) => targetGroup)
      const unhealthy = [...byTargetGroup].filter(([, targets]) => targets.every(({ state }) => state === 'unhealthy'))
      return [
        ...unhealthy.map(([name, [first]]) => `no target of ${name} is healthy: ${first!.because}`),
        ...badRequests(group, hostsOf(sketch), follow)
      ]
    } catch (error) {
      if (error instanceof Failure) {
        return [`AWS refuses it: ${error.message}`]
      }
      throw error
    }
  })
}

const explaining = new Set(checkRules.filter(({ explains = [] }) => explains.length > 0).map(({ code }) => code))
const predicted = new Set(predictionRules.map(({ code }) => code))

/** Whether a finding says for sure what becomes of requests or targets. */
function isClaim({ code, severity }: Finding): boolean {
  return predicted.has(code) || (severity === 'error' && explaining.has(code))
}

/** Of routes that are not among the objects trace takes it that they answer a health check; check warns of it. */
function isOfAssumedRoutes({ code }: Finding, { assumedRoutes }: Edge): boolean {
  const ofRoutes = ['HEALTH_CHECK_ASKS_ROUTES', 'HEALTH_CHECK_PATH_NOT_SERVED', 'STATUS_PORT_MISSING']
  return assumedRoutes.length > 0 && ofRoutes.includes(code)
}

describe('one truth', () => {
  test('check is silent exactly where trace, the targets and diff have nothing bad to tell', () => {
    const seen = { clean: 0, bad: 0 }
    fc.assert(
      fc.property(edgeSketches, sketch => {
        const edge = edgeOf(sketch)
        const bad = badOf(edge, sketch)
        const told = edge.findings.filter(({ severity }) => severity !== 'info')
        if (bad.length > 0) {
          seen.bad++
          expect({ bad, told }).toEqual({ bad, told: expect.arrayContaining([expect.anything()]) })
        } else {
          seen.clean++
          const claimed = told.filter(finding => isClaim(finding) && !isOfAssumedRoutes(finding, edge))
          expect(claimed).toEqual([])
        }
      }),
      // Of a fixed seed, so that what a run finds is the same for everybody; another one is a way to look for more.
      { numRuns: 250, seed: 2029 }
    )
    // Edges of both kinds, or nothing was compared.
    expect(Math.min(seen.clean, seen.bad)).toBeGreaterThan(10)
  })
})
