import type { HTTPRouteSpec } from './istio.ts'

function destinationText({ host, port, subset }: NonNullable<HTTPRouteSpec['mirror']>): string {
  return `${host}${port?.number ? `:${port.number}` : ''}${subset ? ` subset ${subset}` : ''}`
}

/** Those who get copies; a share of 0 is none, and none said is all (Istio: MirrorPercent). */
function mirrorsOf({ mirror, mirrors = [], mirrorPercentage, mirrorPercent }: HTTPRouteSpec): string[] {
  const first = mirror ? [{ destination: mirror, share: mirrorPercentage?.value ?? mirrorPercent ?? 100 }] : []
  const others = mirrors.flatMap(({ destination, percentage }) =>
    destination ? [{ destination, share: percentage?.value ?? 100 }] : []
  )
  return [...first, ...others]
    .filter(({ share }) => share > 0)
    .map(
      ({ destination, share }) =>
        `${destinationText(destination)} gets a copy${share < 100 ? ` of ${share} %` : ''}, whose answer nobody sees`
    )
}

function retriesOf({ retries }: HTTPRouteSpec): string[] {
  if (!retries) {
    return []
  }
  const { attempts = 0, perTryTimeout, retryOn } = retries
  if (attempts <= 0) {
    return ['no request is sent twice (retries.attempts: 0)']
  }
  const waits = perTryTimeout ? `, each after ${perTryTimeout} without an answer` : ''
  return [`a request that fails is sent up to ${attempts} more times${retryOn ? ` on ${retryOn}` : ''}${waits}`]
}

/**
 * What a gateway does around a request that a destination gets, as the route asks for it: whether it answers in time, fails or
 * succeeds the second time, no object tells.
 */
export function conductOf(spec: HTTPRouteSpec): string[] {
  const { timeout, route = [] } = spec
  return route.length === 0
    ? []
    : [
        ...(timeout ? [`an answer that takes longer than ${timeout} becomes 504 (timeout)`] : []),
        ...retriesOf(spec),
        ...mirrorsOf(spec)
      ]
}
