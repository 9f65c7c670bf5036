import type { Clock, ExchangeEntry, HealthCheckEntry, LoadBalancerEvent } from '../elbv2/index.ts'
import { systemClock } from '../load-balancer/index.ts'
import { loadAssets } from './assets.ts'
import type { ChangeEntry } from './contract.ts'
import { Recorder, type Source } from './recorder.ts'
import { serve } from './server.ts'

/** A page that is served, and what it is to be told. */
export interface Page {
  /** `http://127.0.0.1:45123/` */
  url: string
  onEvent(event: LoadBalancerEvent): void
  onExchange(exchange: ExchangeEntry): void
  onHealthCheck(check: HealthCheckEntry): void
  onChange(change: Omit<ChangeEntry, 'date'>): void
  close(): Promise<void>
}

/**
 * Serves a page of what runs, on loopback alone.
 *
 * @param port 0 lets the system choose.
 * @throws Failure exit 2 `PORT_BUSY`.
 */
export async function startPage(port: number, source: Source, clock: Clock = systemClock): Promise<Page> {
  const recorder = new Recorder(source, clock)
  const { url, close } = await serve({ port, source, recorder, assets: await loadAssets() })
  return {
    url,
    onEvent: event => recorder.event(event),
    onExchange: exchange => recorder.exchange(exchange),
    onHealthCheck: check => recorder.check(check),
    onChange: change => recorder.change({ date: clock.now(), ...change }),
    close
  }
}
