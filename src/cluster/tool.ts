/**
 * The commands that a real cluster needs: finding them all at once, and one way to run one.
 *
 * @module
 */

import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { ExecaError, execa } from 'execa'
import { Failure, type Finding, missingFailure } from '../failure.ts'

export type ToolName = 'docker' | 'kind' | 'kubectl' | 'istioctl' | 'helm'

/** What to do where a tool is missing. */
const installHints: Record<ToolName, string> = {
  docker: 'install Docker Engine (https://docs.docker.com/engine/install/) or Docker Desktop, and start it',
  kind: 'install kind (https://kind.sigs.k8s.io/docs/user/quick-start/#installation) and put it on PATH',
  kubectl: 'install kubectl (https://kubernetes.io/docs/tasks/tools/) and put it on PATH',
  istioctl:
    'install istioctl (https://istio.io/latest/docs/setup/additional-setup/download-istio-release/) and put it on PATH',
  helm: 'install helm 3.18 or later (https://helm.sh/docs/intro/install/) and put it on PATH'
}

export interface RunOptions {
  /** Standard input. */
  input?: string
  /** Variables added to the environment. */
  environment?: Record<string, string | undefined>
  /** What to execute, where it is not the tool's own name on PATH. */
  command?: string
  /** Ends the command; the promise rejects with the signal's reason. */
  signal?: AbortSignal
}

/** The path that a command of this name would run, or undefined. */
async function findCommand(name: string): Promise<string | undefined> {
  const suffixes = process.platform === 'win32' ? ['.exe', '.cmd', ''] : ['']
  for (const folder of (process.env.PATH ?? '').split(delimiter).filter(Boolean)) {
    for (const suffix of suffixes) {
      const file = join(folder, name + suffix)
      if (
        await access(file, constants.X_OK).then(
          () => true,
          () => false
        )
      ) {
        return file
      }
    }
  }
  return undefined
}

function toolMissing(tool: ToolName): Finding {
  return {
    code: 'TOOL_MISSING',
    severity: 'error',
    message: `${tool} is not on PATH`,
    expected: tool,
    hint: installHints[tool]
  }
}

/** What is missing of `tools`, one finding each, in their order; the container engine must also answer. Empty when all is there. */
export async function missingTools(tools: readonly ToolName[]): Promise<Finding[]> {
  const findings = await Promise.all(
    tools.map(async (tool): Promise<Finding[]> => {
      if (!(await findCommand(tool))) {
        return [toolMissing(tool)]
      }
      if (tool !== 'docker') {
        return []
      }
      const { failed, stderr } = await execa('docker', ['info', '--format', '{{.ServerVersion}}'], { reject: false })
      if (!failed) {
        return []
      }
      return [
        {
          code: 'CONTAINER_ENGINE_SILENT',
          severity: 'error',
          message: `the container engine does not answer: ${lastLines(stderr)}`,
          hint: 'start Docker, and try `docker info`'
        }
      ]
    })
  )
  return findings.flat()
}

/** @throws Failure exit 3 with one finding for each tool that is missing. */
export async function requireTools(tools: readonly ToolName[]): Promise<void> {
  const findings = await missingTools(tools)
  if (findings.length > 0) {
    throw new Failure(3, findings)
  }
}

/**
 * Runs a tool to its end and returns its standard output.
 *
 * @throws Failure exit 3: `TOOL_MISSING`, or `COMMAND_FAILED` with the exit code, the end of standard error, and the command
 * as it can be pasted into a shell. After `signal`: the signal's reason.
 */
export async function runTool(tool: ToolName, arguments_: string[], options: RunOptions = {}): Promise<string> {
  const { input, environment, command = tool, signal } = options
  signal?.throwIfAborted()
  try {
    const { stdout } = await execa(command, arguments_, {
      ...(input !== undefined && { input }),
      ...(environment && { env: environment }),
      ...(signal && { cancelSignal: signal }),
      // A Ctrl-C in the terminal would reach the tool as well, and end a clean-up half way: `signal` alone ends a command.
      detached: process.platform !== 'win32'
    })
    return stdout
  } catch (error) {
    if (!(error instanceof ExecaError)) {
      throw error
    }
    if (error.isCanceled) {
      throw signal?.reason ?? error
    }
    if (error.code === 'ENOENT') {
      throw new Failure(3, toolMissing(tool), { cause: error })
    }
    const ended =
      error.exitCode === undefined ? `was ended by ${error.signal}` : `ended with exit code ${error.exitCode}`
    throw missingFailure(
      {
        code: 'COMMAND_FAILED',
        message: `${tool} ${arguments_[0] ?? ''} ${ended}: ${lastLines(error.stderr || error.stdout || error.shortMessage)}`,
        hint: `try it by itself: ${error.escapedCommand}${input === undefined ? '' : ' (it reads standard input)'}`
      },
      { cause: error }
    )
  }
}

/** The end of what a command said: enough to see why, short enough for a message. */
function lastLines(text: unknown): string {
  const lines = String(text ?? '')
    .split('\n')
    .map(line => line.trimEnd())
    .filter(Boolean)
  return lines.slice(-8).join('\n  ') || 'it said nothing'
}
