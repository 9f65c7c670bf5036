import fc from 'fast-check'
import { teamNamespace } from './gateway-api.ts'
import { httpRoute, type RoutePlan } from './route.ts'
import { some } from './words.ts'

interface ServerPlan {
  port: 80 | 443
  hosts: string[]
  httpsRedirect: boolean
}

export interface GatewayPlan {
  own: boolean
  young: boolean
  servers: ServerPlan[]
}

export interface VirtualServicePlan {
  team: boolean
  young: boolean
  hosts: string[]
  gateways: number[]
  exportTo: string[] | undefined
  http: RoutePlan[]
}

const serverHosts = ['@', 'a.@', '*.@', '*.a.@', '*/*.@', './a.@', `${teamNamespace}/@`, `${teamNamespace}/*.@`, '*']

const server: fc.Arbitrary<ServerPlan> = fc.record({
  port: fc.constantFrom<80 | 443>(80, 80, 443),
  hosts: some(serverHosts, 3),
  httpsRedirect: fc.constantFrom(false, false, false, false, true)
})
/** Most have a server for every host of the situation, so that most requests come to a route. */
export const gateway: fc.Arbitrary<GatewayPlan> = fc
  .record({
    own: fc.constantFrom(true, true, false),
    young: fc.boolean(),
    servers: fc.array(server, { minLength: 1, maxLength: 2 }),
    wide: fc.constantFrom<(80 | 443)[]>([80, 443], [80, 443], [80], [])
  })
  .map(({ servers, wide, ...rest }) => ({
    ...rest,
    servers: [...servers, ...wide.map(port => ({ port, hosts: ['@', '*.@'], httpsRedirect: false }))]
  }))
export const virtualService: fc.Arbitrary<VirtualServicePlan> = fc.record({
  team: fc.boolean(),
  young: fc.boolean(),
  hosts: fc.constantFrom(['@'], ['a.@'], ['*.@'], ['@', 'a.@'], ['@', '*.@'], ['*.a.@', 'a.@'], ['b.a.@', '@']),
  gateways: some([0, 1], 2),
  exportTo: fc.constantFrom(undefined, undefined, undefined, ['*'], ['.'], ['istio-system'], ['default']),
  http: fc.array(httpRoute, { minLength: 1, maxLength: 3 })
})
