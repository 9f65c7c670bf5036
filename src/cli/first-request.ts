import { sendTo } from '../cluster/index.ts'
import type { HeaderList, LoadBalancerDescription } from '../elbv2/index.ts'
import { preferredListener } from './served-command.ts'

/** Something that runs load balancers: a simulation, a controller. */
interface Running {
  describe(): LoadBalancerDescription[]
  readonly authority: { readonly certificate: string }
}

/** Sends one request to the first load balancer, to an HTTPS listener where there is one, and tells what came back. */
export async function sendFirstRequest(running: Running, host?: string): Promise<string> {
  const [loadBalancer] = running.describe()
  const listener = loadBalancer && preferredListener(loadBalancer)
  if (!loadBalancer || !listener) {
    return ''
  }
  const name = host ?? loadBalancer.dnsName
  const scheme = listener.protocol === 'HTTPS' ? 'https' : 'http'
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
