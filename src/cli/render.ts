import type { Command } from 'commander'
import { parseAllDocuments } from 'yaml'
import { renderChart } from '../render/index.ts'
import { addInput, addOutput, collect, type InputOptions, type OutputOptions } from './options.ts'

interface RenderCommandOptions extends InputOptions, OutputOptions {
  showOnly: string[]
}

/** The objects of a render, without documents that hold nothing. */
function objectsOf(text: string): unknown[] {
  return parseAllDocuments(text).flatMap(document => document.toJS() ?? [])
}

export function registerRender(program: Command): void {
  const command = program.command('render').description('print the manifests that the chart renders to')
  addOutput(addInput(command, { manifests: false }))
    .option('-s, --show-only <template>', 'only this template, repeatable', collect, [])
    .action(async (options: RenderCommandOptions) => {
      const text = await renderChart(options)
      process.stdout.write(options.output === 'json' ? `${JSON.stringify(objectsOf(text), undefined, 2)}\n` : text)
    })
}
