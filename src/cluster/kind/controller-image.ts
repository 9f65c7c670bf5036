import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { missingFailure } from '../../failure.ts'
import { ownFile } from '../../own-file.ts'
import { type RunOptions, runTool } from '../tool.ts'
import { baseImage } from './node-image.ts'

/**
 * Builds the controller's image with the container engine. The sources become one file first, so that the build itself
 * needs no network.
 *
 * @throws Failure exit 3 outside a checkout, where there is nothing to build from.
 */
export async function buildControllerImage(image: string, options: RunOptions = {}): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'istio-alb-image-'))
  try {
    await bundleController(join(folder, 'controller.mjs'))
    cpSync(ownFile('deploy/controller/Dockerfile'), join(folder, 'Dockerfile'))
    await buildImage(folder, image, options)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Builds an image of a folder with a Dockerfile, whose argument `BASE` is what it is built on. */
export async function buildImage(folder: string, image: string, options: RunOptions = {}): Promise<void> {
  const base = ['--build-arg', `BASE=${await baseImage()}`]
  await runTool('docker', ['build', '--quiet', ...base, '--tag', image, folder], options)
}

/**
 * The `controller` command as the one file that the image runs.
 *
 * @throws Failure exit 3 outside a checkout.
 */
export async function bundleController(outfile: string): Promise<void> {
  const { build } = await import('esbuild').catch((error: unknown) => {
    throw missingFailure(
      {
        code: 'CHECKOUT_MISSING',
        message: "the controller's image is not in the container engine, and can only be built from a checkout",
        hint: 'clone the project, run `npm ci` and `npm run image`'
      },
      { cause: error }
    )
  })
  await build({
    entryPoints: [ownFile('src/cli/controller-image.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    logLevel: 'error',
    // The text of a program stays in memory: comments and indentation are most of it. Names stay, for the log's stacks.
    minifyWhitespace: true,
    minifySyntax: true,
    // The page, which the image does not serve, brings every stage with it.
    external: [ownFile('src/page/index.ts'), ownFile('src/cli/cluster-view.ts')],
    // What is still CommonJS among the dependencies asks for Node's modules by `require`.
    banner: {
      js: "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);"
    }
  })
}
