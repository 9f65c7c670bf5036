import type { LoadBalancerDescription, LoadBalancerEvent, TargetHealthDescription } from '../elbv2/index.ts'

function describeTarget({ target, healthCheckPort, state, reason, description }: TargetHealthDescription): string {
  return `    ${target.id} ${target.address}:${target.port} (checked on ${healthCheckPort}): ${state}${reason ? `, ${reason}: ${description}` : ''}\n`
}

/** Where a listener is reached by a browser: names below `.localhost` lead to loopback there. */
export function urlOf(dnsName: string, protocol: string, address: string): string {
  const port = address.split(':').at(-1)
  const isDefault = port === (protocol === 'HTTPS' ? '443' : '80')
  return `${protocol.toLowerCase()}://${dnsName}${isDefault ? '' : `:${port}`}/`
}

/**
 * A line to paste that reaches the load balancer by a name which it has a rule for, as clients of AWS's would: on the listeners'
 * own ports, so that redirects lead where they are.
 */
function describeClient({ listeners }: LoadBalancerDescription, authorityFile: string, host: string): string {
  const secure = listeners.find(({ protocol }) => protocol === 'HTTPS')
  const { port, protocol } = secure ?? listeners[0]!
  const places = listeners.map(listener => `--connect-to :${listener.port}:${listener.address}`)
  const isDefault = port === (protocol === 'HTTPS' ? 443 : 80)
  return [
    'curl -L',
    ...(secure ? [`--cacert ${authorityFile}`] : []),
    ...places,
    `${protocol.toLowerCase()}://${host}${isDefault ? '' : `:${port}`}/`
  ].join(' ')
}

/** Load balancers with their listeners, URLs and target health, as `simulate` and `status` print them. */
export function describeLoadBalancers(
  loadBalancers: LoadBalancerDescription[],
  { authorityFile, hostOf }: { authorityFile?: string; hostOf?: (id: string) => string | undefined } = {}
): string {
  const blocks = loadBalancers.map(loadBalancer => {
    const { id, name, scheme, dnsName, listeners, targetGroups } = loadBalancer
    const lines = listeners.map(({ port, protocol, address }) => {
      return `  listener ${protocol}:${port} on ${address}   ${urlOf(dnsName, protocol, address)}\n`
    })
    if (authorityFile && listeners.length > 0) {
      lines.push(`  ${describeClient(loadBalancer, authorityFile, hostOf?.(id) ?? dnsName)}\n`)
    }
    const groups = targetGroups.map(
      group =>
        `  target group ${group.name}${group.failOpen ? ' (FAIL-OPEN: no target is healthy, all of them get requests)' : ''}\n${group.targets.map(describeTarget).join('') || '    no targets\n'}`
    )
    return `load balancer ${name} (${scheme})\n${lines.join('')}${groups.join('')}`
  })
  return blocks.join('\n')
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
    case 'certificate-made':
      return `${event.loadBalancer}: no certificate known for ${event.arn}; the development CA made one for ${event.domains.join(', ')}\n`
  }
}
