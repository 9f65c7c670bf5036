import { sendTo } from '../cluster/index.ts'
import type { HeaderList, ListenerDescription, LoadBalancerDescription } from '../elbv2/index.ts'

/** Something that runs load balancers: a simulation, a controller. */
interface Running {
  describe(): LoadBalancerDescription[]
  readonly authority: { readonly certificate: string }
}

/** Listeners that a request over HTTP may go through, the most telling first; those of TCP lead to whatever speaks HTTP there. */
function rankOf({ protocol, port }: ListenerDescription): number {
  switch (protocol) {
    case 'HTTPS':
    case 'TLS':
    case 'SSL':
      return 3
    case 'HTTP':
      return 2
    case 'TCP':
    case 'TCP_UDP':
      return [80, 443].includes(port) ? 1 : 0
    default:
      return -1
  }
}

function isSecure(listener: ListenerDescription): boolean {
  return rankOf(listener) === 3 || (rankOf(listener) < 2 && listener.port === 443)
}

/** Sends one request to the first load balancer, to a listener with a certificate where there is one, and tells what came back. */
export async function sendFirstRequest(running: Running, host?: string): Promise<string> {
  const [loadBalancer] = running.describe()
  const listener = loadBalancer?.listeners.toSorted((a, b) => rankOf(b) - rankOf(a))[0]
  if (!loadBalancer || !listener || rankOf(listener) < 0) {
    return ''
  }
  const name = host ?? loadBalancer.dnsName
  const scheme = isSecure(listener) ? 'https' : 'http'
  const port = listener.port === (scheme === 'https' ? 443 : 80) ? '' : `:${listener.port}`
  const line = `\n> GET ${scheme}://${name}${port}/\n`
  try {
    const headers: HeaderList = [['Host', `${name}${port}`]]
    const request = { method: 'GET', target: '/', scheme, host: name, headers } as const
    const sent = await sendTo(listener.address, request, running.authority.certificate)
    const lines = sent.headers.map(([key, value]) => `< ${key}: ${value}\n`)
    return `${line}< ${sent.status} ${sent.reason}\n${lines.join('')}\n${sent.body}`
  } catch (error) {
    return `${line}no answer: ${(error as Error).message}\n`
  }
}
