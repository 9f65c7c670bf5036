/**
 * The Kubernetes API as plain JSON: what a kubeconfig leads to, and requests that fail with one kind of error.
 *
 * @module
 */

import type {
  HttpMethod,
  KubeConfig,
  RequestContext,
  Watch,
  KubernetesObject as WatchedObject
} from '@kubernetes/client-node'
import { missingFailure, usageFailure } from '../failure.ts'
import { type KubernetesObject, unreadableReason } from '../resources/index.ts'

/** What the API server refused, or that it could not be asked. */
export class ApiError extends Error {
  /** HTTP status; 0 where no answer came. */
  readonly status: number

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ApiError'
    this.status = status
  }
}

export interface Kubeconfig {
  /** File; default $KUBECONFIG, then ~/.kube/config, then the pod's service account. */
  file?: string
  /** Default the file's current context. */
  context?: string
}

export interface ListWatchHandlers {
  /** The objects were listed, or one of them changed. */
  changed(): void
  /** The watch was too old to go on (410): everything was listed anew. */
  expired(): void
  /** The watch ended for a reason that a new one may not cure by itself; nothing more comes of it. */
  failed(error: ApiError): void
}

/** A kind of objects, listed once and then watched. */
export interface RunningWatch {
  objects(): readonly KubernetesObject[]
  stop(): void
}

export interface ListWatchOptions {
  apiVersion: string
  kind: string
  /** `/apis/networking.k8s.io/v1/ingresses`. */
  path: string
  /** `metadata.name=tls`. */
  fieldSelector?: string
}

/** A request longer than this is given up: an API server that accepts connections and says nothing counts as away. */
const requestTimeout = 10_000

/** Requests at a time, each on a connection: a thousand events in one turn wait in line instead of opening a thousand. */
const mostRequests = 16

/** Why a request got no answer, without the layers of `fetch`. */
function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) {
    return error
  }
  const { statusCode, code, message, cause, name } = error as Error & { statusCode?: number; code?: unknown }
  const status = statusCode ?? (typeof code === 'number' ? code : 0)
  if (name === 'TimeoutError') {
    return new ApiError(0, 'no answer in time', { cause: error })
  }
  return new ApiError(status, cause instanceof Error && cause.message ? cause.message : message, { cause: error })
}

type Client = typeof import('./kubernetes-client.ts')
type Dispatcher = ReturnType<RequestContext['getDispatcher']>

export class Api {
  readonly #client: Client
  readonly #kubeConfig: KubeConfig
  /** Whose connections requests share. */
  #dispatcher: Dispatcher | undefined
  #running = 0
  /** Requests that wait for their turn, oldest first. */
  readonly #waiting: (() => void)[] = []

  private constructor(client: Client, kubeConfig: KubeConfig) {
    this.#client = client
    this.#kubeConfig = kubeConfig
  }

  /**
   * The API of a kubeconfig's context.
   *
   * @throws Failure exit 2 for a file or context that is not there, exit 3 where there is no kubeconfig at all.
   */
  static async of({ file, context }: Kubeconfig = {}): Promise<Api> {
    // It takes most of a second to load, which commands without a cluster should not pay.
    const client = await import('./kubernetes-client.ts')
    const kubeConfig = new client.KubeConfig()
    try {
      if (file) {
        kubeConfig.loadFromFile(file)
      } else {
        kubeConfig.loadFromDefault()
      }
    } catch (error) {
      throw usageFailure(
        {
          code: 'KUBECONFIG_UNREADABLE',
          message: `cannot read the kubeconfig ${file ?? process.env.KUBECONFIG ?? ''}: ${unreadableReason(error)}`,
          path: '--kubeconfig',
          ...(file && { file }),
          hint: 'name a kubeconfig; `kind get kubeconfig` prints one'
        },
        { cause: error }
      )
    }
    // What the library makes up where it finds neither a file nor a service account.
    if (kubeConfig.getCurrentContext() === 'loaded-context') {
      throw missingFailure({
        code: 'KUBECONFIG_MISSING',
        message: 'there is no kubeconfig, and this is no pod',
        hint: 'start a cluster with `istio-alb up`, or name a kubeconfig with --kubeconfig'
      })
    }
    if (context) {
      const contexts = kubeConfig.getContexts().map(({ name }) => name)
      if (!contexts.includes(context)) {
        throw usageFailure({
          code: 'CONTEXT_UNKNOWN',
          message: `the kubeconfig has no context ${context}`,
          path: '--context',
          expected: contexts.join(', ') || 'none is there',
          actual: context,
          hint: '`kubectl config get-contexts` lists them'
        })
      }
      kubeConfig.setCurrentContext(context)
    }
    if (!kubeConfig.getCurrentCluster()) {
      throw missingFailure({
        code: 'CLUSTER_MISSING',
        message: 'the kubeconfig names no cluster',
        hint: 'start one with `istio-alb up`, or name a kubeconfig with --kubeconfig'
      })
    }
    return new Api(client, kubeConfig)
  }

