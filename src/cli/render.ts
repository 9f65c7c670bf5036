import { parseAllDocuments } from 'yaml'
import { renderChart } from '../render/index.ts'
import type { InputOptions, OutputOptions } from './options.ts'
import { print } from './print.ts'

export interface RenderCommandOptions extends InputOptions, OutputOptions {
  showOnly: string[]
}

/** The objects of a render, without documents that hold nothing. */
function objectsOf(text: string): unknown[] {
  return parseAllDocuments(text).flatMap(document => document.toJS() ?? [])
}

/** Prints what the chart renders to. */
export async function render(options: RenderCommandOptions): Promise<void> {
  const text = await renderChart(options)
  print(options.output === 'json' ? `${JSON.stringify(objectsOf(text), undefined, 2)}\n` : text)
}
