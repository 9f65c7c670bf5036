export { ownChart, type RenderOptions, renderChart } from './chart.ts'
export { findHelm, type Helm } from './helm.ts'
export { pinnedHelmVersion } from './helm-release.ts'
export { renderResources, splitRender } from './resources.ts'
