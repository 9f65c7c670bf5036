import type { TargetHealth } from '../contract.ts'

const tones: Record<string, string> = {
  healthy: 'good',
  unhealthy: 'bad',
  'unhealthy.draining': 'bad',
  draining: 'warn',
  unavailable: 'warn',
  initial: 'quiet',
  unused: 'quiet'
}

/** The state of a target, as AWS spells it; a shape and a word, not a colour alone. */
export function HealthBadge({ health }: { health: TargetHealth }) {
  const { state, reason, description } = health
  return (
    <span class={`badge ${tones[state] ?? 'quiet'}`} title={[reason, description].filter(Boolean).join(': ')}>
      {state}
    </span>
  )
}

export function toneOf(state: string): string {
  return tones[state] ?? 'quiet'
}
