import { describe, expect, test } from '@jest/globals'
import { runSteps, type Step, type StepEvent } from '../../../../src/cluster/kind/steps.ts'

/** Steps that write down what they do; `failing` throws. */
function recorded(failing?: string) {
  const done: string[] = []
  function step(name: string, undoable = true): Step {
    return {
      name,
      run: async () => {
        done.push(`run ${name}`)
        if (name === failing) {
          throw new Error(`${name} failed`)
        }
        return name === 'b' ? 'detail' : undefined
      },
      ...(undoable && { undo: async () => void done.push(`undo ${name}`) })
    }
  }
  return { done, steps: [step('a'), step('b', false), step('c'), step('d')] }
}

const never = new AbortController().signal

describe('steps', () => {
  test('run in order, each told with its time; undone in reverse when asked', async () => {
    const { done, steps } = recorded()
    const events: StepEvent[] = []
    let time = 0
    const undo = await runSteps(steps.slice(0, 3), {
      signal: never,
      now: () => (time += 10),
      onEvent: event => events.push(event)
    })
    expect(events).toEqual([
      { type: 'step', name: 'a', state: 'started' },
      { type: 'step', name: 'a', state: 'done', milliseconds: 10 },
      { type: 'step', name: 'b', state: 'started' },
      { type: 'step', name: 'b', state: 'done', detail: 'detail', milliseconds: 10 },
      { type: 'step', name: 'c', state: 'started' },
      { type: 'step', name: 'c', state: 'done', milliseconds: 10 }
    ])
    await undo()
    await undo()
    expect(done).toEqual(['run a', 'run b', 'run c', 'undo c', 'undo a'])
  })

  test('a failed step undoes itself and those before, and its error is thrown', async () => {
    const { done, steps } = recorded('c')
    await expect(runSteps(steps, { signal: never })).rejects.toThrow('c failed')
    expect(done).toEqual(['run a', 'run b', 'run c', 'undo c', 'undo a'])
  })

  test('what is to be retained is not undone', async () => {
    const { done, steps } = recorded('c')
    await expect(runSteps(steps, { signal: never, retain: true })).rejects.toThrow('c failed')
    expect(done).toEqual(['run a', 'run b', 'run c'])
    const all = recorded()
    const undo = await runSteps(all.steps, { signal: never, retain: true })
    await undo()
    expect(all.done).toHaveLength(4)
  })

  test('an interruption between steps ends as a failure does', async () => {
    const { done, steps } = recorded()
    const controller = new AbortController()
    function onEvent({ name, state }: StepEvent): void {
      if (name === 'b' && state === 'done') {
        controller.abort(new Error('Ctrl-C'))
      }
    }
    await expect(runSteps(steps, { signal: controller.signal, onEvent })).rejects.toThrow('Ctrl-C')
    expect(done).toEqual(['run a', 'run b', 'undo a'])
  })
})
