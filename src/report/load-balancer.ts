import type {
  FlowEnd,
  ListenerDescription,
  LoadBalancerDescription,
  LoadBalancerEvent,
  TargetHealthDescription
} from '../elbv2/index.ts'

function describeTarget({ target, healthCheckPort, state, reason, description }: TargetHealthDescription): string {
  return `    ${target.id} ${target.address}:${target.port} (checked on ${healthCheckPort}): ${state}${reason ? `, ${reason}: ${description}` : ''}\n`
}

/** Listeners that HTTP may go through, the most telling first; what targets of TCP listeners speak is theirs to say. */
function rankOf({ protocol, port }: ListenerDescription): number {
  switch (protocol) {
    case 'HTTPS':
    case 'TLS':
    case 'SSL':
      return 4
    case 'HTTP':
      return 3
    case 'TCP':
    case 'TCP_UDP':
      return [80, 443].includes(port) ? 2 : 1
    default:
      return 0
  }
}

/** Whether TLS ends at the listener, with a certificate that is known here; who stands behind another has one of its own. */
export function endsTLS(listener: ListenerDescription): boolean {
  return rankOf(listener) === 4
}

/** Whether clients begin with a handshake: with the listener, or with who stands behind a port like 443. */
function isSecure(listener: ListenerDescription): boolean {
  return endsTLS(listener) || (rankOf(listener) < 3 && listener.port % 1000 === 443)
}

/** Whether nobody knows what is spoken through a listener: it passes bytes on, on a port that says nothing. */
function isOfAnything(listener: ListenerDescription): boolean {
  return rankOf(listener) === 1 && ![80, 443].includes(listener.port % 1000)
}

/** How curl takes the certificates that it may meet: a redirect leads from a plain listener to one with TLS. */
function trustOf(listeners: ListenerDescription[], authorityFile: string): string[] {
  const secure = listeners.filter(listener => rankOf(listener) > 0 && isSecure(listener))
  if (!secure.every(endsTLS)) {
    return ['--insecure']
  }
  return secure.length > 0 ? [`--cacert ${authorityFile}`] : []
}

/** The scheme of URLs that lead to a listener. */
export function schemeOf(listener: ListenerDescription): 'http' | 'https' {
  return isSecure(listener) ? 'https' : 'http'
}

/** The listener that a client of HTTP would take: one with a certificate where there is one; undefined where none speaks TCP. */
export function preferredListener({ listeners }: LoadBalancerDescription): ListenerDescription | undefined {
  return listeners.filter(listener => rankOf(listener) > 0).toSorted((a, b) => rankOf(b) - rankOf(a))[0]
}

/** Where a listener is reached by a browser: names below `.localhost` lead to loopback there. For UDP, name and port. */
export function urlOf(dnsName: string, listener: ListenerDescription): string {
  const port = listener.address.split(':').at(-1)
  const scheme = schemeOf(listener)
  if (rankOf(listener) === 0) {
    return `${dnsName}:${port}`
  }
  const isDefault = port === (scheme === 'https' ? '443' : '80')
  return `${scheme}://${dnsName}${isDefault ? '' : `:${port}`}/`
}

/**
 * A line to paste that reaches the load balancer by a name which it has a rule for, as clients of AWS's would: on the listeners'
 * own ports, so that redirects lead where they are.
 */
function describeClient(loadBalancer: LoadBalancerDescription, authorityFile: string, host: string): string {
  const preferred = preferredListener(loadBalancer)
  if (!preferred || isOfAnything(preferred)) {
    return ''
  }
  const scheme = schemeOf(preferred)
  const places = loadBalancer.listeners
    .filter(listener => rankOf(listener) > 0)
    .map(({ port, address }) => `--connect-to :${port}:${address}`)
  const isDefault = preferred.port === (scheme === 'https' ? 443 : 80)
  const line = [
    'curl -L',
    ...trustOf(loadBalancer.listeners, authorityFile),
    ...places,
    `${scheme}://${host}${isDefault ? '' : `:${preferred.port}`}/`
  ].join(' ')
  return `  ${line}\n`
}

