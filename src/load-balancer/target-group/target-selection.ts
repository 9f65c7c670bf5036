import type { TargetGroupAttributes } from '../../elbv2/index.ts'
import type { RegisteredTarget } from './registered-target.ts'

/** The share of requests below which a target in slow start does not fall. */
const lowestShare = 0.05

/** How much of a full share of requests a target gets: less than 1 while it ramps up. */
function shareOf(target: Pick<RegisteredTarget, 'slowStartSince'>, slowStart: number, now: number): number {
  if (slowStart === 0 || target.slowStartSince === undefined) {
    return 1
  }
  return Math.min(1, Math.max(lowestShare, (now - target.slowStartSince) / slowStart))
}

/** One of the candidates, by the target group's algorithm; undefined without candidates. */
export function selectTarget(
  candidates: readonly RegisteredTarget[],
  { algorithm, slowStart }: Pick<TargetGroupAttributes, 'algorithm' | 'slowStart'>,
  now: number,
  random: () => number
): RegisteredTarget | undefined {
  switch (algorithm) {
    case 'round_robin':
      return roundRobin(candidates, candidate => shareOf(candidate, slowStart, now))
    case 'least_outstanding_requests':
      return leastOutstanding(candidates)
    case 'weighted_random':
      return candidates[Math.floor(random() * candidates.length)]
  }
}

/**
 * Weighted round robin without bursts: everyone earns its share each time, the richest is chosen and pays for all.
 * With equal shares that is taking turns.
 */
function roundRobin(
  candidates: readonly RegisteredTarget[],
  share: (candidate: RegisteredTarget) => number
): RegisteredTarget | undefined {
  let total = 0
  let chosen: RegisteredTarget | undefined
  for (const candidate of candidates) {
    const earned = share(candidate)
    total += earned
    candidate.credit += earned
    if (!chosen || candidate.credit > chosen.credit) {
      chosen = candidate
    }
  }
  if (chosen) {
    chosen.credit -= total
  }
  return chosen
}

function leastOutstanding(candidates: readonly RegisteredTarget[]): RegisteredTarget | undefined {
  let chosen: RegisteredTarget | undefined
  for (const candidate of candidates) {
    const difference = chosen ? candidate.inFlight.size - chosen.inFlight.size : -1
    if (difference < 0 || (difference === 0 && candidate.lastChosen < chosen!.lastChosen)) {
      chosen = candidate
    }
  }
  return chosen
}
