/**
 * What a running controller leaves on disk for others to read: its state and the certificate of its development CA,
 * in one folder for each kubeconfig context. Each load balancer has a file of its own there: of many, a change concerns one.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { controllerName, controllerNamespace } from '../cluster/index.ts'
import type { LoadBalancerDescription } from '../elbv2/index.ts'
import { usageFailure } from '../failure.ts'
import { writeWhole } from '../resources/index.ts'
import type { Api } from './api.ts'

/** What `istio-alb status` shows. */
export interface RunState {
  /** The kubeconfig context: `kind-istio-alb`. */
  context: string
  server: string
  pid: number
  /** RFC 3339. */
  startedAt: string
  /** The development CA's certificate, PEM. */
  authorityFile: string
  loadBalancers: LoadBalancerDescription[]
}

/** The place of one running controller. */
export interface Run {
  readonly authorityFile: string
  /**
   * Replaces what is told of a load balancer, and of the one in front of it, in one step: a reader never sees half of it.
   *
   * @throws what the disk says.
   */
  write(loadBalancer: LoadBalancerDescription, inFront?: LoadBalancerDescription): void
  /** Tells of a load balancer no more. */
  remove(id: string): void
  /** What was written last. */
  read(): RunState
  /** Removes everything. */
  close(): void
}

/** A container may run as a user that no file names. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.())
  }
}

/**
 * The folder of the user that runs this. Others may write beside it, and could have made it first: what they say is run by
 * whoever believes it, and what they link to is removed.
 *
 * @throws Failure exit 2 `RUN_FOLDER_NOT_OWN`
 */
function rootFolder(): string {
  const folder = join(tmpdir(), `istio-alb-${userName()}`)
  const stats = lstatSync(folder, { throwIfNoEntry: false })
  const uid = process.getuid?.()
  if (stats && uid !== undefined && !(stats.isDirectory() && stats.uid === uid && (stats.mode & 0o022) === 0)) {
    throw usageFailure({
      code: 'RUN_FOLDER_NOT_OWN',
      message: `${folder}, where controllers leave what status shows, can be written by others`,
      file: folder,
      expected: `a folder of user ${uid} that nobody else may write`,
      actual: stats.isDirectory()
        ? `a folder of user ${stats.uid}, mode ${(stats.mode & 0o777).toString(8)}`
        : 'no folder',
      hint: 'remove it, or set TMPDIR to a folder of your own'
    })
  }
  return folder
}

/** A context's name may hold slashes and colons (`arn:aws:eks:…`), a folder's may not. */
function folderOf(context: string): string {
  return join(rootFolder(), encodeURIComponent(context))
}

function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It lives, but belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** What a file of a running controller says; undefined where it has just been removed. */
function readJSONFile<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch {
    return undefined
  }
}

function stateFile(folder: string): string {
  return join(folder, 'state.json')
}

/** An ID may be longer than the name of a file. */
function loadBalancerFile(folder: string, id: string): string {
  return join(loadBalancersFolder(folder), `${createHash('sha256').update(id).digest('hex').slice(0, 32)}.json`)
}

function loadBalancersFolder(folder: string): string {
  return join(folder, 'load-balancers')
}

function byID(one: LoadBalancerDescription, other: LoadBalancerDescription): number {
  // Those of one stack stay as they are: its own first.
  return one.id === other.id ? 0 : one.id < other.id ? -1 : 1
}

/** The names in a folder; none where it is not there, or not any more. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function readState(folder: string): RunState | undefined {
  const state = readJSONFile<Omit<RunState, 'loadBalancers'>>(stateFile(folder))
  if (!state) {
    return undefined
  }
  const files = namesIn(loadBalancersFolder(folder)).filter(name => name.endsWith('.json'))
  const loadBalancers = files.flatMap(
    name => readJSONFile<LoadBalancerDescription[]>(join(loadBalancersFolder(folder), name)) ?? []
  )
  return { ...state, loadBalancers: loadBalancers.toSorted(byID) }
}

/**
 * Makes the run's folder.
 *
 * @throws Failure exit 2 `CONTROLLER_RUNS` where a controller for the same context is alive.
 */
export function openRun(context: string, server: string, authorityCertificate: string): Run {
  const folder = folderOf(context)
  const other = readState(folder)
  // In a container every process has the same ID, and a folder may outlive the one before.
  if (other && other.pid !== process.pid && isAlive(other.pid)) {
    throw usageFailure({
      code: 'CONTROLLER_RUNS',
      message: `a controller for the context ${context} runs already, with process ID ${other.pid}`,
      path: '--context',
      actual: context,
      hint: `end it first: kill ${other.pid}`
    })
  }
  rmSync(folder, { recursive: true, force: true })
  makeFolder(loadBalancersFolder(folder))
  const authorityFile = join(folder, 'ca.pem')
  writeWhole(authorityFile, authorityCertificate)
  const state = { context, server, pid: process.pid, startedAt: new Date().toISOString(), authorityFile }
  writeWhole(stateFile(folder), JSON.stringify(state))
  const loadBalancers = new Map<string, LoadBalancerDescription[]>()
  return {
    authorityFile,
    write: (loadBalancer, inFront) => {
      const { id } = loadBalancer
      const ofStack = inFront ? [loadBalancer, inFront] : [loadBalancer]
      loadBalancers.set(id, ofStack)
      writeWhole(loadBalancerFile(folder, id), JSON.stringify(ofStack))
    },
    remove: id => {
      loadBalancers.delete(id)
      rmSync(loadBalancerFile(folder, id), { force: true })
    },
    read: () => ({ ...state, loadBalancers: [...loadBalancers.values()].flat().toSorted(byID) }),
    close: () => rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * The state of the controller that runs inside a cluster, as it tells it through the API server; undefined where none does.
 * Its listeners are where kind leads to them: on this machine's loopback.
 */
export async function readClusterRun(api: Pick<Api, 'get' | 'context' | 'server'>): Promise<RunState | undefined> {
  const service = `${controllerName}-operations:operations`
  const path = `/api/v1/namespaces/${controllerNamespace}/services/${service}/proxy/status`
  const told = await api.get<RunState & { authority: string }>(path).catch(() => undefined)
  if (!told) {
    return undefined
  }
  const { authority, loadBalancers, ...state } = told
  const folder = folderOf(`${api.context} in the cluster`)
  makeFolder(folder)
  const authorityFile = join(folder, 'ca.pem')
  writeWhole(authorityFile, authority)
  return {
    ...state,
    context: api.context,
    server: api.server,
    authorityFile,
    loadBalancers: loadBalancers.map(({ listeners, ...loadBalancer }) => ({
      ...loadBalancer,
      listeners: listeners.map(listener => ({ ...listener, address: listener.address.replace('0.0.0.0', '127.0.0.1') }))
    }))
  }
}

/** The states of the controllers that run on this machine; what a killed one left behind is removed. */
export function readRuns(): RunState[] {
  return namesIn(rootFolder()).flatMap(name => {
    const folder = join(rootFolder(), name)
    const state = readState(folder)
    if (!state) {
      return []
    }
    if (isAlive(state.pid)) {
      return state
    }
    rmSync(folder, { recursive: true, force: true })
    return []
  })
}

/** Removes what a controller for the context left behind. */
export function removeRun(context: string): void {
  for (const folder of [folderOf(context), folderOf(`${context} in the cluster`)]) {
    rmSync(folder, { recursive: true, force: true })
  }
}
