import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** What a browser loads. */
export interface Assets {
  /** HTML. */
  page: string
  script: string
  style: string
}

/** The published package has them made; a checkout makes them when they are first asked for. */
function builtAt(name: string): string {
  return fileURLToPath(new URL(`./client/${name}`, import.meta.url))
}

/** Whose work the script has in it: their licence asks for the notice. */
const notice =
  '/*! Preact and @preact/signals (c) Jason Miller, the Preact authors, MIT; uPlot (c) Leon Sorokin, MIT */'

/** Bundles the browser's code. */
export async function bundleClient(): Promise<Pick<Assets, 'script' | 'style'>> {
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: [builtAt('main.tsx'), builtAt('page.css')],
    outdir: '/',
    bundle: true,
    write: false,
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
  return { script: textOf('.js'), style: textOf('.css') }
}

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>istio-alb</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
<script src="/page.js" defer></script>
</head>
<body>
<div id="page"></div>
<noscript>This page needs JavaScript. <code>istio-alb plan</code> and <code>istio-alb check</code> tell the same in a terminal.</noscript>
</body>
</html>
`

let loaded: Promise<Assets> | undefined

async function load(): Promise<Assets> {
  const built = builtAt('main.js')
  const code = existsSync(built)
    ? { script: readFileSync(built, 'utf8'), style: readFileSync(builtAt('page.css'), 'utf8') }
    : await bundleClient()
  return { page, ...code }
}

/** What a browser loads, made once. */
export function loadAssets(): Promise<Assets> {
  loaded ??= load()
  return loaded
}
