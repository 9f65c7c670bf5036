import { type ManifestText, parseManifests, type Resources } from '../resources/index.ts'
import { type RenderOptions, renderChart } from './chart.ts'

/** Helm writes one `# Source:` line above each document. */
const sourceLine = /^# Source: (.+)$/m

/** The documents of a render, each under the name of the template that made it. */
export function splitRender(rendered: string): ManifestText[] {
  return rendered.split(/^---$/m).flatMap(text => {
    const file = sourceLine.exec(text)?.[1]
    return text.trim() === '' ? [] : [{ text, file: file ?? '<render>' }]
  })
}

/**
 * The objects that the chart renders to.
 *
 * @throws Failure as {@link renderChart} does.
 */
export const renderResources = async (options: RenderOptions = {}): Promise<Resources> =>
  parseManifests(splitRender(await renderChart(options)))
