import { existsSync, readFileSync } from 'node:fs'
import { ownFile } from '../own-file.ts'
import { bundleClient } from './bundle-client.ts'

/** What a browser loads. */
export interface Assets {
  /** HTML. */
  page: string
  script: string
  style: string
}

/** What is there before the script runs is what the script draws first: it is painted that much earlier. */
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
<div id="page"><header class="top"><h1>istio-alb</h1></header><main><p class="empty">Connecting…</p></main></div>
<noscript>This page needs JavaScript. <code>istio-alb plan</code> and <code>istio-alb check</code> tell the same in a terminal.</noscript>
</body>
</html>
`

let loaded: Promise<Assets> | undefined

/** Sources win, as in `bin/istio-alb.js`: a stale build in a checkout is never served. The published package has the build alone. */
async function load(): Promise<Assets> {
  const { script, style } = existsSync(ownFile('src/page/client'))
    ? await bundleClient()
    : {
        script: readFileSync(ownFile('dist/page/main.js'), 'utf8'),
        style: readFileSync(ownFile('dist/page/page.css'), 'utf8')
      }
  return { page, script, style }
}

/** What a browser loads, made once. */
export function loadAssets(): Promise<Assets> {
  loaded ??= load()
  return loaded
}
