export { ownChart, type RenderOptions, releaseNamespace, renderChart } from './chart.ts'
export { findHelm } from './helm.ts'
export { oldestHelmVersion, providePinnedHelm } from './helm-release.ts'
export { renderResources, splitRender } from './resources.ts'
