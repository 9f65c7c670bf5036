/**
 * The controller's admission webhooks over HTTPS, with a certificate of their own.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { idleConnectionTimeout } from '../idle-connections.ts'
import type { DevelopmentAuthority } from '../load-balancer/index.ts'
import type { Environment } from '../model/index.ts'
import type {
  Ingress,
  IngressClassParams,
  KubernetesObject,
  Pod,
  Resources,
  Service,
  TargetGroupBinding
} from '../resources/index.ts'
import { classOfService, gatesOf, type Request, refusalOfIngress, refusalOfParams } from './admission.ts'
import { type Api, ApiError } from './api.ts'
import { defaultsOfBinding, refusalOfBinding } from './binding-admission.ts'
import type { ControllerEvent } from './controller-event.ts'

export interface ObjectName {
  namespace: string
  name: string
}

export interface WebhookOptions {
  api: Pick<Api, 'get' | 'post' | 'patch'>
  environment: Environment
  authority: DevelopmentAuthority
  /**
   * The Service that the API server calls is `name-webhook`, the configurations to be filled in are called `name`, and the
   * Secret with the certificate, which all replicas share, `name-webhook`.
   */
  service: ObjectName
  host: string
  /** 0 lets the system choose. */
  port: number
  /** What the cluster says; until it does, nothing is admitted. */
  snapshot(): Resources | undefined
  onEvent(event: ControllerEvent): void
}

interface AdmissionReview {
  apiVersion: string
  kind: string
  request?: { uid: string; namespace?: string; object?: KubernetesObject; oldObject?: KubernetesObject | null }
}

/** The most that a review may weigh, in bytes: both versions of the largest object that the API server takes. */
const largestReview = 8 * 1024 * 1024

type Decision = { allowed: true; patch?: object[] } | { allowed: false; message: string }

function refuse(message: string | undefined): Decision {
  return message === undefined ? { allowed: true } : { allowed: false, message }
}

const decisions: Record<string, (request: Request<KubernetesObject>) => Decision> = {
  '/validate-networking-v1-ingress': request => refuse(refusalOfIngress(request as Request<Ingress>)),
  '/validate-elbv2-k8s-aws-v1beta1-ingressclassparams': request =>
    refuse(refusalOfParams(request as Request<IngressClassParams>)),
  '/validate-elbv2-k8s-aws-v1beta1-targetgroupbinding': request =>
    refuse(refusalOfBinding(request as Request<TargetGroupBinding>)),
  '/mutate-elbv2-k8s-aws-v1beta1-targetgroupbinding': request => {
    const defaults = defaultsOfBinding(request as Request<TargetGroupBinding>)
    return defaults.patch ? { allowed: true, patch: defaults.patch } : refuse(defaults.refusal)
  },
  '/mutate-v1-service': request => ({ allowed: true, patch: classOfService(request as Request<Service>) }),
  '/mutate-v1-pod': request => ({ allowed: true, patch: gatesOf(request as Request<Pod>) })
}

/** An answer other than a decision. */
class Refusal extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Milliseconds that a review may still take once the webhooks end. */
const reviewGrace = 2_000

/** Answers reviews, and tells the API server whom to trust. */
export async function serveWebhooks(options: WebhookOptions): Promise<{ port: number; close(): Promise<void> }> {
  const { service, host, onEvent } = options
  const { ca, certificate, key } = await sharedCertificate(options)
  const server = createServer({ cert: certificate, key }, (request, response) => {
    function answer(status: number, body: object): void {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    review(request, options).then(
      body => answer(200, body),
      (error: Error) => {
        const status = error instanceof Refusal ? error.status : 500
        if (status === 500) {
          onEvent({ type: 'error', message: `webhook: ${error.stack}` })
        }
        answer(status, { message: error.message })
      }
    )
  })
  server.keepAliveTimeout = idleConnectionTimeout
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, host, resolve)
  })
  const { port } = server.address() as AddressInfo
  onEvent({ type: 'webhooks', service: `${service.namespace}/${service.name}-webhook`, address: `${host}:${port}` })
  await Promise.all(
    (['validating', 'mutating'] as const).map(kind =>
      trust(options, kind, ca).catch((error: Error) =>
        onEvent({
          type: 'error',
          message: `cannot fill in the ${kind}webhookconfiguration ${service.name}: ${error.message}`
        })
      )
    )
  )
  return {
    port,
    // Idle connections end at once; a review that is under way is answered, or somebody's apply fails.
    close: () =>
      new Promise(resolve => {
        const forced = setTimeout(() => server.closeAllConnections(), reviewGrace)
        server.close(() => {
          clearTimeout(forced)
          resolve()
        })
      })
  }
}