  /** The address of the API server. */
  get server(): string {
    return this.#kubeConfig.getCurrentCluster()?.server ?? ''
  }

  /** The context's name: `kind-istio-alb`. */
  get context(): string {
    return this.#kubeConfig.getCurrentContext()
  }

  get<T>(path: string): Promise<T> {
    return this.#request('GET', path)
  }

  post<T>(path: string, body: unknown): Promise<T> {
    return this.#request('POST', path, body, 'application/json')
  }

  /** Replaces an object; under the resource version in it, so that of two writers one is refused (409). */
  put<T>(path: string, body: unknown): Promise<T> {
    return this.#request('PUT', path, body, 'application/json')
  }

  delete<T>(path: string): Promise<T> {
    return this.#request('DELETE', path)
  }

  /** A JSON merge patch (RFC 7386). */
  patch<T>(path: string, body: unknown): Promise<T> {
    return this.#request('PATCH', path, body, 'application/merge-patch+json')
  }

  /** A strategic merge patch: lists with a merge key, as the conditions of a status, keep what others wrote. */
  patchStrategically<T>(path: string, body: unknown): Promise<T> {
    return this.#request('PATCH', path, body, 'application/strategic-merge-patch+json')
  }

  /** @throws ApiError */
  async #request<T>(method: HttpMethod, path: string, body?: unknown, contentType?: string): Promise<T> {
    if (this.#running === mostRequests) {
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    } else {
      this.#running++
    }
    const ending = new AbortController()
    // Not AbortSignal.timeout: what listens to one is kept until its time is over, also that of a request long answered.
    const timer = setTimeout(() => ending.abort(new DOMException('no answer in time', 'TimeoutError')), requestTimeout)
    timer.unref()
    try {
      const context = new this.#client.RequestContext(this.server + path, method)
      context.setHeaderParam('Accept', 'application/json')
      if (contentType) {
        context.setHeaderParam('Content-Type', contentType)
      }
      if (body !== undefined) {
        context.setBody(JSON.stringify(body))
      }
      context.setSignal(ending.signal)
      await this.#kubeConfig.applySecurityAuthentication(context)
      // The library makes connections anew for each request, over TLS too; the first ones are kept instead.
      this.#dispatcher ??= context.getDispatcher()
      context.setDispatcher(this.#dispatcher!)
      const response = await new this.#client.IsomorphicFetchHttpLibrary().send(context).toPromise()
      const text = await response.body.text()
      if (response.httpStatusCode >= 400) {
        throw new ApiError(response.httpStatusCode, refusalOf(text))
      }
      return JSON.parse(text) as T
    } catch (cause) {
      const error = asApiError(cause)
      // Certificates may have been renewed since: the next request takes those of the kubeconfig as it is then.
      if (error.status === 0 || error.status === 401) {
        this.#dispatcher = undefined
      }
      throw error
    } finally {
      clearTimeout(timer)
      // The next in line takes the place of this one.
      const next = this.#waiting.shift()
      if (next) {
        next()
      } else {
        this.#running--
      }
    }
  }

  /** Lists and watches a kind; every change calls `changed`. An expired watch lists again by itself. */
  watch(
    { apiVersion, kind, path, fieldSelector }: ListWatchOptions,
    { changed, expired, failed }: ListWatchHandlers
  ): RunningWatch {
    let running = true
    let listed = false
    function fail(error: unknown): void {
      if (!running) {
        return
      }
      running = false
      failed(asApiError(error))
    }
    const list = async () => {
      const query = fieldSelector ? `?fieldSelector=${encodeURIComponent(fieldSelector)}` : ''
      const { metadata, items } = await this.get<{ metadata: object; items: WatchedObject[] }>(path + query)
      if (running && listed) {
        expired()
      }
      // The items of a list carry no kind of their own.
      return { apiVersion, kind, metadata, items: items.map(item => ({ ...item, apiVersion, kind })) }
    }
    const watch = new this.#client.Watch(this.#kubeConfig)
    // The library's watch rejects, where nobody listens, when credentials cannot be had; here that is a failed watch.
    const guarded = Object.assign(Object.create(watch) as Watch, {
      watch: async (...[watchPath, query, callback, done]: Parameters<Watch['watch']>) => {
        if (!listed) {
          listed = true
          changed()
        }
        try {
          return await watch.watch(watchPath, { ...query, allowWatchBookmarks: true }, callback, done)
        } catch (error) {
          fail(error)
          return new AbortController()
        }
      }
    })
    const informer = new this.#client.ListWatch(path, guarded, list, false, undefined, fieldSelector)
    function changedWhileListed(): void {
      if (running && listed) {
        changed()
      }
    }
    informer.on('change', changedWhileListed)
    informer.on('error', fail)
    informer.start().catch(fail)
    return {
      objects: () => informer.list() as KubernetesObject[],
      stop: () => {
        running = false
        void informer.stop()
      }
    }
  }
}

/** What the API server says of a refusal: the message of its Status object. */
function refusalOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: string }
    if (message) {
      return message
    }
  } catch {}
  return text.trim() || 'refused without a reason'
}
