import type { Command } from 'commander'
import { renderChart } from '../render/index.ts'
import { addInput, type InputOptions } from './options.ts'

interface RenderCommandOptions extends InputOptions {
  showOnly: string[]
  apiVersions: string[]
  kubeVersion?: string
}

export function registerRender(program: Command): void {
  function collect(value: string, previous: string[]): string[] {
    return [...previous, value]
  }
  const command = program.command('render').description('print the manifests that the chart renders to')
  addInput(command, { manifests: false })
    .option('-s, --show-only <template>', 'only this template, repeatable', collect, [])
    .option('-a, --api-versions <group/version/Kind>', 'kind that the cluster has, repeatable', collect, [])
    .option('--kube-version <version>', "the cluster's version")
    .action(async (options: RenderCommandOptions) => {
      process.stdout.write(await renderChart(options))
    })
}
