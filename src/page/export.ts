import { createHash } from 'node:crypto'
import type { Assets } from './assets.ts'
import type { EdgeMap } from './contract.ts'

function digest(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

/** Text that cannot end the element that it stands in. */
function inElement(text: string): string {
  return text.replaceAll('</', '<\\/').replaceAll('<!--', '<\\!--')
}

/** The map as one file that asks nobody for anything: its script is the one that its policy names, and no other runs. */
export function exportMap(map: EdgeMap, { script, style }: Assets): string {
  const code = inElement(script)
  const policy = `default-src 'none'; script-src ${digest(code)}; style-src ${digest(style)}; img-src data:; base-uri 'none'; form-action 'none'`
  const data = JSON.stringify(map).replaceAll('<', '\\u003c')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>istio-alb plan</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<div id="page"></div>
<noscript>This map needs JavaScript. <code>istio-alb plan</code> tells the same in a terminal.</noscript>
<script type="application/json" id="map">${data}</script>
<script>${code}</script>
</body>
</html>
`
}
