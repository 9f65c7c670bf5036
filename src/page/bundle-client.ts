import type { Metafile } from 'esbuild'
import { ownFile } from '../own-file.ts'

/** The browser's code of the page. */
export interface Client {
  script: string
  style: string
  /** What went into it. */
  metafile: Metafile
}

/** Whose work the script has in it: their licence asks for the notice. */
const notice =
  '/*! Preact and @preact/signals (c) Jason Miller, the Preact authors, MIT; uPlot (c) Leon Sorokin, MIT */'

/** Bundles the browser's code of a checkout: for a page that it serves, and for what is published. */
export async function bundleClient(): Promise<Client> {
  const { build } = await import('esbuild')
  const { outputFiles, metafile } = await build({
    absWorkingDir: ownFile('.'),
    entryPoints: ['main.tsx', 'page.css'].map(name => ownFile(`src/page/client/${name}`)),
    outdir: '/',
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    banner: { js: notice },
    logLevel: 'silent'
  })
  function textOf(ending: string): string {
    return outputFiles.find(({ path }) => path.endsWith(ending))!.text
  }
  return { script: textOf('.js'), style: textOf('.css'), metafile }
}
