import { parse } from 'yaml'
import { readingClient, takeSnapshot } from '../aws/index.ts'
import { usageFailure } from '../failure.ts'
import type { OutputOptions } from './options.ts'
import { print, printError } from './print.ts'

export interface SnapshotCommandOptions extends OutputOptions {
  clusterName: string
  region?: string
  vpcId?: string
  endpoint?: string
}

/** The region that is named, or that of the environment. @throws Failure exit 2 `REGION_MISSING`. */
function regionOf({ region }: SnapshotCommandOptions): string {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env
  const found = region || AWS_REGION || AWS_DEFAULT_REGION
  if (!found) {
    throw usageFailure({
      code: 'REGION_MISSING',
      message: 'neither --region nor AWS_REGION says which region to ask',
      path: '--region',
      expected: 'a region like us-west-2',
      hint: 'name one with --region'
    })
  }
  return found
}

/** Prints what an account has as `aws.yaml`, or as the same in JSON. */
export async function snapshot(options: SnapshotCommandOptions): Promise<void> {
  const { clusterName, vpcId, endpoint, output } = options
  const region = regionOf(options)
  const caller = await readingClient({ region, ...(endpoint !== undefined && { endpoint }) })
  const { text, unread } = await takeSnapshot(caller, {
    ...{ region, clusterName },
    ...(vpcId !== undefined && { vpcID: vpcId })
  })
  print(output === 'json' ? `${JSON.stringify(parse(text), undefined, 2)}\n` : text)
  for (const { list, reason } of unread) {
    printError(`not read: ${list}, which is not in the file: ${reason}\n`)
  }
}
