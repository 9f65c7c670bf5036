import type { ObjectsOptions } from '../../edge.ts'

/**
 * Loads what a command is. Where it works on a render, helm renders meanwhile.
 *
 * @throws Failure as `beginRender` does.
 */
export async function loadFor<Module>(
  manifests: string[],
  options: ObjectsOptions,
  load: () => Promise<Module>
): Promise<Module> {
  if (manifests.length === 0 && options.context === undefined) {
    const { beginRender } = await import('../../render/index.ts')
    await beginRender(options)
  }
  return load()
}
