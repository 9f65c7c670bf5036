import { constants } from 'node:os'
import { execa } from 'execa'
import type { LoadBalancerDescription } from '../elbv2/index.ts'
import { missingFailure } from '../failure.ts'
import { urlOf } from '../report/index.ts'

/** What a command is told of the load balancers that run for it. */
export interface Served {
  loadBalancers: LoadBalancerDescription[]
  /** PEM file of the authority that their certificates come from. */
  authorityFile: string
}

/** The listener that a client would take: an HTTPS one where there is one. */
export function preferredListener(
  loadBalancer: LoadBalancerDescription
): LoadBalancerDescription['listeners'][number] | undefined {
  return loadBalancer.listeners.toSorted((a, b) => b.protocol.localeCompare(a.protocol))[0]
}

/**
 * The variables that a command finds in its environment: `ISTIO_ALB_URL` and `ISTIO_ALB_ADDRESS` of the first load balancer,
 * `ISTIO_ALB_LISTENERS` of all as JSON, `ISTIO_ALB_CA` and, where nobody set it, `NODE_EXTRA_CA_CERTS`.
 */
function environmentOf({ loadBalancers, authorityFile }: Served): Record<string, string> {
  const [first] = loadBalancers
  const listener = first && preferredListener(first)
  return {
    ...(listener && {
      ISTIO_ALB_URL: urlOf(first.dnsName, listener.protocol, listener.address),
      ISTIO_ALB_ADDRESS: listener.address
    }),
    ISTIO_ALB_LISTENERS: JSON.stringify(
      loadBalancers.flatMap(({ name, dnsName, listeners }) =>
        listeners.map(({ port, protocol, address }) => ({ loadBalancer: name, dnsName, port, protocol, address }))
      )
    ),
    ISTIO_ALB_CA: authorityFile,
    ...(process.env.NODE_EXTRA_CA_CERTS === undefined && { NODE_EXTRA_CA_CERTS: authorityFile })
  }
}

/**
 * Runs a command to its end while the load balancers serve.
 *
 * @param end ends the command, by the signal that came.
 * @returns its exit code; as shells count, 128 and the signal's number where one ended it.
 * @throws Failure exit 3 `COMMAND_NOT_FOUND`.
 */
export async function runServed(command: readonly string[], served: Served, end: AbortSignal): Promise<number> {
  const [file, ...arguments_] = command
  const { exitCode, signal, code } = await execa(file!, arguments_, {
    stdio: 'inherit',
    reject: false,
    env: environmentOf(served),
    cancelSignal: end,
    // Its own watch for signals would end this process before the load balancers are closed.
    cleanup: false
  })
  if (code === 'ENOENT' || code === 'EACCES') {
    throw missingFailure({
      code: 'COMMAND_NOT_FOUND',
      message: `${file} is no command that can be run`,
      path: '-- COMMAND',
      actual: file!,
      hint: 'name a command on PATH, or the path of one'
    })
  }
  return exitCode ?? 128 + (signal === undefined ? 0 : constants.signals[signal as NodeJS.Signals])
}
