import { resolve } from 'node:path'
import { ownChart } from '../defaults.ts'
import { Failure } from '../failure.ts'
import { type ManifestText, parseManifests, type Resources } from '../resources/index.ts'
import { fromHere, type RenderOptions, renderWithValues } from './chart.ts'
import { atTemplate, findTemplate, Template, TemplateOrigin } from './template-origin.ts'
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

/** The documents of a render with the templates on disk that made them. */
function parseRender(rendered: string, chart: string): Resources {
  const templates = new Map<string, Template>()
  const texts = splitRender(rendered).map((text, index) => {
    const file = findTemplate(text.file, chart)
    // Documents of one template are told apart by their place in the render.
    const name = `${text.file}#${index}`
    if (file !== undefined) {
      templates.set(name, new Template(fromHere(file), text.text))
    }
    return { text: text.text, file: file === undefined ? text.file : name }
  })
  try {
    return parseManifests(texts).relocate((_object, origin) => {
      const template = templates.get(origin.file)
      return template ? new TemplateOrigin(origin, template) : origin
    })
  } catch (error) {
    if (error instanceof Failure) {
      const findings = error.findings.map(finding => atTemplate(finding, templates.get(finding.file ?? '')))
      throw new Failure(error.exitCode, findings, { cause: error })
    }
    throw error
  }
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
  const resources = parseRender(text, chart)
  if (resolve(chart) !== resolve(ownChart)) {
    return resources
  }
  return resources.relocate((object, origin) => new ValuesOrigin(object, origin, { files, assignments: options }))
}
