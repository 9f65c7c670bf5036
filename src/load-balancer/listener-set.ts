/**
 * The listeners of a load balancer: opened before a configuration is taken on, and closed when the last of what came through them
 * is over.
 *
 * @module
 */

import { carries, type ListenerDescription, type ListenerProtocol, type LoadBalancerOptions } from '../elbv2/index.ts'

/** Where a listener's socket is bound. */
export interface Binding {
  host: string
  port: number
}

/** What a listener works with; replaced as a whole. */
interface State {
  configuration: { port: number; protocol: ListenerProtocol }
}

interface OpenedListener {
  readonly configuration: State['configuration']
  readonly binding: Binding
  /** Where it listens: `127.0.0.1:8443`. */
  readonly address: string
}

/** A listener of any kind of load balancer. */
export interface SetListener<ListenerState extends State> extends OpenedListener {
  /** Takes the address; connections wait until `start`. */
  open(): Promise<void>
  /** Serves from now on: the load balancer has its configuration. */
  start(): void
  configure(state: ListenerState): void
  /** Stops listening at once; resolves when what came through it is over, or cut at the end of the grace. */
  close(graceMilliseconds: number): Promise<void>
  /** Cuts everything. */
  destroy(): void
}

interface ListenerSetHost<ListenerState extends State, Listener> {
  create(state: ListenerState, binding: Binding): Listener
  bind: LoadBalancerOptions['bind']
  tell(type: 'listener-opened' | 'listener-closed', listener: OpenedListener): void
}

/** Where a listener binds unless told otherwise: its own port, on this machine alone. */
const defaultHost = '127.0.0.1'

export class ListenerSet<ListenerState extends State, Listener extends SetListener<ListenerState>> {
  readonly #host: ListenerSetHost<ListenerState, Listener>
  readonly #listeners = new Map<number, Listener>()
  /** Listeners that let what came through them finish. */
  readonly #closing = new Map<Listener, Promise<void>>()

  constructor(host: ListenerSetHost<ListenerState, Listener>) {
    this.#host = host
  }

  /** Opens the listeners that are new, are of another kind or bind elsewhere now; none stays open when one fails. */
  async open(states: readonly ListenerState[]): Promise<Listener[]> {
    const fresh = states
      .map(state => ({ state, binding: this.#bindingOf(state) }))
      .filter(({ state, binding }) => {
        const present = this.#listeners.get(state.configuration.port)
        return (
          present?.binding.host !== binding.host ||
          present.binding.port !== binding.port ||
          transportOf(present.configuration) !== transportOf(state.configuration)
        )
      })
      .map(({ state, binding }) => this.#host.create(state, binding))
    for (const { configuration, binding } of fresh) {
      const present = this.#listeners.get(configuration.port)
      if (present && present.binding.host === binding.host && present.binding.port === binding.port) {
        // One of another kind takes the place, which has to be free by then.
        this.#close(configuration.port, present, 0)
      }
    }
    const outcomes = await Promise.allSettled(fresh.map(listener => listener.open()))
    const failed = outcomes.find(outcome => outcome.status === 'rejected')
    if (!failed) {
      return fresh
    }
    await Promise.all(fresh.filter((_, index) => outcomes[index]!.status === 'fulfilled').map(one => one.close(0)))
    throw failed.reason
  }

  /** Makes the states the listeners, those among them that were opened for them. Others get so many milliseconds to end. */
  replace(states: readonly ListenerState[], opened: readonly Listener[], graceMilliseconds: number): void {
    for (const [port, listener] of [...this.#listeners]) {
      const stays = states.some(({ configuration }) => configuration.port === port)
      if (!stays || opened.some(({ configuration }) => configuration.port === port)) {
        this.#close(port, listener, graceMilliseconds)
      }
    }
    for (const state of states) {
      this.#listeners.get(state.configuration.port)?.configure(state)
    }
    for (const listener of opened) {
      this.#listeners.set(listener.configuration.port, listener)
      this.#host.tell('listener-opened', listener)
      listener.start()
    }
  }

  all(): Listener[] {
    return [...this.#listeners.values()]
  }

  /** By ascending port. */
  describe(): ListenerDescription[] {
    return [...this.#listeners.values()]
      .sort((a, b) => a.configuration.port - b.configuration.port)
      .map(({ configuration: { port, protocol }, address }) => ({ port, protocol, address }))
  }

  /** Closes them all; those that still let something finish are cut at the end of the grace. */
  async close(graceMilliseconds: number): Promise<void> {
    const open = [...this.#listeners]
    for (const [port, listener] of open) {
      this.#close(port, listener, graceMilliseconds)
    }
    await Promise.all(open.map(([, listener]) => this.#closing.get(listener)))
    for (const listener of this.#closing.keys()) {
      listener.destroy()
    }
    await Promise.all(this.#closing.values())
  }

  #bindingOf({ configuration: { port, protocol } }: ListenerState): Binding {
    return this.#host.bind?.({ port, protocol }) ?? { host: defaultHost, port }
  }

  /** Until it is over it stands in `#closing`, which is waited for at the end. */
  #close(port: number, listener: Listener, graceMilliseconds: number): void {
    this.#listeners.delete(port)
    this.#host.tell('listener-closed', listener)
    const closed = listener.close(graceMilliseconds).finally(() => this.#closing.delete(listener))
    this.#closing.set(listener, closed)
  }
}

/** What a socket is opened for: a listener may change its protocol for one of the same kind, and keeps its socket. */
function transportOf({ protocol }: State['configuration']): string {
  if (protocol === 'HTTP' || protocol === 'HTTPS') {
    return 'HTTP'
  }
  return carries(protocol, 'UDP') ? protocol : 'TCP'
}
