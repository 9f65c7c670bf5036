/** Writes what is generated; with `--verify` writes nothing and fails where a file differs. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse, stringify } from 'yaml'
import { serviceNames, serviceTable } from '../src/aws/index.ts'
import { checkRules } from '../src/check/index.ts'
import { controllerImage, controllerObjects, defaultPorts } from '../src/cluster/index.ts'
import { environmentSchema } from '../src/model/index.ts'
import { formatShapes } from './generate/aws-shapes.ts'
import { formatGatewayDefinitions } from './generate/gateway-definitions.ts'
import { formatHelmSchema } from './generate/helm-schema.ts'
import { formatIstioDefinitions } from './generate/istio-definitions.ts'
import { formatSchema } from './generate/schema-table.ts'
import { formatReference, readReference } from './generate/values-reference.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
function read(file: string): string {
  return readFileSync(root + file, 'utf8')
}
const chart = 'charts/istio-alb-ingress'

/** One row a rule: its page, how bad it is, and the page's first sentence. */
function rulesTable(): string {
  return [
    '| code | severity | |',
    '|---|---|---|',
    ...checkRules.map(({ code, severity }) => {
      const [, , lead] = read(`docs/findings/${code}.md`).split('\n')
      return `| [${code}](findings/${code}.md) | ${severity} | ${lead} |`
    })
  ].join('\n')
}

const generated: Record<string, () => string> = {
  'docs/check.md': () =>
    read('docs/check.md').replace(
      /(<!-- rules -->\n)[\s\S]*(<!-- \/rules -->)/,
      (_, start, end) => `${start}\n${rulesTable()}\n\n${end}`
    ),
  ...Object.fromEntries(
    serviceNames.map(name => [`src/aws/protocol/shapes/${name}.ts`, () => formatShapes(serviceTable(name))])
  ),
  'docs/aws.md': () =>
    read('docs/aws.md').replace(
      /(<!-- keys: [^>]*-->\n)[\s\S]*(<!-- \/keys -->)/,
      (_, start, end) => `${start}\n${formatSchema(environmentSchema)}\n\n${end}`
    ),
  'deploy/controller/controller.yaml': () =>
    controllerObjects({ image: controllerImage, ports: defaultPorts, flags: [] })
      .map(object => stringify(object, { aliasDuplicateObjects: false }))
      .join('---\n'),
  'schema/aws.schema.json': () => `${JSON.stringify(environmentSchema, undefined, 2)}\n`,
  // What Helm's validator says well; the rest is for the guard, which says it better.
  [`${chart}/values.schema.json`]: () => formatHelmSchema(read('schema/values.schema.json')),
  // Helm keeps values.schema.json and values.yaml from templates; the guard reads these copies.
  [`${chart}/files/values.schema.json`]: () => read('schema/values.schema.json'),
  [`${chart}/files/defaults.json`]: () => `${JSON.stringify(parse(read(`${chart}/values.yaml`)), undefined, 2)}\n`,
  [`${chart}/README.md`]: () =>
    read(`${chart}/README.md`).replace(
      /(<!-- values: [^>]*-->\n)[\s\S]*(<!-- \/values -->)/,
      (_, start, end) => `${start}\n${formatReference(readReference(read(`${chart}/values.yaml`)))}\n\n${end}`
    )
}

/** Folders with others' CustomResourceDefinitions, where they are at hand: what is made of them stays as it is elsewhere. */
const { GATEWAY_API_CRDS: gatewayAPI, AWS_LBC_CRDS: controller, ISTIO_CRDS: istio } = process.env
if (gatewayAPI && controller) {
  generated['src/resources/gateway-definitions.ts'] = () => formatGatewayDefinitions([gatewayAPI, controller])
} else {
  console.log(
    'src/resources/gateway-definitions.ts is left as it is: GATEWAY_API_CRDS and AWS_LBC_CRDS name no folders'
  )
}
if (istio) {
  generated['src/resources/istio-definitions.ts'] = () => formatIstioDefinitions(istio)
} else {
  console.log('src/resources/istio-definitions.ts is left as it is: ISTIO_CRDS names no folder')
}

const verify = process.argv.includes('--verify')
for (const [file, generate] of Object.entries(generated)) {
  const content = generate()
  if (existsSync(root + file) && content === read(file)) {
    continue
  }
  if (verify) {
    console.error(`${file} is not what npm run generate makes of its source`)
    process.exitCode = 1
  } else {
    writeFileSync(root + file, content)
    console.log(`wrote ${file}`)
  }
}
