/**
 * The package as it is published, in projects of people who test with it: packed, installed into each, its types checked and its
 * tests run. What is installed beside it comes from npm's registry.
 *
 * @module
 */

import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { execa } from 'execa'
import { prepareCommandImage } from '../../scripts/build/command-image.ts'
import { describeUnless } from './tools.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const consumers = join(root, 'tests', 'consumers')
const folder = mkdtempSync(join(tmpdir(), 'istio-alb-consumers-'))

const projects: Record<string, string> = {
  ...Object.fromEntries(
    readdirSync(consumers, { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(({ name }) => [name, join(consumers, name)])
  ),
  'the example of the docs, swc and ES modules': join(root, 'docs', 'examples', 'shop')
}

/** Milliseconds: of a registry that does not answer, none of the projects can be installed. */
const patience = 20_000

const { failed, shortMessage } = await execa('npm', ['ping'], { reject: false, timeout: patience })

/** This process's Node, whatever is first on PATH: the tests' scripts call `jest` and `vitest`, which ask `env` for it. */
const environment = {
  PATH: `${join(folder, 'node_modules', '.bin')}:${join(process.execPath, '..')}:${process.env.PATH}`,
  NODE_OPTIONS: '',
  // Jest's own, of the run that this test is part of.
  JEST_WORKER_ID: undefined
}

interface PackedFile {
  path: string
  size: number
}

const longest = 600_000

/** Nothing is wrong with them. */
const manifests = 'tests/cases/correct/istio-instance-https.yaml'

describeUnless(failed ? [`npm's registry does not answer: ${shortMessage}`] : [], 'the package', () => {
  let archive: string
  let packed: { unpackedSize: number; files: PackedFile[] }
  beforeAll(async () => {
    cpSync(join(consumers, 'package.json'), join(folder, 'package.json'))
    const tools = execa('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: folder })
    const { stdout } = await execa('npm', ['pack', '--json', '--silent', '--pack-destination', folder], { cwd: root })
    // npm 12 prints an object by name where earlier ones print a list; a build prints before it.
    const [only] = Object.values(JSON.parse(stdout.slice(stdout.search(/^[[{]/m)))) as [
      typeof packed & { filename: string }
    ]
    packed = only
    archive = join(folder, only.filename)
    await tools
  }, longest)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('is 5 MB at most, and holds no test', () => {
    expect(packed.unpackedSize).toBeLessThanOrEqual(5_000_000)
    expect(
      packed.files.filter(
        ({ path }) => /(^|\/)(tests?|corpus|node_modules)\//.test(path) && !path.includes('/templates/')
      )
    ).toEqual([])
  })

  test.each(Object.keys(projects))(
    'is installed, typed and works in a project with %s',
    async name => {
      const project = join(folder, name.replaceAll(/\W+/g, '-'))
      cpSync(projects[name]!, project, { recursive: true })
      cpSync(join(root, manifests), join(project, 'edge.yaml'))
      mkdirSync(join(project, 'node_modules'))
      await execa('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--offline', archive], { cwd: project })
      expect(readdirSync(join(project, 'node_modules')).filter(entry => !entry.startsWith('.'))).toEqual(['istio-alb'])
      const { scripts } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as {
        scripts: { test: string }
      }
      const options = { cwd: project, env: environment, all: true, reject: false } as const
      const types = await execa('tsc', ['-p', '.'], options)
      expect([types.exitCode, types.all]).toEqual([0, ''])
      const run = await execa(scripts.test, { ...options, shell: true })
      expect([run.exitCode, run.exitCode === 0 ? '' : run.all]).toEqual([0, ''])
    },
    longest
  )

  test('runs as a command without its dependencies, from an empty cache', async () => {
    const command = join(folder, 'types-jest', 'node_modules', '.bin', 'istio-alb')
    const checked = await execa(command, ['check', 'edge.yaml', '-o', 'json'], {
      cwd: join(folder, 'types-jest'),
      env: { ...environment, XDG_CACHE_HOME: join(folder, 'cache') },
      reject: false
    })
    expect([checked.exitCode, JSON.parse(checked.stdout)]).toEqual([0, []])
  })

  test(
    'runs as one file where there is no Node',
    async () => {
      const executable = join(folder, 'istio-alb')
      const script = join(root, 'scripts', 'build-executable.ts')
      await execa(process.execPath, [script, executable, '--package', archive], { cwd: root })
      const options = {
        cwd: root,
        // Nothing of this process's: PATH leads to no command at all.
        extendEnv: false,
        env: { HOME: folder, XDG_CACHE_HOME: join(folder, 'cache'), PATH: join(folder, 'nothing') },
        reject: false
      }
      // Unpacks its files, and finds them unpacked.
      for (const _ of ['first', 'second']) {
        const checked = await execa(executable, ['check', manifests, '-o', 'json'], options)
        expect([checked.exitCode, checked.stdout && JSON.parse(checked.stdout)]).toEqual([0, []])
      }
      const unpacked = join(folder, 'cache', 'istio-alb', 'executable')
      const [only] = readdirSync(unpacked)
      expect(readdirSync(unpacked)).toEqual([only])
      // What a cleaner of caches has taken away is put back.
      rmSync(join(unpacked, only!, 'docs'), { recursive: true })
      const explained = await execa(executable, ['explain', 'HEALTH_CHECK_FAILS'], options)
      expect([explained.exitCode, explained.stdout.split('\n', 1)[0]]).toEqual([0, '# HEALTH_CHECK_FAILS'])
      const refused = await execa(executable, ['plan', 'nothing.yaml'], options)
      expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('FILE_UNREADABLE')])
      const homeless = await execa(executable, ['--version'], {
        ...options,
        env: { HOME: '/dev/null', TMPDIR: folder }
      })
      expect([homeless.exitCode, homeless.stderr]).toEqual([0, ''])
    },
    longest
  )

  test(
    'is all that its image needs beside helm',
    async () => {
      const context = mkdtempSync(join(folder, 'image-'))
      await prepareCommandImage(context, archive)
      const dockerfile = readFileSync(join(context, 'Dockerfile'), 'utf8')
      // What the engine would do with it: copy each source to its place below the root.
      const image = mkdtempSync(join(folder, 'root-'))
      for (const [, from, to] of dockerfile.matchAll(/^COPY (\S+) (\S+)$/gm)) {
        cpSync(join(context, from!), join(image, to!), { recursive: true })
      }
      const [, entry] = /^ENTRYPOINT (.+)$/m.exec(dockerfile)!
      const [, variables] = /^ENV (.+)$/m.exec(dockerfile)!
      const temporary = join(image, 'tmp')
      mkdirSync(temporary)
      const [command, program] = JSON.parse(entry!) as string[]
      expect(command).toBe('node')
      const checked = await execa(
        process.execPath,
        [join(image, program!), 'check', '--set', 'ingress.scheme=internal'],
        {
          cwd: folder,
          extendEnv: false,
          env: {
            ...Object.fromEntries(variables!.split(' ').map(pair => pair.replace('=/tmp', `=${temporary}`).split('='))),
            // Of a user without a home, as the image's may be.
            HOME: '/dev/null',
            PATH: join(image, 'usr/local/bin')
          },
          reject: false
        }
      )
      expect([checked.exitCode, checked.stderr]).toEqual([0, ''])
    },
    longest
  )

  test('has the code of the page', async () => {
    const project = join(folder, 'types-jest')
    const command = join(project, 'node_modules', '.bin', 'istio-alb')
    const drawn = await execa(command, ['plan', 'edge.yaml', '-o', 'html'], { cwd: project, env: environment })
    for (const name of ['main.js', 'page.css']) {
      const text = readFileSync(join(project, 'node_modules', 'istio-alb', 'dist', 'page', name), 'utf8')
      expect([name, drawn.stdout.includes(text.trim())]).toEqual([name, true])
    }
  })
})
