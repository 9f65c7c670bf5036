/** One step of bringing something up. */
export interface Step {
  name: string
  /** Does it; what it returns is shown beside the name. */
  run(signal: AbortSignal): Promise<string | undefined>
  /** Removes what `run` made, also after it failed half way. */
  undo?(): Promise<void>
}

/** What is told of the steps while they run. */
export interface StepEvent {
  type: 'step'
  name: string
  state: 'started' | 'done' | 'failed' | 'undone'
  /** What the step said when it was done. */
  detail?: string
  /** Since the start of the step, or of its undoing. */
  milliseconds?: number
}

export interface RunStepsOptions {
  /** Ends the running step and undoes the rest. */
  signal: AbortSignal
  /** Leave what was made, also after a failure. */
  retain?: boolean
  /** Milliseconds; default the process's own clock. */
  now?(): number
  onEvent?(event: StepEvent): void
}

/**
 * Runs the steps in order. When one fails or `signal` fires, those begun are undone in reverse order, and the reason is
 * thrown. Resolves to what undoes them all later.
 */
export async function runSteps(steps: readonly Step[], options: RunStepsOptions): Promise<() => Promise<void>> {
  const { signal, retain = false, now = () => performance.now(), onEvent = () => {} } = options
  const begun: Step[] = []
  async function undoAll(): Promise<void> {
    if (retain) {
      return
    }
    for (let step = begun.pop(); step; step = begun.pop()) {
      if (!step.undo) {
        continue
      }
      const start = now()
      await step.undo()
      onEvent({ type: 'step', name: step.name, state: 'undone', milliseconds: now() - start })
    }
  }
  for (const step of steps) {
    const start = now()
    try {
      signal.throwIfAborted()
      onEvent({ type: 'step', name: step.name, state: 'started' })
      begun.push(step)
      const detail = await step.run(signal)
      onEvent({ type: 'step', name: step.name, state: 'done', ...(detail && { detail }), milliseconds: now() - start })
    } catch (error) {
      onEvent({ type: 'step', name: step.name, state: 'failed', milliseconds: now() - start })
      await undoAll()
      throw error
    }
  }
  return undoAll
}
