/** Lints the charts as ct.yaml says; what cannot run is named, and fails where CI is set. */
import { fileURLToPath } from 'node:url'
import { lintCharts } from './chart/lint.ts'

const { steps, skipped } = await lintCharts(fileURLToPath(new URL('..', import.meta.url)))
for (const { command, refusal } of steps) {
  console.log(`${refusal === undefined ? '✓' : '✗'} ${command}`)
  if (refusal !== undefined) {
    console.log(refusal)
  }
}
if (skipped !== undefined) {
  console.log(`skipped ${skipped}`)
}
if (steps.some(({ refusal }) => refusal !== undefined) || (skipped !== undefined && process.env.CI)) {
  process.exitCode = 1
}
