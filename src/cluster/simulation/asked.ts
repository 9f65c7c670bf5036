/**
 * What the load balancers of a plan ask of the embedded cluster's pods.
 *
 * @module
 */

import { successCodes, type Targets } from '../../elbv2/index.ts'
import { type Stack, specEntries } from '../../model/index.ts'
import { objectKey, type Resources } from '../../resources/index.ts'
import { podPortsAsked } from '../../targets/index.ts'
import type { ExpectedCode } from './echo.ts'
import type { PodsAsked } from './embedded-cluster.ts'

/** The Services whose pods are targets of any of the load balancers. */
export function podsAsked(stacks: readonly Stack[], resources: Resources): PodsAsked {
  const asked = new Map<string, number[]>()
  for (const stack of stacks) {
    for (const [service, ports] of podPortsAsked(stack, resources)) {
      asked.set(objectKey(service), [...(asked.get(objectKey(service)) ?? []), ...ports])
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
    for (const [id, { healthCheckConfig: healthCheck, protocolVersion }] of specEntries(stack, 'targetGroup')) {
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
