import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { missingFailure } from '../failure.ts'
import { type BindingOptions, bindingOf, defaultPortOffset } from './binding.ts'

export interface Binding {
  host: string
  port: number
}

/** Ports from the first to the last. */
export interface PortRange {
  first: number
  last: number
}

export interface BindingsOptions extends BindingOptions {
  /** The only ports there are, whatever the listeners' own: those that something else leads to, as a Service's node ports. */
  range?: PortRange
  /** Whether somebody else listens there; for tests, default tries to listen. */
  isBusy?(binding: Binding): Promise<boolean>
}

/** Where the listeners of several load balancers bind, no place twice. */
export interface Bindings {
  /**
   * Finds a place for each listener of a load balancer. What it has and still needs stays; the rest is given back.
   *
   * @throws Failure exit 2 `PORT_OFFSET_TOO_LARGE`, as {@link bindingOf}; exit 3 `PORTS_EXHAUSTED` where a range has no port left.
   */
  assign(loadBalancer: string, listeners: readonly { port: number; protocol: string }[]): Promise<void>
  /** The place of a listener port that was assigned. */
  of(loadBalancer: string, port: number): Binding
  release(loadBalancer: string): void
}

/** Between two choices for the same port: 443 is at 443 or 8443, then at 9443, 10443, … */
const step = 1000

function tryToListen(binding: Binding): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    // What else is wrong with the place, the listener itself reports.
    server.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'EADDRINUSE'))
    server.listen({ ...binding, exclusive: true }, () => server.close(() => resolve(false)))
  })
}

/**
 * One address for all and the next free port for each, not the next loopback address: a DNS name under `.localhost` leads
 * to 127.0.0.1, and only Linux has more loopback addresses than that one.
 */
export function createBindings({ isBusy = tryToListen, range, ...options }: BindingsOptions = {}): Bindings {
  const assigned = new Map<string, Map<number, Binding>>()
  function isTaken({ port }: Binding): boolean {
    return [...assigned.values()].some(places => [...places.values()].some(place => place.port === port))
  }

  /** From a place that follows from the names, so that a restart finds most listeners where they were. */
  async function chooseWithin(
    { first, last }: PortRange,
    loadBalancer: string,
    listener: { port: number; protocol: string }
  ): Promise<Binding> {
    const size = last - first + 1
    const start = createHash('sha256').update(`${loadBalancer} ${listener.port}`).digest().readUInt32BE() % size
    for (let index = 0; index < size; index++) {
      const choice = { host: options.host ?? '127.0.0.1', port: first + ((start + index) % size) }
      if (!isTaken(choice) && !(await isBusy(choice))) {
        return choice
      }
    }
    throw missingFailure({
      code: 'PORTS_EXHAUSTED',
      message: `no port is left of ${first}-${last} for listener ${listener.protocol}:${listener.port} of ${loadBalancer}`,
      path: '--ports',
      actual: `${first}-${last}`,
      hint: 'give the controller more ports, and lead to them'
    })
  }

  async function choose(loadBalancer: string, listener: { port: number; protocol: string }): Promise<Binding> {
    if (range) {
      return chooseWithin(range, loadBalancer, listener)
    }
    const first = bindingOf(listener, options)
    let choice = first
    while (isTaken(choice) || (await isBusy(choice))) {
      const port = choice.port < 1024 ? choice.port + defaultPortOffset : choice.port + step
      // All are taken: the listener fails at the first place, and says so.
      if (port > 65535) {
        return first
      }
      choice = { ...choice, port }
    }
    return choice
  }

  let last: Promise<void> = Promise.resolve()
  return {
    assign(loadBalancer, listeners) {
      // In turn: two load balancers must not both find the same port free.
      const turn = last.then(async () => {
        const places = assigned.get(loadBalancer) ?? new Map<number, Binding>()
        for (const port of places.keys()) {
          if (!listeners.some(listener => listener.port === port)) {
            places.delete(port)
          }
        }
        assigned.set(loadBalancer, places)
        for (const listener of listeners) {
          if (!places.has(listener.port)) {
            places.set(listener.port, await choose(loadBalancer, listener))
          }
        }
      })
      last = turn.catch(() => {})
      return turn
    },
    of: (loadBalancer, port) => assigned.get(loadBalancer)?.get(port) ?? { host: options.host ?? '127.0.0.1', port },
    release: loadBalancer => void assigned.delete(loadBalancer)
  }
}
