/**
 * What is told of the way of a request.
 *
 * @module
 */
import type { Finding } from '../failure.ts'
import type { BackendAnswer, BackendOutcome } from './backend.ts'
import type { ConsideredRule, TracedTargetGroup } from './load-balancer.ts'

/** What comes back to the client. */
export interface TracedAnswer extends Omit<BackendOutcome, 'from'> {
  from: 'load balancer' | BackendOutcome['from']
}

/** A target group that the request may go to, with what stands behind it. */
export interface TracedDestination extends Omit<TracedTargetGroup, 'own'> {
  /** What the target stands for; absent where none can be asked. */
  backend?: Omit<BackendAnswer, 'answer' | 'branches' | 'assumptions' | 'notEvaluated'>
  /** Where chance decides behind the target: everything that may come of the request, the likeliest first. */
  branches?: TracedBranch[]
  /** Of a load balancer that hands bytes through: what the target has for the client. */
  sees?: string
  answer: TracedAnswer
}

/** One of several things that may come of a request, by the weights of a route or a fault that it injects. */
export interface TracedBranch {
  /** In percent. */
  share: number
  /** In few words: `web.shop.svc.cluster.local:80 subset v1`. */
  text: string
  answer: TracedAnswer
}

/** The way of one request. */
export interface Trace {
  request: { method: string; url: string; host: string; headers: [name: string, value: string][]; client: string }
  /** `group`: ID of the IngressGroup, or of the Service or Gateway. */
  loadBalancer: { group: string; name: string; scheme: string; dnsName: string }
  /** Absent where the load balancer has none on the port. */
  listener?: { port: number; protocol: string }
  /** Of an HTTPS listener: what a client that names the host is shown; `covers` is absent where `aws.yaml` does not list it. */
  certificate?: { arn: string; covers?: boolean }
  /** Every rule up to the one that takes the request, by priority. */
  rules: ConsideredRule[]
  rule?: number | 'default'
  /** What has to be passed before the rule's action; it is not carried out here. */
  passes?: string
  action?: string
  /** Several for a weighted forward, the greatest share first; empty where the load balancer answers by itself. */
  destinations: TracedDestination[]
  /** Of the first destination, where there is one. */
  answer: TracedAnswer
  /** What is not among the objects and was taken to be there. */
  assumptions: string[]
  /** What may decide on the answer, and was not looked at: extensions of Envoy, policies that ask elsewhere. */
  notEvaluated: string[]
  /** Objects of Istio's that do not count, since the API server or Istio refuses them. */
  findings: Finding[]
}
