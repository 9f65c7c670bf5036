import type { Finding } from '../failure.ts'
import type {
  ConsideredRule,
  Trace,
  TracedAnswer,
  TracedBranch,
  TracedDestination,
  TracedTarget
} from '../trace/index.ts'
import { describeAssumptions } from './assumptions.ts'

function rounded(percent: number): string {
  // A share that is there at all is never told as none.
  return percent > 0 && percent < 0.1 ? `${percent} %` : `${Math.round(percent * 10) / 10} %`
}

function describeRule({ priority, conditions, matched, action }: ConsideredRule): string {
  const name = priority === 'default' ? 'default rule' : `rule ${priority}`
  const misses = conditions.filter(({ holds }) => !holds).map(({ text }) => text)
  if (!matched) {
    return `  ${name}: no, since ${misses.join(' and ')} ${misses.length > 1 ? 'do' : 'does'} not hold\n`
  }
  const held = conditions.map(({ text }) => text).join(' and ')
  return `  ${name}: yes${held ? `, ${held}` : ''}\n    ${action}\n`
}

function describeTarget({ target, healthCheckPort, health, because, candidate }: TracedTarget): string {
  const { state, reason, description } = health
  const why = reason ? ` (${reason}: ${description})` : ''
  const line = `  target ${target.id} at ${target.address}:${target.port}, checked on ${healthCheckPort}: ${state}${why}${candidate ? '' : ', gets no requests'}\n`
  return because ? `${line}    ${because}\n` : line
}

/** `99 % web:80 subset v1, 1 % web:80 subset v2`. */
function describeShares(branches: TracedBranch[]): string {
  return `  chance decides: ${branches.map(({ share, text }) => `${rounded(share)} ${text}`).join(', ')}\n`
}

function describeDestination(destination: TracedDestination): string {
  const { name, targetType, protocol, protocolVersion, share, targets, failOpen, backend, branches } = destination
  const lines = [
    `target group ${name} (${targetType} targets, ${protocol}, ${protocolVersion}${share < 100 ? `, ${rounded(share)} of the requests` : ''})\n`,
    ...targets.map(describeTarget),
    failOpen ? '  FAIL-OPEN: no target is healthy, so all of them get requests\n' : ''
  ]
  if (backend?.service && backend.servicePort) {
    const { name: port, port: number, nodePort, targetPort } = backend.servicePort
    const to = targetPort === undefined ? '' : `, pod port ${targetPort}`
    const through = nodePort && targetType !== 'ip' ? `node port ${nodePort} is` : 'the pods are behind'
    lines.push(`${through} port ${port ? `${port} (${number})` : number} of ${backend.service}${to}\n`)
  }
  if (backend?.gateway) {
    const { server, virtualHost, considered, conduct = [] } = backend.gateway
    if (server) {
      const tls = server.tlsMode ? `, TLS ${server.tlsMode}` : ''
      lines.push(`${server.gateway}, server ${server.protocol}:${server.port} for ${server.hosts.join(', ')}${tls}\n`)
    }
    if (virtualHost) {
      lines.push(`  virtual host ${virtualHost}\n`)
    }
    for (const { route, misses } of considered) {
      lines.push(`  ${route}: ${misses.length === 0 ? 'yes' : `no, since ${misses.join(' and ')} does not hold`}\n`)
    }
    lines.push(...conduct.map(text => `    ${text}\n`))
  }
  if (branches) {
    lines.push(describeShares(branches))
  }
  return lines.join('')
}

function describeAnswer({ from, status, headers = [], reason, service, request }: TracedAnswer): string {
  const by =
    from === 'service' ? service : from === 'gateway' ? 'the gateway' : from === 'nobody' ? from : `the ${from}`
  const location = headers.find(([name]) => name.toLowerCase() === 'location')?.[1]
  const seen = request ? `  it sees ${request.method} ${request.path}\n` : ''
  const head = from === 'nobody' ? 'no answer' : status === undefined ? `answered by ${by}` : `${status} from ${by}`
  return `${head}${location ? `, Location ${location}` : ''}\n  ${reason}\n${seen}`
}

function describeCertificate({ arn, covers }: NonNullable<Trace['certificate']>, host: string): string {
  return `  certificate ${arn}${covers === false ? `: the default one, since none is for ${host}; clients refuse it` : ''}\n`
}

function describeBranches({ branches = [] }: TracedDestination): string {
  return branches.map(({ share, text, answer }) => `\n${rounded(share)}, ${text}:\n${describeAnswer(answer)}`).join('')
}

function describeFinding({ code, message, file, line, hint }: Finding): string {
  const at = file === undefined ? '' : `${file}:${line ?? 1}: `
  return `${at}${code}: ${message}${hint ? `\n  ${hint}` : ''}\n`
}

/**
 * The way of a request for people, from the listener to what comes back.
 *
 * @param all whether every branch is followed where chance decides, not the likeliest alone.
 */
export function describeTrace(trace: Trace, { all = false } = {}): string {
  const { request, loadBalancer, listener, certificate, rules, passes, destinations, answer } = trace
  const several = destinations.length > 1 ? '(of the first target group; it is one of several)\n' : ''
  const likeliest = destinations[0]?.branches && !all ? '(the likeliest of several; --all shows each)\n' : ''
  return [
    `${request.method} ${request.url} from ${request.client}\n\n`,
    `load balancer ${loadBalancer.name} (${loadBalancer.scheme}) of group ${loadBalancer.group}\n`,
    listener ? `listener ${listener.protocol}:${listener.port}\n` : '',
    certificate ? describeCertificate(certificate, request.host) : '',
    ...rules.map(describeRule),
    passes ? `  the request has to pass ${passes} first, which is not carried out here\n` : '',
    ...destinations.map(describeDestination),
    `\n${describeAnswer(answer)}${several}${likeliest}`,
    ...(all ? destinations.map(describeBranches) : []),
    describeAssumptions(trace.assumptions),
    ...trace.notEvaluated.map(what => `not evaluated: ${what}\n`),
    ...trace.findings.map(describeFinding)
  ].join('')
}
