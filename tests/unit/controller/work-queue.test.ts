import { describe, expect, test } from '@jest/globals'
import { WorkQueue } from '../../../src/controller/work-queue.ts'

/** A queue whose work ends when it is told to, and what happened. */
function world() {
  const done: string[] = []
  const ends: { resolve(): void; reject(error: Error): void }[] = []
  const retries: (() => void)[] = []
  const queue = new WorkQueue<string>(
    task =>
      new Promise((resolve, reject) => {
        done.push(task)
        ends.push({ resolve, reject })
      }),
    {
      log: message => done.push(`log ${message}`),
      retryAfter: (failures, retry) => {
        done.push(`retry after ${failures}`)
        retries.push(retry)
        return () => void retries.splice(retries.indexOf(retry), 1)
      }
    }
  )
  async function end(error?: Error): Promise<void> {
    const { resolve, reject } = ends.shift()!
    if (error) {
      reject(error)
    } else {
      resolve()
    }
    await new Promise(setImmediate)
  }
  return { queue, done, end, retries }
}

describe('a queue of work', () => {
  test('does one task at a time, and of those that wait the newest', async () => {
    const { queue, done, end } = world()
    queue.add('first')
    queue.add('second')
    queue.add('third')
    expect(done).toEqual(['first'])
    await end()
    await end()
    expect(done).toEqual(['first', 'third'])
    expect(queue.isIdle).toBe(true)
  })

  test('tries what failed again after growing waits, and says what is wrong once', async () => {
    const { queue, done, end, retries } = world()
    queue.add('task')
    await end(new Error('busy'))
    retries[0]!()
    await end(new Error('busy'))
    retries[0]!()
    await end()
    expect(done).toEqual(['task', 'log busy', 'retry after 0', 'task', 'retry after 1', 'task'])
  })

  test('a newer task takes the place of one that waits for its next try', async () => {
    const { queue, done, end, retries } = world()
    queue.add('old')
    await end(new Error('busy'))
    queue.add('new')
    expect(retries).toEqual([])
    await end()
    expect(done.filter(line => !line.startsWith('log'))).toEqual(['old', 'retry after 0', 'new'])
  })

  test('what goes wrong after all was well is news', async () => {
    const { queue, done } = world()
    queue.log('busy')
    queue.log('busy')
    queue.forgive()
    queue.log('busy')
    expect(done).toEqual(['log busy', 'log busy'])
  })

  test('that is closed lets its task finish, and does nothing more', async () => {
    const { queue, done, end, retries } = world()
    queue.add('first')
    queue.add('second')
    const closed = queue.close()
    await end(new Error('busy'))
    await closed
    expect(done).toEqual(['first', 'log busy', 'retry after 0'])
    expect(retries).toEqual([])
  })
})
