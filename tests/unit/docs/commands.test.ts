/**
 * Every command of the pages. This project's own are typed into a shell as they stand there, where stand-ins write what other
 * tools would; those that serve, or ask a cluster, are parsed, so that no option of theirs is one that there is not. What is left
 * is other people's, by name.
 *
 * @module
 */

import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Command } from 'commander'
import { execa } from 'execa'
import { parse as parseYAML } from 'yaml'
import { createProgram } from '../../../src/cli/commands/index.ts'
import { findHelm } from '../../../src/render/index.ts'
import { Commands, portOffset, printed } from '../cli/command.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const commands = new Commands()
afterAll(() => commands.close())

const article = 'tests/cases/article/alb-ingress.yaml'
const values = 'docs/examples/cookbook/public-https.yaml'

const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'charts/istio-alb-ingress/README.md', 'docs/examples/shop/README.md'],
  ...['docs', 'docs/findings'].flatMap(folder =>
    readdirSync(join(root, folder))
      .filter(file => file.endsWith('.md'))
      .map(file => `${folder}/${file}`)
  )
]

/** The blocks of a page that are meant for a shell; of a terminal's, what was typed. */
function blocksOf(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(/^( *)```(sh|console)\n([\s\S]*?)^ *```$/gm)].map(([, , language, block]) =>
    language === 'sh' ? block! : [...block!.matchAll(/^\$ (.*)$/gm)].map(([, typed]) => typed).join('\n')
  )
}

/** Commands of a page's other blocks, such as the steps of a pipeline. */
function stepsOf(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(/^ *```yaml\n([\s\S]*?)^ *```$/gm)].flatMap(([, block]) =>
    [...block!.matchAll(/(?:run: |- )(npx .*)$/gm)].map(([, step]) => step!)
  )
}

