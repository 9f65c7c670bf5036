/**
 * The sources and what they depend on as few files: one for each door and each command, and chunks for what they share. What a
 * command does not reach is never read, which is most of its start.
 *
 * @module
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Metafile, type Plugin, transform } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The client's modules, of which most are never used, do nothing by being loaded; but for its polyfill. */
const kubernetesClientInParts: Plugin = {
  name: 'kubernetes client in parts',
  setup({ onResolve }) {
    onResolve({ filter: /^@kubernetes\/client-node$/ }, ({ path }) => ({
      path: fileURLToPath(import.meta.resolve(path)),
      sideEffects: false
    }))
    // It names its own files whole.
    onResolve({ filter: /^\..*\.js$/ }, ({ path, importer, resolveDir }) =>
      importer.includes('/@kubernetes/client-node/') && !path.endsWith('polyfill.js')
        ? { path: join(resolveDir, path), sideEffects: false }
        : undefined
    )
  }
}

/**
 * A watch writes its two selectors by the serializer of all kinds of objects, which brings their seven hundred models; a text it
 * leaves as it is.
 */
const serializerOfTexts: Plugin = {
  name: 'serializer of texts',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\/serializer\.js$/ }, ({ path, importer }) =>
      importer.endsWith('/@kubernetes/client-node/dist/cache.js') ? { path, namespace: 'texts' } : undefined
    )
    onLoad({ filter: /./, namespace: 'texts' }, () => ({
      contents: 'export const ObjectSerializer = { serialize: text => text }'
    }))
  }
}

/**
 * Of the HTTP client's package, what the Kubernetes client imports: its door loads everything (mocks, caches, WebSockets), which are
 * two thirds of it.
 */
const httpClientParts = `
export { default as Agent } from './lib/dispatcher/agent.js'
export { default as ProxyAgent } from './lib/dispatcher/proxy-agent.js'
export { fetch } from './lib/web/fetch/index.js'
`

const httpClientInParts: Plugin = {
  name: 'HTTP client in parts',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^undici$/ }, () => ({ path: 'undici', namespace: 'parts' }))
    onLoad({ filter: /^undici$/, namespace: 'parts' }, ({ path }) => ({
      contents: httpClientParts,
      resolveDir: dirname(fileURLToPath(import.meta.resolve(path)))
    }))
  }
}

/** Comments and indentation are half of what would be read. */
const minified = { minifyWhitespace: true, minifySyntax: true } satisfies BuildOptions

/**
 * A chunk as CommonJS, which Jest takes without flags, and everything else too. esbuild splits ES modules alone, and each of them
 * becomes CommonJS by itself.
 */
async function asCommonJS(text: string, minifyIdentifiers: boolean): Promise<string> {
  const { code } = await transform(text, {
    ...minified,
    minifyIdentifiers,
    format: 'cjs',
    platform: 'node',
    target: 'node22.19',
    // Jest gives no modules to import() either.
    supported: { 'dynamic-import': false },
    ...(text.includes('import.meta.url') && {
      define: { 'import.meta.url': 'urlOfChunk' },
      banner: "const urlOfChunk=require('node:url').pathToFileURL(__filename).href;"
    })
  })
  return code
}

export interface BundleOptions {
  /**
   * For a checkout: quick to make. Names stay, for the stacks of errors, and the Kubernetes client stays a package, which takes
   * longer to read than everything else; the folder then has to stand below that of the packages.
   */
  quick?: boolean
}

/**
 * Builds into a folder.
 *
 * @param doors sources by the name of the file that they become.
 * @returns what went into each file.
 */
export async function bundle(
  folder: string,
  doors: Record<string, string>,
  { quick = false }: BundleOptions = {}
): Promise<Metafile> {
  const { metafile, outputFiles } = await build({
    ...minified,
    absWorkingDir: root,
    entryPoints: doors,
    outdir: folder,
    write: false,
    bundle: true,
    metafile: true,
    splitting: true,
    platform: 'node',
    target: 'node22.19',
    format: 'esm',
    outExtension: { '.js': '.cjs' },
    legalComments: 'none',
    logLevel: 'silent',
    plugins: quick ? [] : [serializerOfTexts, kubernetesClientInParts, httpClientInParts],
    // One builds the controller's image and the page's client, in a checkout alone; the other looks for credentials, where it is installed.
    external: ['esbuild', '@aws-sdk/credential-provider-node', ...(quick ? ['@kubernetes/client-node'] : [])]
  })
  mkdirSync(folder, { recursive: true })
  await Promise.all(outputFiles.map(async ({ path, text }) => writeFileSync(path, await asCommonJS(text, !quick))))
  return metafile
}
