import { formatSlice } from '../go/format.ts'
import { ModelError } from '../model-error.ts'
import { arnOfName, type StackTask } from './task.ts'

/** The ARNs of trust stores by their names (LBC: GetTrustStoreArnFromName). @throws ModelError for one that is not there. */
export function trustStoreARNs(task: StackTask, names: string[]): Map<string, string> {
  const arns = new Map(names.map(name => [name, arnOfName(task, 'trustStores', name)]))
  const missing = names.filter(name => arns.get(name) === undefined)
  if (names.length > 0 && missing.length === names.length) {
    throw new ModelError(`couldn't find TrustStores with names ${formatSlice(names)}`)
  }
  if (missing.length > 0) {
    throw new ModelError(`couldn't find TrustStore with name ${missing[0]}`)
  }
  return arns as Map<string, string>
}
