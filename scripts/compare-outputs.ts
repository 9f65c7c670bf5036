/**
 * Compares what two checkouts of this project print as JSON for every case of `tests/cases`, so that a change of the inside can
 * show that the outside stays: `node scripts/compare-outputs.ts OTHER_CHECKOUT`. Exit 1 where anything differs.
 *
 * @module
 */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

const own = fileURLToPath(new URL('..', import.meta.url))

interface Outcome {
  stdout: string
  stderr: string
  exitCode: number | undefined
}

/** Files of manifests and folders of a case's input, by their path in the checkout. */
function casesOf(checkout: string): string[] {
  const files = readdirSync(join(checkout, 'tests/cases'), { recursive: true, encoding: 'utf8' })
    .map(name => join('tests/cases', name))
    .filter(name => /\.ya?ml$/.test(name) && readFileSync(join(checkout, name), 'utf8').includes('apiVersion:'))
  const folders = [...new Set(files.map(file => dirname(file)))].filter(
    folder => !existsSync(join(checkout, folder, 'expected.json'))
  )
  return [...files, ...folders].sort()
}

/** What the account has for a case: the `aws.yaml` beside it or above. */
function accountOf(path: string): string[] {
  const above = [path, dirname(path), dirname(dirname(path))].map(folder => join(folder, 'aws.yaml'))
  const file = above.find(name => existsSync(join(own, name)))
  return file === undefined ? [] : ['--aws', file]
}

/** A host that the case names, so that the trace meets a rule of it. */
function hostOf(path: string): string {
  const file = join(own, path)
  const text = statSync(file).isDirectory() ? '' : readFileSync(file, 'utf8')
  return /\bhost: ['"]?([a-z0-9-]+(?:\.[a-z0-9-]+)+)/.exec(text)?.[1] ?? 'shop.example.com'
}

function commandsOf(path: string): string[][] {
  const options = [path, '-o', 'json', ...accountOf(path)]
  return [
    ['plan', ...options],
    ['check', ...options],
    ['trace', 'GET', `https://${hostOf(path)}/`, ...options]
  ]
}

async function run(checkout: string, words: string[]): Promise<Outcome> {
  const { stdout, stderr, exitCode } = await execa(process.execPath, ['bin/istio-alb.js', ...words], {
    cwd: checkout,
    reject: false
  })
  return { stdout, stderr, exitCode }
}

/** One command in both checkouts. @returns whether they agree. */
async function compare(other: string, words: string[]): Promise<boolean> {
  const [before, after] = await Promise.all([run(other, words), run(own, words)])
  if (before.stdout === after.stdout && before.stderr === after.stderr && before.exitCode === after.exitCode) {
    return true
  }
  process.stdout.write(`${words.join(' ')}: exit ${before.exitCode}, now ${after.exitCode}\n`)
  process.stdout.write(linesThatDiffer(before.stdout + before.stderr, after.stdout + after.stderr))
  return false
}

/** The lines that only one of two texts has. */
function linesThatDiffer(before: string, after: string): string {
  const [old, next] = [before.split('\n'), after.split('\n')]
  const [inOld, inNext] = [new Set(old), new Set(next)]
  return [
    ...old.filter(line => !inNext.has(line)).map(line => `- ${line}\n`),
    ...next.filter(line => !inOld.has(line)).map(line => `+ ${line}\n`)
  ].join('')
}

const [argument] = process.argv.slice(2)
if (argument === undefined || !existsSync(join(argument, 'bin/istio-alb.js'))) {
  process.stderr.write('usage: node scripts/compare-outputs.ts OTHER_CHECKOUT\n')
  process.exit(2)
}
const other = resolve(argument)
// What both have: a case that one lacks tells nothing of the other.
const commands = casesOf(other)
  .filter(path => existsSync(join(own, path)))
  .flatMap(commandsOf)
let differences = 0
const waiting = [...commands]
async function work(): Promise<void> {
  for (let words = waiting.shift(); words; words = waiting.shift()) {
    differences += (await compare(other, words)) ? 0 : 1
  }
}
await Promise.all(Array.from({ length: Math.max(1, Math.floor(availableParallelism() / 2)) }, work))
process.stdout.write(`${commands.length} commands, ${differences} of them differ\n`)
process.exitCode = differences > 0 ? 1 : 0
