import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from '@jest/globals'
import { execa } from 'execa'
import { findHelm } from '../../../src/render/index.ts'
import { Commands } from '../cli/command.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const commands = new Commands()
afterAll(() => commands.close())

/** The blocks of a page that are meant for a shell. */
function blocksOf(page: string): string[] {
  const text = readFileSync(`${root}docs/${page}.md`, 'utf8')
  return [...text.matchAll(/^( *)```sh\n([\s\S]*?)^ *```$/gm)].map(([, , block]) => block!)
}

/** Whole commands, lines that go on joined, without comments. */
function linesOf(block: string): string[] {
  return block
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map(line => line.replace(/(^|\s)#.*$/, '').trim())
    .filter(line => line !== '')
}

/** Files that a step before has written: what stands for them here. */
const written: Record<string, string> = {
  'aws.yaml': 'docs/examples/aws.yaml',
  'old.yaml': 'tests/cases/article/alb-ingress.yaml',
  'new.yaml': 'tests/cases/article/alb-ingress.yaml'
}

const pages = ['install-eks', 'from-the-article', 'symptoms', 'upgrades', 'cookbook']
const all = pages.flatMap(page =>
  blocksOf(page)
    .flatMap(linesOf)
    .map(line => ({ page, line }))
)
const own = all.filter(({ line }) => line.startsWith('npx istio-alb ') && !line.endsWith(' -'))
const charts = all.filter(({ line }) => /^helm (template|upgrade --install) \S+ charts\/istio-alb-ingress /.test(line))

describe('what the pages tell to type', () => {
  test.each(pages)('%s: a shell reads every block', async page => {
    const blocks = blocksOf(page)
    expect(blocks.length).toBeGreaterThan(0)
    for (const block of blocks) {
      await execa('sh', ['-n'], { input: block })
    }
  })

  test.each(own)('$page: $line', async ({ line }) => {
    const words = line.split(/\s+/).slice(2)
    const { exitCode, stderr } = await commands.run(
      ...words.map(word => (/\.yaml$|^tests\//.test(word) ? `${root}${written[word] ?? word}` : word))
    )
    // Findings are what some of them are shown for; a usage that is refused, a file or a tool that is missing are not.
    expect({ stderr: exitCode === 0 || exitCode === 1 ? '' : stderr }).toEqual({ stderr: '' })
  })

  test.each(charts)('$page: $line', async ({ line }) => {
    const { command } = await findHelm()
    const words = line.replace('upgrade --install', 'template').split(' > ')[0]!.split(/\s+/).slice(1)
    const { stdout } = await execa(command, words, { cwd: root })
    expect(stdout).toContain('kind: ')
  })
})
