/** Clients and targets that say how a connection ends. */

import type net from 'node:net'

/** Resolves with how a socket ends: an orderly `end`, or the error's code. */
export function endOf(socket: net.Socket): Promise<string> {
  return new Promise(resolve => {
    let error: string | undefined
    socket.on('error', (problem: NodeJS.ErrnoException) => {
      error = problem.code
    })
    socket.on('close', () => resolve(error ?? 'end'))
    socket.resume()
  })
}

/** Gives the sockets of this process a turn, several times. */
export async function turns(count = 5): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await new Promise(resolve => setImmediate(resolve))
  }
}

/** Resolves as soon as a condition holds. */
export function until(condition: () => boolean): Promise<void> {
  return new Promise(resolve => {
    function look(): void {
      if (condition()) {
        resolve()
      } else {
        setImmediate(look)
      }
    }
    look()
  })
}
