import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** Commands on PATH before the real ones, that answer as they are told and note how they were called. */
export class FakeTools {
  readonly #folder = mkdtempSync(join(tmpdir(), 'fake-tools-'))
  readonly #pathBefore = process.env.PATH

  constructor() {
    process.env.PATH = `${this.#folder}${delimiter}${this.#pathBefore}`
  }

  /** A command that answers what stands beside the first of the words that its arguments begin with, else nothing. */
  put(name: string, answers: Record<string, string> = {}): void {
    const cases = Object.entries(answers).map(([words, answer]) => `"${words}"*) cat <<'EOF'\n${answer}\nEOF\n;;`)
    const script = `#!/bin/sh\necho "${name} $*" >> '${join(this.#folder, 'calls')}'\ncase "$*" in\n${cases.join('\n')}\n*) ;;\nesac\n`
    writeFileSync(join(this.#folder, name), script)
    chmodSync(join(this.#folder, name), 0o755)
  }

  /** The calls so far, in their order. */
  calls(): string[] {
    const file = join(this.#folder, 'calls')
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
  }

  remove(): void {
    process.env.PATH = this.#pathBefore
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
