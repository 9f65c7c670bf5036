import type { Trace, TracedDestination } from '../../trace/index.ts'
import { Fact } from './finding-card.tsx'

type Headers = readonly (readonly [name: string, value: string])[]

export function HeaderTable({ title, headers }: { title: string; headers: Headers }) {
  return (
    <details>
      <summary>
        {title} <span class="count">{headers.length}</span>
      </summary>
      <dl class="facts headers">
        {headers.map(([name, value], index) => (
          <Fact key={`${name} ${index}`} label={name} value={value} />
        ))}
      </dl>
    </details>
  )
}

export function Step({ title, text, miss }: { title: string; text?: string | undefined; miss?: boolean }) {
  return (
    <li class={miss ? 'miss' : ''}>
      <strong>{title}</strong> {text}
    </li>
  )
}

function Behind({ destination, share }: { destination: TracedDestination; share: boolean }) {
  const { name, targets, failOpen, backend, request } = destination
  const { gateway, service, servicePort } = backend ?? {}
  const candidates = targets.filter(({ candidate }) => candidate)
  return (
    <>
      <Step
        title="target group"
        text={`${name}${share ? `, ${Math.round(destination.share)} % of the requests` : ''}${failOpen ? ', fails open' : ''}`}
      />
      <Step
        title="targets"
        text={candidates.map(({ target }) => `${target.id} (${target.address}:${target.port})`).join(', ') || 'none'}
      />
      {service && <Step title={service} text={servicePort && `port ${servicePort.name ?? servicePort.port}`} />}
      {gateway?.server && (
        <Step
          title={gateway.server.gateway}
          text={`${gateway.server.protocol}:${gateway.server.port}, hosts ${gateway.server.hosts.join(', ')}`}
        />
      )}
      {gateway?.considered
        .filter(({ misses }) => misses.length > 0)
        .map(({ route, misses }) => (
          <Step key={route} miss title={route} text={`not: ${misses.join(', ')}`} />
        ))}
      {gateway?.route && <Step title={gateway.route} text="takes it" />}
      {request && <HeaderTable title="request as the target gets it" headers={request.headers} />}
    </>
  )
}

/** The way of a request, as `istio-alb trace` tells it. */
export function TraceView({ trace }: { trace: Trace }) {
  const { loadBalancer, listener, rules, passes, action, destinations, answer, notEvaluated } = trace
  return (
    <ol class="way">
      <Step title="load balancer" text={`${loadBalancer.name}, ${loadBalancer.scheme}`} />
      {listener && <Step title="listener" text={`${listener.protocol}:${listener.port}`} />}
      {rules.map(({ priority, conditions, matched, action: does }) => (
        <Step
          key={String(priority)}
          miss={!matched}
          title={priority === 'default' ? 'default rule' : `rule ${priority}`}
          text={
            matched
              ? `${conditions.map(({ text }) => text).join(' and ')} → ${does}`
              : `not: ${conditions
                  .filter(({ holds }) => !holds)
                  .map(({ text }) => text)
                  .join(', ')}`
          }
        />
      ))}
      {rules.length === 0 && action && <Step title="action" text={action} />}
      {passes && <Step title="has to pass" text={`${passes}, which is not carried out here`} />}
      {destinations.map(one => (
        <Behind key={one.id} destination={one} share={destinations.length > 1} />
      ))}
      <li class="answer">
        <strong>{answer.status ?? (answer.from === 'nobody' ? 'no answer' : 'an answer')}</strong>{' '}
        {answer.from === 'nobody' ? '' : `from the ${answer.from}: `}
        {answer.reason}
      </li>
      {notEvaluated.map(what => (
        <Step key={what} title="not evaluated" text={what} />
      ))}
    </ol>
  )
}
