/**
 * The accounts' states in a file, so that an endpoint that is started again has what it had.
 *
 * @module
 */

import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { usageFailure } from '../../failure.ts'
import { unreadableReason, writeWhole } from '../../resources/index.ts'
import { emptyState, type State } from '../state/state.ts'

/** Of the file's shape. */
const version = 1

/** Members of a state that are times; JSON has texts for them. */
const times = new Set(['CreatedTime', 'createdAt', 'lastModified'])

function revive(key: string, value: unknown): unknown {
  return times.has(key) && typeof value === 'string' ? new Date(value) : value
}

/**
 * The states by account and region; none where there is no file yet.
 *
 * @throws Failure exit 2 `STATE_FILE_UNREADABLE` for a file of another kind, `STATE_FILE_NOT_WRITTEN` where none can be made.
 */
export function readStateFile(file: string): Record<string, State> {
  requireWritable(file)
  if (!existsSync(file)) {
    return {}
  }
  let content: { version?: unknown; accounts?: Record<string, State> }
  try {
    content = JSON.parse(readFileSync(file, 'utf8'), revive) as typeof content
  } catch (error) {
    throw unreadable(file, unreadableReason(error))
  }
  if (content?.version !== version || typeof content.accounts !== 'object') {
    throw unreadable(file, 'it is none of istio-alb aws')
  }
  return Object.fromEntries(Object.entries(content.accounts).map(([key, state]) => [key, { ...emptyState, ...state }]))
}

/** Told at the start, not by the first write of many. Each is made beside the file before it takes its name. */
function requireWritable(file: string): void {
  try {
    accessSync(dirname(file), constants.W_OK)
  } catch (error) {
    throw usageFailure(
      {
        code: 'STATE_FILE_NOT_WRITTEN',
        message: `cannot write ${file}: ${unreadableReason(error)}`,
        path: '--state',
        file,
        hint: 'name a file in a folder that you may write to'
      },
      { cause: error }
    )
  }
}

function unreadable(file: string, reason: string): Error {
  return usageFailure({
    code: 'STATE_FILE_UNREADABLE',
    message: `${file} cannot be read as the state of an account: ${reason}`,
    path: '--state',
    file,
    hint: 'name another file, or delete this one to begin anew'
  })
}

/** Writes the states. Others may not read the file: rules hold secrets. */
export function writeStateFile(file: string, accounts: Record<string, State>): void {
  writeWhole(file, JSON.stringify({ version, accounts }), 0o600)
}
