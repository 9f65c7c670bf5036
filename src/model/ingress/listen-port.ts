import { ModelError } from '../model-error.ts'

/** Refuses what is no port. @throws ModelError */
export function checkListenPort(port: number): void {
  if (port < 1 || port > 65535) {
    throw new ModelError(`listen port must be within [1, 65535]: ${port}`)
  }
}
