import fc from 'fast-check'
import { maybe, type Spec } from './words.ts'

/** A server whose connections are passed on, with the VirtualService that says where to. */
export interface ConnectionPlan {
  young: boolean
  server: Spec
  hosts: string[]
  routes: Spec
}

const toTLS = { destination: { host: 'tlsecho.default.svc.cluster.local', port: { number: 443 } } }
const toPlain = { destination: { host: 'web.default.svc.cluster.local', port: { number: 80 } } }
const wide = [['p.@'], ['*.p.@'], ['p.@', '*.p.@'], ['x.p.@']]
const port = { number: 443, name: 'passed' }

const passed: fc.Arbitrary<ConnectionPlan> = fc
  .record({
    young: fc.boolean(),
    protocol: fc.constantFrom('TLS', 'HTTPS', 'tls'),
    serverHosts: fc.constantFrom(...wide),
    hosts: fc.constantFrom(...wide),
    match: fc.array(fc.record({ sniHosts: fc.constantFrom(...wide), port: fc.constantFrom(undefined, 443, 80) }), {
      minLength: 1,
      maxLength: 2
    }),
    field: fc.constantFrom('tls', 'tls', 'tls', 'tcp')
  })
  .map(({ young, protocol, serverHosts, hosts, match, field }) => ({
    young,
    hosts,
    server: { port: { ...port, protocol }, hosts: serverHosts, tls: { mode: 'PASSTHROUGH' } },
    routes:
      field === 'tls'
        ? {
            tls: [
              {
                route: [toTLS],
                // Names that are not among the hosts are refused.
                match: match.map(({ sniHosts, port: number }) => ({
                  sniHosts: sniHosts.length > hosts.length ? hosts : sniHosts,
                  ...(number && { port: number })
                }))
              }
            ]
          }
        : { tcp: [{ route: [toTLS] }] }
  }))

const ended: fc.Arbitrary<ConnectionPlan> = fc
  .record({
    young: fc.boolean(),
    hosts: fc.constantFrom(...wide),
    serverHosts: fc.constantFrom(...wide),
    match: maybe(fc.record({ port: fc.constantFrom(443, 80) }), 40),
    protocol: fc.constantFrom('TLS', 'TLS', 'HTTPS'),
    credentialName: fc.constantFrom('cases-tls', 'cases-tls', 'cases-none'),
    mode: fc.constantFrom('SIMPLE', 'SIMPLE', 'SIMPLE', 'MUTUAL', 'OPTIONAL_MUTUAL'),
    minProtocolVersion: fc.constantFrom(undefined, undefined, 'TLSV1_2', 'TLSV1_3')
  })
  .map(({ young, hosts, serverHosts, match, protocol, credentialName, mode, minProtocolVersion }) => ({
    young,
    hosts,
    server: {
      port: { ...port, protocol },
      hosts: serverHosts,
      tls: { mode, credentialName, ...(minProtocolVersion && { minProtocolVersion }) }
    },
    routes:
      protocol === 'TLS'
        ? { tcp: [{ route: [toPlain], ...(match && { match: [match] }) }] }
        : { http: [{ route: [toPlain] }] }
  }))

export const connection: fc.Arbitrary<ConnectionPlan> = fc.oneof(passed, ended)
