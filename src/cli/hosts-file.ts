import { existsSync, readFileSync, rmSync } from 'node:fs'
import { usageFailure } from '../failure.ts'
import { overwrite, unreadableReason } from '../resources/index.ts'
import { printError } from './print.ts'

const first = `# load balancers of istio-alb, process ${process.pid}\n`
const last = `# end of istio-alb, process ${process.pid}\n`

/** What a name resolves to: where listeners are bound to every address, loopback. */
function reachable(address: string | undefined): string {
  return address === undefined || address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address
}

/**
 * Lines of hosts(5) for the names of load balancers, in a file of the user's while they run. Browsers and curl resolve names
 * below `.localhost` themselves; other programs ask the system.
 */
export class HostsFile {
  readonly #file: string
  readonly #address: string
  #names = new Map<string, string>()
  readonly #isNew: boolean
  #isWritten = true

  private constructor(file: string, address: string | undefined) {
    this.#file = file
    this.#address = reachable(address)
    this.#isNew = !existsSync(file)
  }

  /**
   * @param file undefined for none.
   * @param address that listeners are bound to.
   * @throws Failure exit 2 `HOSTS_FILE_NOT_WRITTEN`.
   */
  static open(file: string | undefined, address?: string): HostsFile | undefined {
    if (file === undefined) {
      return undefined
    }
    const hosts = new HostsFile(file, address)
    try {
      hosts.#write()
    } catch (error) {
      throw usageFailure(
        {
          code: 'HOSTS_FILE_NOT_WRITTEN',
          message: `cannot write ${file}: ${unreadableReason(error)}`,
          path: '--hosts',
          actual: file,
          hint: 'name a file that you may write'
        },
        { cause: error }
      )
    }
    return hosts
  }

  /** @param id of the load balancer, by which it is taken away again. */
  set(id: string, name: string): void {
    this.replace([...this.#names, [id, name]])
  }

  delete(id: string): void {
    this.replace([...this.#names].filter(([other]) => other !== id))
  }

  /** @param names those of all load balancers, by their IDs. */
  replace(names: Iterable<readonly [id: string, name: string]>): void {
    const before = JSON.stringify([...this.#names])
    this.#names = new Map(names)
    if (JSON.stringify([...this.#names]) === before) {
      return
    }
    // A full disk is told once, and ends no load balancer.
    try {
      this.#write()
      this.#isWritten = true
    } catch (error) {
      if (this.#isWritten) {
        printError(`cannot write ${this.#file}: ${unreadableReason(error)}\n`)
      }
      this.#isWritten = false
    }
  }

  /** Takes every line away, and the file where it was not there before and holds nothing else. */
  close(): void {
    this.replace([])
    if (this.#isNew && this.#isWritten && readFileSync(this.#file, 'utf8') === '') {
      rmSync(this.#file)
    }
  }

  #write(): void {
    const lines = [...new Set(this.#names.values())].map(name => `${this.#address}\t${name}\n`)
    const block = lines.length === 0 ? '' : `${first}${lines.join('')}${last}`
    const before = existsSync(this.#file) ? readFileSync(this.#file, 'utf8') : ''
    overwrite(this.#file, withoutBlock(before) + block)
  }
}

function withoutBlock(text: string): string {
  const start = text.indexOf(first)
  const end = text.indexOf(last, start)
  const others = start < 0 || end < 0 ? text : text.slice(0, start) + text.slice(end + last.length)
  return others === '' || others.endsWith('\n') ? others : `${others}\n`
}
