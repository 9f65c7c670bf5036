import { request as requestHTTP } from 'node:http'
import { request as requestHTTPS } from 'node:https'
import type { LoadBalancerDescription } from '../alb/index.ts'

/** Something that runs load balancers: a simulation, a controller. */
interface Running {
  describe(): LoadBalancerDescription[]
  readonly authority: { readonly certificate: string }
}

/** How long the first request waits for the first health checks: one time-out of the controller's defaults, in milliseconds. */
const longestWait = 5_000

const isNew = ({ targetGroups }: LoadBalancerDescription): boolean =>
  targetGroups.some(({ targets }) => targets.some(({ state }) => state === 'initial'))

/** Until every target was checked, since before that the load balancer has nobody to send to; not for ever. */
export async function whenChecked(running: Pick<Running, 'describe'>): Promise<void> {
  const deadline = Date.now() + longestWait
  while (running.describe().some(isNew) && Date.now() < deadline) await new Promise(resolve => setTimeout(resolve, 10))
}

/** Sends one request to the first load balancer, to an HTTPS listener where there is one, and tells what came back. */
export async function sendFirstRequest(simulation: Running, host?: string): Promise<string> {
  const [loadBalancer] = simulation.describe()
  const listener = loadBalancer?.listeners.toSorted((a, b) => b.protocol.localeCompare(a.protocol))[0]
  if (!loadBalancer || !listener) return ''
  await whenChecked(simulation)
  const [address, port] = listener.address.split(/:(?=\d+$)/) as [string, string]
  const name = host ?? loadBalancer.dnsName
  const url = `${listener.protocol.toLowerCase()}://${name}/`
  const request = listener.protocol === 'HTTPS' ? requestHTTPS : requestHTTP
  return new Promise(resolve => {
    const sent = request(
      {
        host: address,
        port: Number(port),
        path: '/',
        servername: name,
        ca: simulation.authority.certificate,
        agent: false,
        headers: { host: name }
      },
      response => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', chunk => {
          body += chunk
        })
        response.on('end', () => {
          const headers = Object.entries(response.headers).map(([key, value]) => `< ${key}: ${value}`)
          resolve(
            `\n> GET ${url}\n< ${response.statusCode} ${response.statusMessage}\n${headers.join('\n')}\n\n${body}`
          )
        })
      }
    )
    sent.once('error', error => resolve(`\n> GET ${url}\nno answer: ${error.message}\n`))
    sent.end()
  })
}
