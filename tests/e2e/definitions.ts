import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { runTool } from '../../src/cluster/tool.ts'

/** Folders with definitions of others' kinds, where the machine has them. */
const folders = {
  controller: process.env.AWS_LBC_CRDS,
  gatewayAPI: process.env.GATEWAY_API_CRDS
}

const hints = {
  controller: 'set AWS_LBC_CRDS to a folder with the definitions of the AWS Load Balancer Controller',
  gatewayAPI: 'set GATEWAY_API_CRDS to a folder with the definitions of the Gateway API'
}

type Project = keyof typeof folders

/** What would bring the definitions of these projects; empty where they are all here. */
export function missingDefinitions(...projects: Project[]): string[] {
  return projects.filter(project => !folders[project]).map(project => hints[project])
}

/** Defines the kinds of projects, of those that the machine has the definitions of. */
export async function define(
  context: string,
  options: { environment: { KUBECONFIG: string } },
  projects: Project[] = ['controller', 'gatewayAPI']
): Promise<void> {
  const files = projects.flatMap(project => {
    const folder = folders[project]
    return folder
      ? readdirSync(folder)
          .filter(name => name.endsWith('.yaml'))
          .map(name => join(folder, name))
      : []
  })
  if (files.length === 0) {
    return
  }
  // On the server: they are too long for the annotation that kubectl would keep them in.
  const flags = files.flatMap(file => ['--filename', file])
  await runTool('kubectl', ['--context', context, 'apply', '--server-side', ...flags], options)
}
