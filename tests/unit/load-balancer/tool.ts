/**
 * Real clients: commands of this machine, and what to do where they are missing.
 */

import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, expect, it } from '@jest/globals'

/** Commands that the tests of this folder run, and the Debian packages that bring them. */
const packages = { curl: 'curl', openssl: 'openssl', nghttp: 'nghttp2-client', h2load: 'nghttp2-client' }

export type Tool = keyof typeof packages

function isInstalled(tool: Tool): boolean {
  return (process.env.PATH ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, tool), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

const isRequired = process.env.CI === 'true' || process.env.ISTIO_ALB_E2E === 'required'

/** Tests that need a command: skipped by name without it, or failed where every test has to run. */
export function describeWith(tool: Tool, body: () => void): void {
  const hint = `${tool} is not installed; on Debian: apt-get install ${packages[tool]}`
  if (isInstalled(tool)) {
    describe(tool, body)
  } else if (!isRequired) {
    describe.skip(`${tool} (${hint})`, body)
  } else {
    it(`${tool} is there`, () => {
      expect(hint).toBe('')
    })
  }
}

/** What a command said, on either channel. */
export interface Said {
  code: number | null
  output: string
  errors: string
}

/** Runs a command to its end, whatever it says. */
export function run(tool: Tool, args: string[], input = ''): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn(tool, args)
    let output = ''
    let errors = ''
    child.stdout.on('data', chunk => {
      output += chunk.toString('latin1')
    })
    child.stderr.on('data', chunk => {
      errors += chunk.toString('latin1')
    })
    child.on('error', reject)
    child.on('close', code => resolve({ code, output, errors }))
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}
