/**
 * Makes the tables of schema/aws-api from the service models of botocore: `node scripts/aws-api.ts FOLDER`, where the folder is
 * an unpacked wheel of PyPI's `botocore`. What is generated in this repository is made from the tables alone.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { services } from './aws-api/services.ts'
import { formatTable, type Model, tableOf } from './aws-api/table.ts'

const [folder] = process.argv.slice(2)
if (!folder) {
  throw new Error('name the folder of an unpacked wheel of botocore')
}
const target = fileURLToPath(new URL('../schema/aws-api/', import.meta.url))
for (const { name, folder: service, version, operations } of services) {
  const file = join(folder, 'botocore', 'data', service, version, 'service-2.json.gz')
  const model = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Model
  writeFileSync(`${target}${name}.json`, formatTable(tableOf(name, model, operations)))
}
