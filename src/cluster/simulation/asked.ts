/**
 * What the load balancers of a plan ask of the embedded cluster's pods.
 *
 * @module
 */

import { compileConfiguration, successCodes, type TargetGroupConfiguration, type Targets } from '../../elbv2/index.ts'
import { Failure } from '../../failure.ts'
import type { Stack } from '../../model/index.ts'
import { objectKey, type Resources } from '../../resources/index.ts'
import { servicesOfPodTargets } from '../../targets/index.ts'
import type { ExpectedCode } from './echo.ts'
import type { PodsAsked } from './embedded-cluster.ts'

function targetGroupsOf(stack: Stack): ReadonlyMap<string, TargetGroupConfiguration> {
  try {
    return compileConfiguration(stack).targetGroups
  } catch (error) {
    // What AWS refuses is told when the load balancer gets it.
    if (error instanceof Failure) {
      return new Map()
    }
    throw error
  }
}

/** The Services whose pods are targets, each with the ports that health checks ask by number. */
export function podsAsked(stacks: readonly Stack[], resources: Resources): PodsAsked {
  const asked = new Map<string, Set<number>>()
  for (const stack of stacks) {
    const groups = targetGroupsOf(stack)
    for (const { id, service } of servicesOfPodTargets(stack, resources)) {
      const ports = asked.get(objectKey(service)) ?? new Set()
      asked.set(objectKey(service), ports)
      const { port } = groups.get(id)?.healthCheck ?? {}
      if (typeof port === 'number') {
        ports.add(port)
      }
    }
  }
  return asked
}

/** Codes that applications give by themselves: of HTTP, of gRPC. */
const usual = { HTTP: 200, GRPC: 12 }

/** What health checks want to hear, where those that ask the same agree; else what most applications say. */
export function expectedCodes(running: readonly { stack: Stack; targets: Targets }[]): ExpectedCode {
  const wanted = new Map<string, string[]>()
  const grpc = new Set<string>()
  for (const { stack, targets } of running) {
    for (const [id, { healthCheck, protocolVersion }] of targetGroupsOf(stack)) {
      const isGRPC = protocolVersion === 'GRPC'
      const matcher = isGRPC ? healthCheck.matcher?.grpcCode : healthCheck.matcher?.httpCode
      for (const target of targets.get(id) ?? []) {
        const port = healthCheck.port === 'traffic-port' ? target.port : healthCheck.port
        const key = `${target.address}:${port} ${healthCheck.path ?? (isGRPC ? '/AWS.ALB/healthcheck' : '/')}`
        wanted.set(key, [...(wanted.get(key) ?? []), ...(matcher === undefined ? [] : [matcher])])
        if (isGRPC) {
          grpc.add(key)
        }
      }
    }
  }
  return (place, path) => {
    const key = `${place} ${path}`
    const matchers = wanted.get(key) ?? []
    const candidates = [
      grpc.has(key) ? usual.GRPC : usual.HTTP,
      ...matchers.map(codes => Number.parseInt(codes, 10)).filter(Number.isInteger)
    ]
    return candidates.find(code => matchers.every(codes => successCodes(codes)(code))) ?? candidates[0]
  }
}