/** Whole commands, lines that go on joined, without comments. */
function linesOf(block: string): string[] {
  return block
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map(line => line.replace(/(^|\s)#.*$/, '').trim())
    .filter(line => line !== '')
}

/** What pre-commit types, with a file that has changed. */
const hooks = '.pre-commit-hooks.yaml'
const [hook] = parseYAML(readFileSync(join(root, hooks), 'utf8')) as [{ entry: string }]

const all = pages
  .flatMap(page => [...blocksOf(page).flatMap(linesOf), ...stepsOf(page)].map(line => ({ page, line })))
  .concat({ page: hooks, line: `${hook.entry} edge.yaml` })

const isOwn = /(^|[|;] *)(npx (--yes )?)?istio-alb(@\S+)? /

/** Own commands that a test of the pages cannot run to their end. */
const parsedAlone: [RegExp, string][] = [
  [/istio-alb (up|down|status|controller)\b/, 'a cluster: tests/e2e'],
  [/istio-alb check --context /, 'a cluster: tests/unit/cluster/kind/live-objects.test.ts'],
  [/istio-alb aws( [^|]*)?&?$/, 'serves until Ctrl-C: the account commands here run against one'],
  [/istio-alb plan --watch /, 'goes on until Ctrl-C: tests/unit/cli/watch.test.ts']
]

/** What belongs to others, by its first words, and why it does not run here. */
const ofOthers: [RegExp, string][] = [
  [/^kubectl /, 'a cluster'],
  [/^aws |^\w+=\$\((aws|kubectl) /, 'an AWS account; the names of operations are held to the service models'],
  [/^(curl|nslookup|dig|openssl) /, 'what the controller has made'],
  [/^istioctl /, 'istioctl, and a cluster'],
  [/^docker run .* ghcr\.io\/istio-alb\/istio-alb:/, 'the image: tests/e2e/command-image.test.ts'],
  [/^helm (get|test|history|rollback|list) /, 'a release in a cluster'],
  [/^helm (install|upgrade --install) \S+ (oci:|eks\/|istio)/, 'charts of others, or the package of this one'],
  [/^helm template .* \| istioctl /, 'istioctl, and a cluster'],
  [/^export [A-Z_]+=/, 'the variables are set here'],
  [/^ISTIO_CRDS=folder npm run generate$/, 'a folder of definitions of others'],
  [/^diff <\(/, 'compares what the controller wrote'],
  [/^sh docs\/examples\/aws-yaml\.sh /, 'an AWS account: tests/unit/docs/aws-yaml.test.ts'],
  [/^cd |^printf /, 'the shell’s own']
]

function reasonIn(list: [RegExp, string][], line: string): string | undefined {
  return list.find(([form]) => form.test(line))?.[1]
}

const isOfScripts = /^(npm|node) /
const isOfChart = /^helm (template|upgrade --install) \S+ charts\/istio-alb-ingress /
const own = all.filter(({ line }) => isOwn.test(line))
const run = own.filter(({ line }) => reasonIn(parsedAlone, line) === undefined)
const scripts = all.filter(({ line }) => isOfScripts.test(line))
const charts = all.filter(({ line }) => isOfChart.test(line) && !line.includes('|'))

test('each command is run, is parsed, or has a reason why not', () => {
  const left = all.filter(entry => ![own, scripts, charts].some(list => list.includes(entry)))
  expect(left.filter(({ line }) => reasonIn(ofOthers, line) === undefined)).toEqual([])
  expect([run.length, charts.length, scripts.length].every(count => count > 3)).toBe(true)
})

test.each(pages.filter(page => blocksOf(page).length > 0))('%s: a shell reads every block', async page => {
  for (const block of blocksOf(page)) {
    await execa('bash', ['-n'], { input: block })
  }
})

/** What the examples of a command's help tell to type. */
function examplesOf(command: Command): string[] {
  const help: string[] = []
  command.configureOutput({ writeOut: text => help.push(text) }).outputHelp()
  return [...help.join('').matchAll(/^ {2}(istio-alb .*)$/gm)].map(([, line]) => line!)
}

const examples = createProgram()
  .commands.flatMap(command => [command, ...command.commands])
  .flatMap(command => examplesOf(command).map(line => ({ page: `${command.name()} --help`, line })))

/** Other tools that write manifests. */
const writers = ['kubectl', 'kustomize', 'git', 'flux']

/** The words of each command of this project in a line, as the shell would give them. */
async function wordsOf(line: string): Promise<string[][]> {
  const given = line.replaceAll(/(npx (--yes )?)?istio-alb(@[\d.]+)? /g, 'tell ').replaceAll(/ > \S+/g, '')
  const tell = `tell() { [ -p /dev/stdin ] && cat > /dev/null; printf '%s\\0' "$@" END >&3; }`
  const others = [...writers, 'helm', 'jq'].map(name => `${name}() { :; }`)
  const { stdio } = await execa('bash', ['-c', [tell, ...others, given].join('\n')], {
    cwd: commands.folder,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe']
  })
  return String(stdio[3])
    .split('END\0')
    .slice(0, -1)
    .map(words => words.split('\0').slice(0, -1))
}

/** Reads a command line as the command does, and does nothing. */
async function parse(words: string[]): Promise<void> {
  const end = words.indexOf('--')
  const program = createProgram(end < 0 ? undefined : words.slice(end + 1))
  for (const command of [program, ...program.commands.flatMap(one => [one, ...one.commands])]) {
    command.exitOverride().configureOutput({ writeErr: () => undefined })
    if (command !== program) {
      command.action(() => undefined)
    }
  }
  await program.parseAsync(end < 0 ? words : words.slice(0, end), { from: 'user' })
}

test.each([...own, ...examples])('$page has options that there are: $line', async ({ line }) => {
  const lines = await wordsOf(line)
  expect(lines.length).toBeGreaterThan(0)
  for (const words of lines) {
    await parse(words)
  }
})

describe('typed into a shell', () => {
  const folder = join(commands.folder, 'typed')
  const programs = join(folder, 'programs')
  let environment: NodeJS.ProcessEnv

  function standIn(name: string, text: string): void {
    writeFileSync(join(programs, name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(programs, name), 0o755)
  }

  /** Files that a reader has, or that a step before has written. */
  const files: Record<string, string> = {
    ...Object.fromEntries(
      ['edge.yaml', 'ingress.yaml', 'more.yaml', 'old.yaml', 'new.yaml'].map(name => [name, article])
    ),
    'manifests/edge.yaml': article,
    'gateway.yaml': 'tests/cases/correct/gateway-api.yaml',
    'aws.yaml': 'docs/examples/aws.yaml',
    ...Object.fromEntries(['values.yaml', 'values-new.yaml', 'my-values.yaml'].map(name => [name, values]))
  }

  beforeAll(async () => {
    mkdirSync(join(folder, 'manifests'), { recursive: true })
    mkdirSync(programs)
    for (const [name, source] of Object.entries(files)) {
      copyFileSync(join(root, source), join(folder, name))
    }
    for (const name of ['docs', 'charts', 'tests', 'package.json']) {
      symlinkSync(join(root, name), join(folder, name))
    }
    standIn('istio-alb', `exec '${process.execPath}' '${root}bin/istio-alb.js' "$@"`)
    standIn('npx', `[ "$1" = --yes ] && shift; program="\${1%%@*}"; shift; exec "$program" "$@"`)
    const { command: helm } = await findHelm()
    // One on PATH is found there; a stand-in of that name would start itself for ever.
    if (helm !== 'helm') {
      standIn('helm', `exec '${helm}' "$@"`)
    }
    for (const name of writers) {
      standIn(name, `cat '${folder}/edge.yaml'`)
    }
    standIn('jq', 'cat')
    standIn('npm', ':')
    const account = commands.start(
      'aws',
      '--aws',
      'docs/examples/aws.yaml',
      '--port',
      '0',
      '--port-offset',
      `${portOffset}`
    )
    const [, endpoint] = /AWS_ENDPOINT_URL=(\S+)/.exec(await printed(account, text => text.includes('serving')))!
    environment = {
      PATH: `${programs}:${process.env.PATH}`,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'any',
      AWS_SECRET_ACCESS_KEY: 'any',
      AWS_DEFAULT_REGION: 'us-west-2',
      NO_COLOR: '1'
    }
  })

  /** The same for a reader whose tests run beside others': ports of its own, and no end to wait for. */
  function typed(line: string): string {
    const [before, served = ' -- true'] = line.split(/(?= -- )/)
    const simulated = `${before} --port-offset ${portOffset + 500} --page off${served}`
    return (line.includes('istio-alb simulate') ? simulated : line).replace(
      'RELEASE CHART',
      'edge charts/istio-alb-ingress'
    )
  }

  test.each(run)('$page: $line', async ({ line }) => {
    const { exitCode, stderr } = await execa('bash', ['-o', 'pipefail', '-c', typed(line)], {
      cwd: folder,
      env: environment,
      reject: false
    })
    // Findings are what some of them are shown for; a usage that is refused, a file or a tool that is missing are not.
    expect({ stderr: exitCode === 0 || exitCode === 1 ? '' : stderr }).toEqual({ stderr: '' })
  })

  test.each(charts)('$page: $line', async ({ page, line }) => {
    const rendered = line.replace('upgrade --install', 'template').split(' > ')[0]!
    const { stdout, stderr } = await execa('bash', ['-c', rendered], { cwd: folder, env: environment, reject: false })
    // What is refused is shown for its message.
    const [refusal] = /^[A-Z_]+ .*$/m.exec(stderr) ?? []
    expect(refusal === undefined ? stdout : readFileSync(join(root, page), 'utf8')).toContain(refusal ?? 'kind: ')
  })
})

const { scripts: named, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
  version: string
}

test.each([hooks, ...pages])('%s names no version but the one that it is part of', page => {
  const text = readFileSync(join(root, page), 'utf8')
  const versions = text.matchAll(/istio-alb(?:\/istio-alb)?(?:@v?|:)(\d+\.\d+\.\d+)|rev: v(\S+)/g)
  expect([...versions].map(([, named, revision]) => named ?? revision).filter(one => one !== version)).toEqual([])
})

test.each(scripts)('$page names a script that there is: $line', ({ line }) => {
  for (const one of line.split(/ *&& */)) {
    const [program, verb, name = ''] = one.split(' ') as [string, string, string?]
    if (program === 'node') {
      expect(() => readFileSync(join(root, verb))).not.toThrow()
    } else if (verb !== 'ci' && verb !== 'install') {
      expect(Object.keys(named)).toContain(verb === 'run' ? name : verb)
    }
  }
})
