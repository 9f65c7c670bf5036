export { ownChart, type RenderOptions, renderChart } from './chart.ts'
export { findHelm, type Helm } from './helm.ts'
export { oldestHelmVersion, pinnedHelmVersion, providePinnedHelm } from './helm-release.ts'
export { renderResources, splitRender } from './resources.ts'
