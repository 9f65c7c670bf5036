#!/usr/bin/env node
// Runs the built command where there is one, the TypeScript sources otherwise, on a Node that can:
// an older Node hands over to the one that the checkout's development dependencies bring.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

function own(path) {
  return fileURLToPath(new URL(path, import.meta.url))
}
const [major, minor] = process.versions.node.split('.').map(Number)
const bundledNode = own('../node_modules/node/bin/node')

if (major > 22 || (major === 22 && minor >= 19)) {
  // Compiled code is kept between runs, which halves the start.
  module.enableCompileCache?.(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'istio-alb', 'compiled'))
  // Sources win in a checkout, so that a stale build never answers.
  const { main } = await import(existsSync(own('../src/cli/main.ts')) ? '../src/cli/main.ts' : '../dist/cli/main.js')
  // A reader that has seen enough (`| head`) is no mistake; what a command made it removes all the same.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', error => {
      if (error.code !== 'EPIPE') {
        console.error(`istio-alb: the output cannot be written: ${error.message}`)
        process.exitCode = 3
      }
    })
  }
  await main(process.argv.slice(2))
} else if (existsSync(bundledNode)) {
  // A Ctrl-C reaches the whole process group; the child cleans up and its exit code is ours.
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {})
  }
  const { status, signal } = spawnSync(bundledNode, [own('istio-alb.js'), ...process.argv.slice(2)], {
    stdio: 'inherit'
  })
  process.exitCode = status ?? (signal === 'SIGINT' ? 130 : 143)
} else {
  console.error(`istio-alb: needs Node 22.19 or later, this is ${process.versions.node}`)
  process.exitCode = 3
}