/** Load balancers with their listeners, URLs and target health, as `simulate` and `status` print them. */
export function describeLoadBalancers(
  loadBalancers: LoadBalancerDescription[],
  { authorityFile, hostOf }: { authorityFile?: string; hostOf?: (id: string) => string | undefined } = {}
): string {
  const blocks = loadBalancers.map(loadBalancer => {
    const { id, type, name, scheme, dnsName, listeners, targetGroups } = loadBalancer
    const lines = listeners.map(listener => {
      const { port, protocol, address } = listener
      const place = isOfAnything(listener) ? `${dnsName}:${address.split(':').at(-1)}` : urlOf(dnsName, listener)
      return `  listener ${protocol}:${port} on ${address}   ${place}\n`
    })
    if (authorityFile && listeners.length > 0) {
      lines.push(describeClient(loadBalancer, authorityFile, hostOf?.(id) ?? dnsName))
    }
    const groups = targetGroups.map(
      group =>
        `  ${type === 'classic' ? 'instances of' : 'target group'} ${group.name}${group.failOpen ? ` (FAIL-OPEN: no target is healthy, all of them get ${type === 'application' ? 'requests' : 'connections'})` : ''}\n${group.targets.map(describeTarget).join('') || '    no targets\n'}`
    )
    return `${type === 'application' ? '' : `${type} `}load balancer ${name} (${scheme})\n${lines.join('')}${groups.join('')}`
  })
  return blocks.join('\n')
}

const endInWords: Record<FlowEnd, string> = {
  client: 'the client',
  target: 'the target',
  'security-group': 'the security group, which does not let the client in: it is not answered',
  hairpin: 'the network: the target is the client’s own host, and the client’s address is kept',
  'no-target': 'the load balancer: no target is registered that could be chosen',
  'connect-timeout': 'the load balancer: the target did not accept the connection in time',
  'tls-handshake': 'a TLS handshake that failed',
  'idle-timeout': 'the idle time-out',
  'unhealthy-target': 'the load balancer: the target is unhealthy',
  deregistration: 'the load balancer: the target is deregistered',
  rejected: 'the load balancer: it has no room for another flow',
  'load-balancer': 'the load balancer: the listener is closed'
}

/** Who ended a flow, in words. */
export function describeFlowEnd(end: FlowEnd): string {
  return endInWords[end]
}

/** One event as one line for people. */
export function describeEvent(event: LoadBalancerEvent): string {
  switch (event.type) {
    case 'listener-opened':
      return `${event.loadBalancer}: listener ${event.protocol}:${event.port} listens on ${event.address}\n`
    case 'listener-closed':
      return `${event.loadBalancer}: listener ${event.protocol}:${event.port} closed\n`
    case 'target-health':
      return `${event.loadBalancer}: target ${event.target}:${event.port} is ${event.state}${event.reason ? ` (${event.reason}: ${event.description})` : ''}\n`
    case 'fail-open':
      return event.active
        ? `${event.loadBalancer}: FAIL-OPEN in ${event.targetGroup}: no target is healthy, all of them get requests\n`
        : `${event.loadBalancer}: ${event.targetGroup} has healthy targets again\n`
    case 'request': {
      const answered = event.target ? `target ${event.target}` : 'the load balancer itself'
      const rule = event.rule === 'default' ? 'default rule' : `rule ${event.rule}`
      return `${event.client} ${event.method} ${event.url} → ${event.status} from ${answered}, ${rule}, ${event.milliseconds} ms${event.cause ? ` (${event.cause})` : ''}\n`
    }
    case 'flow': {
      const target = event.target ? `target ${event.target}` : 'no target'
      return `${event.client} → ${event.listener} → ${target}: ${event.bytesIn} bytes in, ${event.bytesOut} out, ${event.milliseconds} ms; ended by ${endInWords[event.closedBy]}\n`
    }
    case 'certificate-made':
      return `${event.loadBalancer}: no certificate known for ${event.arn}; the development CA made one for ${event.domains.join(', ')}\n`
  }
}
