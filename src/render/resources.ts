import { resolve } from 'node:path'
import { ownChart } from '../defaults.ts'
import { type ManifestText, parseManifests, type Resources } from '../resources/index.ts'
import { type RenderOptions, renderWithValues } from './chart.ts'
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

/**
 * The objects that the chart renders to. Of this project's chart they know the values that they come from, of others the
 * template.
 *
 * @throws Failure as {@link renderWithValues} does.
 */
export async function renderResources(options: RenderOptions = {}): Promise<Resources> {
  const { text, files } = await renderWithValues(options)
  const { chart = ownChart } = options
  const resources = parseManifests(splitRender(text), { chart })
  if (resolve(chart) !== resolve(ownChart)) {
    return resources
  }
  return resources.relocate((object, origin) => new ValuesOrigin(object, origin, { files, assignments: options }))
}
