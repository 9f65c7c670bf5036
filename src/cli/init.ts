import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { stringify } from 'yaml'
import { Failure, type Finding } from '../failure.ts'
import { ownFile } from '../own-file.ts'
import { isCertificate, isHost, regionOf } from './answers.ts'
import { writeNamedFile } from './named-file.ts'
import type { OutputOptions } from './options.ts'
import { print, printError } from './print.ts'

/** What is known of an edge that is to be. */
interface Answers {
  host: string[]
  certificate?: string
  scheme?: 'internal' | 'internet-facing'
  clusterName?: string
  region?: string
}

export interface InitOptions extends OutputOptions, Answers {
  ci: 'github' | 'gitlab' | 'none'
  force?: boolean
}

/** Asks until the answer is one; an empty one leaves it open. */
type Ask = (question: string, accepts?: (answer: string) => boolean) => Promise<string | undefined>

/** Asks for what no flag has said. */
async function complete(given: Answers, ask: Ask): Promise<Answers> {
  const answers = { ...given }
  if (answers.host.length === 0) {
    const hosts = await ask('Host names, separated by spaces (none: every host)', text =>
      text.split(/\s+/).every(isHost)
    )
    answers.host = hosts?.split(/\s+/) ?? []
  }
  answers.certificate ??= await ask('ARN of the certificate for HTTPS (none: plain HTTP alone)', isCertificate)
  answers.scheme ??= (await ask('internal or internet-facing (none: internal)', text =>
    ['internal', 'internet-facing'].includes(text)
  )) as Answers['scheme']
  answers.region ??= regionOf(answers.certificate ?? '') ?? (await ask('AWS region (none: it stays open)'))
  answers.clusterName ??= await ask("Name of the cluster, the controller's --cluster-name (none: it stays open)")
  return answers
}

async function askTerminal(given: Answers): Promise<Answers> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await complete(given, async (question, accepts = () => true) => {
      for (;;) {
        const answer = (await terminal.question(`${question}: `)).trim()
        if (answer === '' || accepts(answer)) {
          return answer || undefined
        }
        printError(`${answer} is none\n`)
      }
    })
  } finally {
    terminal.close()
  }
}

function valuesText({ host, certificate, scheme = 'internal' }: Answers): string {
  const ingress = {
    scheme,
    ...(host.length > 0 && { hosts: host }),
    ...(certificate !== undefined && {
      listeners: { https: { enabled: true } },
      sslRedirect: true,
      certificateArns: [certificate]
    })
  }
  return `# What differs from the values of the chart istio-alb-ingress; istio-alb check --values says what of it will not work.\n${stringify({ ingress })}`
}

function awsText({ host, certificate, clusterName, region = regionOf(certificate ?? '') }: Answers): string {
  const known = {
    ...(clusterName !== undefined && { clusterName }),
    ...(region !== undefined && { region }),
    ...(certificate !== undefined && host.length > 0 && { certificates: [{ arn: certificate, domains: host }] })
  }
  const text = Object.keys(known).length > 0 ? stringify(known) : '{}\n'
  return `# What only AWS knows: subnets, security groups, certificates, web ACLs. docs/aws.md of istio-alb lists the keys.\n${text}`
}

/** Where a service looks for its configuration, and the step in its words. */
const ciFiles = {
  github: {
    path: '.github/workflows/istio-alb.yaml',
    text: (command: string) => `name: istio-alb
on: [pull_request]
permissions:
  contents: read
jobs:
  check:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-node@v6
        with:
          node-version: 24
      - run: ${command} --output github
`
  },
  gitlab: {
    path: '.gitlab/istio-alb.yml',
    text: (command: string) => `# Include it: include: { local: .gitlab/istio-alb.yml }
istio-alb:
  image: node:24
  script:
    - ${command} --output junit > findings.xml
  artifacts:
    when: always
    reports:
      junit: findings.xml
`
  }
}

/**
 * Writes the files of an edge that is to be. What no flag says is asked where a person sits at a terminal, and else left at the
 * chart's defaults.
 *
 * @throws Failure exit 2 `FILE_EXISTS` for each file that is there, before anything is written; `FILE_NOT_WRITTEN`.
 */
export async function init(folder: string, options: InitOptions): Promise<void> {
  const asks = process.stdin.isTTY && process.stderr.isTTY && options.output === 'text'
  const answers = asks ? await askTerminal(options) : options
  const { version } = JSON.parse(readFileSync(ownFile('package.json'), 'utf8')) as { version: string }
  const [values, aws] = [join(folder, 'values.yaml'), join(folder, 'aws.yaml')]
  const files: Record<string, string> = { [values]: valuesText(answers), [aws]: awsText(answers) }
  if (options.ci !== 'none') {
    const { path, text } = ciFiles[options.ci]
    files[join(folder, path)] = text(`npx --yes istio-alb@${version} check --values values.yaml --aws aws.yaml`)
  }
  const there = options.force ? [] : Object.keys(files).filter(file => existsSync(file))
  if (there.length > 0) {
    throw new Failure(2, there.map(fileExists))
  }
  for (const [file, text] of Object.entries(files)) {
    writeNamedFile(file, text, 'name a folder that you may write to')
  }
  print(
    options.output === 'json'
      ? `${JSON.stringify({ files: Object.keys(files) })}\n`
      : `${Object.keys(files)
          .map(file => `wrote ${file}\n`)
          .join('')}\nnext: istio-alb check --values ${values} --aws ${aws}\n`
  )
}

function fileExists(file: string): Finding {
  return {
    code: 'FILE_EXISTS',
    severity: 'error',
    message: `${file} is there already`,
    file,
    hint: 'name another folder, or say --force to write over it'
  }
}
