import { join, relative, resolve } from 'node:path'
import { type ManifestText, parseManifests, type Resources } from '../resources/index.ts'
import { ValuesFiles } from '../values/index.ts'
import { ownChart, type RenderOptions, renderChart } from './chart.ts'
import { ValuesOrigin } from './values-origin.ts'

/** Helm writes one `# Source:` line above each document. */
const sourceLine = /^# Source: (.+)$/m

/** The documents of a render, each under the name of the template that made it. */
export function splitRender(rendered: string): ManifestText[] {
  return rendered.split(/^---$/m).flatMap(text => {
    const file = sourceLine.exec(text)?.[1]
    return text.trim() === '' ? [] : [{ text, file: file ?? '<render>' }]
  })
}

/** A file's name as a person in the current folder would type it. */
function fromHere(file: string): string {
  const path = relative(process.cwd(), file)
  return path.startsWith('..') ? file : path
}

/**
 * The objects that the chart renders to. Of this project's chart they know the values that they come from, of others the
 * template.
 *
 * @throws Failure as {@link renderChart} does.
 */
export async function renderResources(options: RenderOptions = {}): Promise<Resources> {
  const resources = parseManifests(splitRender(await renderChart(options)))
  const { chart = ownChart, values = [], set = [] } = options
  if (resolve(chart) !== resolve(ownChart)) {
    return resources
  }
  const files = ValuesFiles.read([fromHere(join(chart, 'values.yaml')), ...values])
  return resources.relocate((object, origin) => new ValuesOrigin(object, origin, { files, set }))
}
