import type { GatewayFacts } from './connection.ts'
import type { Branch, GatewayRequest } from './contract.ts'
import { type Destination, destinationsOf } from './destination.ts'
import type { RouteDestination } from './istio.ts'
import type { Server } from './server.ts'

/** What may become of a request over a connection that is passed on without being looked at. */
export function followPassed(
  server: Server,
  route: readonly RouteDestination[],
  { method, path, headers }: GatewayRequest,
  { workload, resources, complete }: GatewayFacts
): { branches: Branch[]; destinations: Destination[] } {
  const { namespace } = workload
  const context = { resources, namespace, port: server.spec.port.number, complete, passed: true }
  const destinations = destinationsOf(route, context)
  const branches = destinations.map((destination): Branch => {
    const { problem, host, port, share } = destination
    return {
      share,
      text: `${host}:${port}`,
      outcome: problem
        ? { kind: 'reset', reason: problem.reason }
        : {
            kind: 'service',
            destinations,
            destination,
            request: { method, path, headers },
            answerHeaders: all => all
          }
    }
  })
  return { branches, destinations }
}
