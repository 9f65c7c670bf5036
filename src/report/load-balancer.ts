import type { FlowEnd, LoadBalancerDescription, LoadBalancerEvent, TargetHealthDescription } from '../elbv2/index.ts'

function describeTarget({ target, healthCheckPort, state, reason, description }: TargetHealthDescription): string {
  return `    ${target.id} ${target.address}:${target.port} (checked on ${healthCheckPort}): ${state}${reason ? `, ${reason}: ${description}` : ''}\n`
}

/** How clients call a listener: by URL, or by name and port where it is not HTTP that is spoken. */
function callOf(dnsName: string, protocol: string, address: string): string {
  if (!protocol.startsWith('HTTP')) {
    return `${dnsName}:${address.split(':').at(-1)}`
  }
  const port = address.split(':').at(-1)
  const isDefault = port === (protocol === 'HTTPS' ? '443' : '80')
  return `${protocol.toLowerCase()}://${dnsName}${isDefault ? '' : `:${port}`}/`
}

/** Protocols of listeners with certificates. */
const secure = new Set(['HTTPS', 'TLS', 'SSL'])

/** Load balancers with their listeners, URLs and target health, as `simulate` and `status` print them. */
export function describeLoadBalancers(
  loadBalancers: LoadBalancerDescription[],
  { authorityFile }: { authorityFile?: string } = {}
): string {
  const blocks = loadBalancers.map(({ type, name, scheme, dnsName, listeners, targetGroups }) => {
    const lines = listeners.map(({ port, protocol, address }) => {
      const trust = secure.has(protocol) && authorityFile ? `   curl --cacert ${authorityFile} …` : ''
      return `  listener ${protocol}:${port} on ${address}   ${callOf(dnsName, protocol, address)}${trust}\n`
    })
    const groups = targetGroups.map(
      group =>
        `  target group ${group.name}${group.failOpen ? ` (FAIL-OPEN: no target is healthy, all of them get ${type === 'application' ? 'requests' : 'connections'})` : ''}\n${group.targets.map(describeTarget).join('') || '    no targets\n'}`
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
