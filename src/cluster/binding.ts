import { readFileSync } from 'node:fs'
import { usageFailure } from '../failure.ts'

/** The lowest port that this process may bind on loopback: 0 for root and on Windows. */
function lowestBindablePort(): number {
  if (!process.getuid || process.getuid() === 0) {
    return 0
  }
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'))
  } catch {
    return 1024
  }
}

/** Added to a listener's port below 1024 that may not be bound. */
export const defaultPortOffset = 8000

export interface BindingOptions {
  /** Default 127.0.0.1. */
  host?: string
  /** Added to every listener's port; without it, 8000 is added to those below 1024 that may not be bound. */
  portOffset?: number
  /** For tests; default: what this process may bind. */
  lowestBindable?: number
}

/**
 * Where a listener's socket binds.
 *
 * @throws Failure exit 2 `PORT_OFFSET_TOO_LARGE` where the sum is no port.
 */
export function bindingOf(
  listener: { port: number; protocol: string },
  { host = '127.0.0.1', portOffset, lowestBindable = lowestBindablePort() }: BindingOptions = {}
): { host: string; port: number } {
  const offset = portOffset ?? (listener.port < 1024 && listener.port < lowestBindable ? defaultPortOffset : 0)
  const port = listener.port + offset
  if (port > 65535) {
    throw usageFailure({
      code: 'PORT_OFFSET_TOO_LARGE',
      message: `listener ${listener.protocol}:${listener.port} and --port-offset ${offset} make ${port}, which is no port`,
      path: '--port-offset',
      expected: `at most ${65535 - listener.port}`,
      actual: String(offset),
      hint: 'choose a smaller offset'
    })
  }
  return { host, port }
}
