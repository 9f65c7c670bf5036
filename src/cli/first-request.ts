import { setTimeout } from 'node:timers/promises'
import { sendTo } from '../cluster/index.ts'
import type { HeaderList, LoadBalancerDescription } from '../elbv2/index.ts'
import { endsTLS, preferredListener, schemeOf } from '../report/index.ts'

/** Something that runs load balancers: a simulation, a controller. */
interface Running {
  describe(): LoadBalancerDescription[]
  readonly authority: { readonly certificate: string }
}

/** Milliseconds between two tries. */
const pause = 200

/** Milliseconds for one of several tries: while a node's rules lead to a pod that has gone, a connection waits for minutes. */
const longestTry = 5_000

/**
 * Sends one request to the first load balancer, to an HTTPS listener where there is one, and tells what came back.
 *
 * @param host The host that is asked for; the load balancer's DNS name by default.
 * @param patience Milliseconds for which a request without an answer is sent again; one try by default.
 */
export async function sendFirstRequest(running: Running, host?: string, patience = 0): Promise<string> {
  const [loadBalancer] = running.describe()
  const listener = loadBalancer && preferredListener(loadBalancer)
  if (!loadBalancer || !listener) {
    return ''
  }
  const name = host ?? loadBalancer.dnsName
  const scheme = schemeOf(listener)
  const port = listener.port === (scheme === 'https' ? 443 : 80) ? '' : `:${listener.port}`
  const line = `\n> GET ${scheme}://${name}${port}/\n`
  const headers: HeaderList = [['Host', `${name}${port}`]]
  const request = { method: 'GET', target: '/', scheme, host: name, headers, endsTLS: endsTLS(listener) } as const
  const deadline = performance.now() + patience
  for (;;) {
    const tried = patience > 0 ? { signal: AbortSignal.timeout(longestTry) } : {}
    try {
      const sent = await sendTo(listener.address, { ...request, ...tried }, running.authority.certificate)
      const lines = sent.headers.map(([key, value]) => `< ${key}: ${value}\n`)
      return `${line}< ${sent.status} ${sent.reason}\n${lines.join('')}\n${sent.body}`
    } catch (error) {
      if (performance.now() >= deadline) {
        return `${line}no answer: ${(error as Error).message}\n`
      }
    }
    await setTimeout(pause)
  }
}
