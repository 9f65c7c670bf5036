#!/usr/bin/env node
// Runs the built command where there is one, the TypeScript sources otherwise, on a Node that can:
// an older Node hands over to the one that the checkout's development dependencies bring.
import { existsSync } from 'node:fs'
import module from 'node:module'
import { constants, homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

function own(path) {
  return fileURLToPath(new URL(path, import.meta.url))
}
const [major, minor] = process.versions.node.split('.').map(Number)
const bundledNode = own('../node_modules/.bin/node')

// Started by the older Node below: ends with it, however that was ended.
if (process.send) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  process.channel?.unref()
}

if (major > 22 || (major === 22 && minor >= 19)) {
  // Compiled code is kept between runs, which halves the start.
  module.enableCompileCache?.(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'istio-alb', 'compiled'))
  // Sources win in a checkout, so that a stale build never answers.
  const isCheckout = existsSync(own('../src/cli/main.ts'))
  const { main } = await import(
    isCheckout ? await (await import('./checkout.js')).mainOfCheckout() : '../dist/main.cjs'
  )
  // A reader that has seen enough (`| head`) is no mistake; what a command made it removes all the same.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', error => {
      if (error.code === 'EPIPE') {
        return
      }
      process.exitCode = 3
      // What standard error does not take cannot be told there: it would fail again, and for ever.
      if (stream === process.stdout) {
        console.error(`istio-alb: the output cannot be written: ${error.message}`)
      }
    })
  }
  await main(process.argv.slice(2))
} else if (existsSync(bundledNode)) {
  const { spawn } = await import('node:child_process')
  const child = spawn(bundledNode, [own('istio-alb.js'), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc']
  })
  // A terminal sends Ctrl-C to the whole process group, and the child has it already.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  for (const signal of ['SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal))
  }
  child.on('exit', (status, signal) => {
    process.exitCode = status ?? 128 + constants.signals[signal]
  })
} else {
  console.error(`istio-alb: needs Node 22.19 or later, this is ${process.versions.node}`)
  process.exitCode = 3
}
