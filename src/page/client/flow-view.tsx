import type { FlowEvent, RequestDetail } from '../contract.ts'
import { Fact } from './finding-card.tsx'
import { Step, TraceView } from './trace-view.tsx'
import { clock, milliseconds, titleOf } from './words.ts'

/** A flow through a Network Load Balancer: what is known of it without reading it. */
export function FlowView({ entry, way = [], end = '', trace }: RequestDetail) {
  const event = entry.event as FlowEvent
  const { listener, client, target, bytesIn, bytesOut, closedBy } = event
  const isPlain = closedBy === 'client' || closedBy === 'target'
  const ended = `Ended by ${end}.`
  return (
    <>
      <h2>
        {listener} from {client}
      </h2>
      <p class={isPlain ? '' : 'note bad'}>{ended}</p>
      <dl class="facts">
        <Fact label="began" value={clock(entry.date)} />
        <Fact label="took" value={milliseconds(event.milliseconds)} />
        <Fact label="load balancer" value={event.loadBalancer} />
        <Fact label="target" value={target ?? 'none was chosen'} />
        <Fact label="bytes" value={`${bytesIn} from the client, ${bytesOut} to it`} />
      </dl>
      <h3>Its way</h3>
      {trace ? (
        <TraceView trace={trace} />
      ) : (
        <>
          <ol class="way">
            {way.map(({ column, title, text }) => (
              <Step key={`${column} ${title}`} title={titleOf(column)} text={`${title}${text ? ` (${text})` : ''}`} />
            ))}
          </ol>
          <p class="note">
            The load balancer hands bytes on and reads none of them: behind the last place, the way hinges on what they
            are. Of a request that is sent from this page it is known.
          </p>
        </>
      )}
    </>
  )
}
