/**
 * A listener of a Classic Load Balancer: one of requests, or one of flows.
 *
 * @module
 */

import type { FlowListener, RequestListener } from '../../elbv2/index.ts'
import { Listener } from '../listener.ts'
import type { Binding, SetListener } from '../listener-set.ts'
import { type NetworkHost, NetworkListener, type NetworkListenerState } from '../network/network-listener.ts'
import type { RequestHost } from '../serve/request-context.ts'
import type { ListenerState } from '../tls/listener-state.ts'

/** What a listener works with; replaced as a whole. */
export type ClassicListenerState =
  | { kind: 'requests'; configuration: RequestListener; state: ListenerState }
  | { kind: 'flows'; configuration: FlowListener; state: NetworkListenerState }

export interface ClassicListenerHosts {
  requests: RequestHost
  flows: NetworkHost
}

type Inner = { kind: 'requests'; listener: Listener } | { kind: 'flows'; listener: NetworkListener }

export class ClassicListener implements SetListener<ClassicListenerState> {
  readonly binding: Binding
  readonly #inner: Inner
  #configuration: ClassicListenerState['configuration']

  constructor(state: ClassicListenerState, binding: Binding, { requests, flows }: ClassicListenerHosts) {
    this.binding = binding
    this.#configuration = state.configuration
    this.#inner =
      state.kind === 'requests'
        ? { kind: 'requests', listener: new Listener(state.state, binding, requests) }
        : { kind: 'flows', listener: new NetworkListener(state.state, binding, flows) }
  }

  get configuration(): ClassicListenerState['configuration'] {
    return this.#configuration
  }

  get address(): string {
    return this.#inner.listener.address
  }

  open(): Promise<void> {
    return this.#inner.listener.open()
  }

  start(): void {
    this.#inner.listener.start()
  }

  /** Of its own kind: a listener that changes between requests and flows is another one. */
  configure({ kind, configuration, state }: ClassicListenerState): void {
    this.#configuration = configuration
    if (this.#inner.kind === 'requests' && kind === 'requests') {
      this.#inner.listener.configure(state)
    } else if (this.#inner.kind === 'flows' && kind === 'flows') {
      this.#inner.listener.configure(state)
    }
  }

  close(graceMilliseconds: number): Promise<void> {
    return this.#inner.listener.close(graceMilliseconds)
  }

  destroy(): void {
    this.#inner.listener.destroy()
  }
}