/** @throws Refusal for what is no review, or cannot be decided yet. */
async function review(message: IncomingMessage, { snapshot, environment }: WebhookOptions): Promise<AdmissionReview> {
  const decide = decisions[message.url?.split('?')[0] ?? '']
  if (!decide) {
    throw new Refusal(404, 'no such webhook')
  }
  const { apiVersion, kind, request } = parse(await textOf(message))
  if (!request?.uid || !request.object?.metadata) {
    throw new Refusal(400, 'this is no AdmissionReview with a request')
  }
  const resources = snapshot()
  if (!resources) {
    throw new Refusal(503, 'the cluster has not been listed yet')
  }
  const { uid, namespace, object, oldObject } = request
  const decision = decide({
    object,
    resources,
    environment,
    ...(oldObject && { oldObject }),
    ...(namespace && { namespace })
  })
  const response = decision.allowed
    ? {
        uid,
        allowed: true,
        ...(decision.patch?.length && {
          patchType: 'JSONPatch',
          patch: Buffer.from(JSON.stringify(decision.patch)).toString('base64')
        })
      }
    : { uid, allowed: false, status: { code: 403, reason: 'Forbidden', message: decision.message } }
  return { apiVersion, kind, response } as AdmissionReview
}

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length
    // What is too much is read to its end all the same, or the answer would not be.
    if (size <= largestReview) {
      chunks.push(chunk)
    }
  }
  if (size > largestReview) {
    throw new Refusal(413, `a review has at most ${largestReview} bytes`)
  }
  return Buffer.concat(chunks).toString()
}

function parse(text: string): AdmissionReview {
  try {
    const review = JSON.parse(text) as AdmissionReview | null
    if (review?.kind === 'AdmissionReview') {
      return review
    }
  } catch {}
  throw new Refusal(400, 'this is no AdmissionReview')
}

interface Tls {
  /** PEM of what the API server has to trust. */
  ca: string
  certificate: string
  key: string
}

function decode(text: string): string {
  return Buffer.from(text, 'base64').toString()
}
function encode(text: string): string {
  return Buffer.from(text).toString('base64')
}

/** The certificate in the Secret of all replicas; the first one makes it. */
async function sharedCertificate({ api, authority, service: { namespace, name } }: WebhookOptions): Promise<Tls> {
  const secrets = `/api/v1/namespaces/${namespace}/secrets`
  async function read(): Promise<Tls | undefined> {
    const secret = await api.get<{ data: Record<string, string> }>(`${secrets}/${name}-webhook`).catch(unless(404))
    if (!secret) {
      return undefined
    }
    const [ca, certificate, key] = ['ca.crt', 'tls.crt', 'tls.key'].map(file => decode(secret.data[file] ?? ''))
    return { ca: ca!, certificate: certificate!, key: key! }
  }
  const known = await read()
  if (known) {
    return known
  }
  const host = `${name}-webhook.${namespace}.svc`
  const { certificate, key } = await authority.issue('webhook', [host, `${host}.cluster.local`])
  const made: Tls = { ca: authority.certificate, certificate, key }
  const created = await api
    .post<object>(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: `${name}-webhook`, namespace },
      type: 'kubernetes.io/tls',
      data: { 'ca.crt': encode(made.ca), 'tls.crt': encode(certificate), 'tls.key': encode(key) }
    })
    .catch(unless(409))
  // Another was faster.
  return created ? made : ((await read()) ?? made)
}

/** Nothing where the API server answers with this status. */
function unless(status: number) {
  return (error: unknown): undefined => {
    if (!(error instanceof ApiError && error.status === status)) {
      throw error
    }
  }
}

/** Fills the authority into every webhook of a configuration. One that is not there needs none. */
async function trust({ api, service }: WebhookOptions, kind: 'validating' | 'mutating', ca: string): Promise<void> {
  const path = `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/${service.name}`
  const configuration = await api.get<{ webhooks?: { clientConfig: object }[] }>(path).catch(unless(404))
  if (!configuration?.webhooks) {
    return
  }
  const webhooks = configuration.webhooks.map(webhook => ({
    ...webhook,
    clientConfig: { ...webhook.clientConfig, caBundle: encode(ca) }
  }))
  await api.patch(path, { webhooks })
}
