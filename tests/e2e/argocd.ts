import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { findHelm } from '../../src/render/index.ts'
import type { KubernetesObject } from '../../src/resources/index.ts'
import type { Values } from '../../src/values/index.ts'

export interface Application extends KubernetesObject {
  spec: {
    destination: { namespace: string }
    source: {
      repoURL: string
      helm: { releaseName?: string; valuesObject?: Values; values?: string; skipSchemaValidation?: boolean }
    }
  }
}

/** What Argo CD knows of the cluster that it renders for, and how it is told to find its own objects again. */
export interface RenderSettings {
  kubeVersion: string
  apiVersions: string[]
  /** Default Argo CD's own, `annotation`. */
  tracking?: 'annotation' | 'label'
}

/** Go's own build cache makes every build but the first a matter of seconds. `.ci/run` builds the same beforehand. */
const program = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'istio-alb', 'tools', 'istio-alb-argocd')
const source = fileURLToPath(new URL('../argocd', import.meta.url))

/** Builds Argo CD's own code, with the program of tests/argocd before it. Empty where that succeeded, else why not, with what to do. */
export async function reasonsWithoutArgoCD(): Promise<string[]> {
  const { failed, code, stderr } = await execa('go', ['build', '-buildvcs=false', '-o', program, '.'], {
    cwd: source,
    reject: false
  })
  if (!failed) {
    return []
  }
  if (code === 'ENOENT') {
    return ['go is not on PATH: install Go (https://go.dev/dl/), it builds Argo CD’s own code']
  }
  return [`go build in tests/argocd failed: ${stderr?.trim().split('\n').at(-1)}`]
}

let path: Promise<string> | undefined

/** PATH with the helm that was found under the name that Argo CD executes; a helm that was fetched has its version in its name. */
async function pathWithHelm(): Promise<string> {
  const { command } = await findHelm()
  if (!isAbsolute(command)) {
    return process.env.PATH!
  }
  const folder = `${program}-path`
  mkdirSync(folder, { recursive: true })
  rmSync(join(folder, 'helm'), { force: true })
  symlinkSync(command, join(folder, 'helm'))
  return [folder, process.env.PATH].join(delimiter)
}

async function runArgoCD<Result>(arguments_: string[], object: object): Promise<Result> {
  path ??= pathWithHelm()
  const { stdout } = await execa(program, arguments_, {
    input: JSON.stringify(object),
    env: {
      PATH: await path,
      // Nothing that it renders may ask a cluster.
      KUBECONFIG: '/nonexistent'
    }
  })
  return JSON.parse(stdout) as Result
}

/** The objects of an Application by Argo CD's repo server, and those that its controller ignores. */
export function renderApplication(application: Application, settings: RenderSettings) {
  return runArgoCD<{ objects: KubernetesObject[]; ignored: KubernetesObject[] }>(
    [
      'render',
      ...['--kube-version', settings.kubeVersion, '--api-versions', settings.apiVersions.join(',')],
      ...['--tracking', settings.tracking ?? 'annotation']
    ],
    application
  )
}

/** The Applications of an ApplicationSet by Argo CD's ApplicationSet controller. */
export function expandApplicationSet(set: object) {
  return runArgoCD<Application[]>(['expand'], set)
}

/** The health of an object as it was read from a cluster; null of a kind whose health Argo CD does not know. */
export function healthOf(object: object) {
  return runArgoCD<{ status: string; message?: string } | null>(['health'], object)
}
