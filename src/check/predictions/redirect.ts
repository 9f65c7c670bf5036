import type { StackPlan } from '../../model/index.ts'
import { canBeSent, followRequest, readRequest, type Trace, type TracedAnswer, type Tracer } from '../../trace/index.ts'

/** Redirects that are followed before they count as a loop of their own. */
const mostRedirects = 5

export function locationOf({ headers = [] }: TracedAnswer): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === 'location')?.[1]
}

/** Follows a redirect as a browser would: where it ends, as far as it is this load balancer's. */
export function followRedirects(tracer: Tracer, group: StackPlan, first: Trace): { loops: boolean; lost?: string } {
  const seen = new Set([first.request.url])
  let url = first.request.url
  let answer = first.answer
  for (let count = 0; count < mostRedirects; count++) {
    const location = locationOf(answer)
    const next = location !== undefined && URL.canParse(location, url) ? new URL(location, url) : undefined
    if (!next || next.hostname !== new URL(url).hostname || !canBeSent({ url: next.href })) {
      return { loops: false }
    }
    if (seen.has(next.href)) {
      return { loops: true }
    }
    seen.add(next.href)
    url = next.href
    const trace = followRequest(tracer, url, readRequest({ url, version: '1.1' }), { group: group.id, explain: false })
    if (!trace.listener) {
      return { loops: false, lost: trace.answer.reason }
    }
    answer = trace.answer
  }
  return { loops: locationOf(answer) !== undefined }
}
