/**
 * What a gateway is asked, and what it answers.
 *
 * @module
 */

import type { ClientTLS, Credential } from './credential.ts'
import type { Destination } from './destination.ts'
import type { HeaderPairs } from './headers.ts'
import type { RouteDestination } from './istio.ts'
import type { ConsideredRoute } from './route.ts'
import type { Server } from './server.ts'

/** A connection to a port of the gateway. */
export interface GatewayConnection {
  /** Absent for a plain one. */
  tls?: ClientTLS
  /** Address of the other end; of the client that a header of the PROXY protocol names. */
  peer: string
  /** Whether it began with a header of the PROXY protocol. */
  proxied?: boolean
}

export interface GatewayRequest {
  method: string
  /** Path and query. */
  path: string
  /** Host header or `:authority`. */
  authority: string
  headers: HeaderPairs
  /** Default `1.1`. */
  version?: '1.0' | '1.1' | '2.0'
}

/** Why a connection comes to nothing. */
export interface Unserved {
  reason: string
  /** What mends it, where it is known. */
  hint?: string
}

/** Where a connection leads: to a server, or nowhere. */
export type Accepted =
  | { kind: 'status' }
  | { kind: 'server'; servers: Server[]; tls: boolean; credential?: Credential }
  /** Passed on without being looked at; with a credential, TLS ends here. */
  | {
      kind: 'passed'
      server: Server
      route: { name: string; destinations: RouteDestination[] }
      credential?: Credential
    }
  /** `refused`: nobody listens; `reset`: closed without an answer; `malformed`: what comes first is no HTTP, which is answered. */
  | ({ kind: 'refused' | 'reset' | 'malformed'; server?: Server } & Unserved)

/** What becomes of a request. */
export type Outcome =
  | ({ kind: 'refused' | 'reset' } & Unserved)
  | {
      kind: 'response'
      status: number
      headers: HeaderPairs
      body: string
      reason: string
      /** The destination of the route cannot be reached. */
      unreachable?: true
      /** What mends that, where it is known. */
      hint?: string
    }
  | {
      kind: 'service'
      destinations: Destination[]
      /** The one that this request goes to. */
      destination: Destination
      /** As the Service sees it. */
      request: { method: string; path: string; headers: HeaderPairs }
      /** The gateway's changes to the headers of the answer. */
      answerHeaders(headers: HeaderPairs): HeaderPairs
      /** The connection is passed on as it is, and becomes one of another protocol. */
      upgrade?: 'websocket'
    }

/** One of several things that may become of a request, by chance. */
export interface Branch {
  /** In percent. */
  share: number
  /** In few words: `web.shop.svc.cluster.local:80 subset v1`, `503, the route injects a fault`. */
  text: string
  outcome: Outcome
}

/** What becomes of a request, and why. */
export interface GatewayAnswer {
  /** `Gateway namespace/name`, with the server's port and hosts: absent on the status port and where nobody listens. */
  server?: { gateway: string; port: number; protocol: string; hosts: string[]; tlsMode?: string }
  /** The domain of the virtual host that the request's host chose. */
  virtualHost?: string
  considered: ConsideredRoute[]
  /** The route that took the request. */
  route?: string
  /** What the gateway does around a request that a destination gets: time-outs, retries, mirrors of the route. */
  conduct?: string[]
  /** Where chance decides: everything that may become of it, the likeliest first. */
  branches?: Branch[]
  outcome: Outcome
  /** What is not among the objects and was taken to be there for this answer. */
  assumptions: string[]
  /** What selects the gateway or the destination, may decide on the answer, and was not looked at. */
  notEvaluated: string[]
}

export interface GatewayOptions {
  /** The objects are all that there is: Services and Secrets that are not among them do not exist. Default false. */
  complete?: boolean
  /** 0 ≤ n < 1: which of several branches a request takes; default: the likeliest. */
  random?(): number
  /** The ID that a request gets; default: words that say so. */
  requestID?(): string
}
