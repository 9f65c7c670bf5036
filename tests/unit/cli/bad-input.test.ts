/**
 * What a newcomer types wrongly: each is told in one message that has the thing as typed, with one hint; 2 for wrong usage and
 * refused values, 3 where a tool or the cluster is missing.
 *
 * @module
 */

import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { execa } from 'execa'
import { Commands, runHere } from './command.ts'

const commands = new Commands()
afterAll(() => commands.close())

const files: Record<string, string> = {
  'values.yaml': 'ingress: {scheme: internal}\n',
  'broken.yaml': 'a: [\n',
  'empty.yaml': '',
  'binary.yaml': '\0\x01',
  'text.txt': 'hello\n',
  'plan.json': '{"a":1}',
  'list.yaml': '- a\n'
}

beforeAll(() => {
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(commands.folder, name), text)
  }
  copyFileSync('tests/cases/correct/istio-instance-https.yaml', join(commands.folder, 'ok.yaml'))
  const manifests = readFileSync(join(commands.folder, 'ok.yaml'))
  writeFileSync(join(commands.folder, 'ok.yaml.gz'), gzipSync(manifests))
  writeFileSync(join(commands.folder, 'utf16.yaml'), `\ufeff${manifests}`, 'utf16le')
  symlinkSync('loop.yaml', join(commands.folder, 'loop.yaml'))
  mkdirSync(join(commands.folder, 'nothing'))
})

/** A word of a command line; `@ok.yaml` is that file in the test's folder. */
function typed(word: string): string {
  return word.startsWith('@') ? join(commands.folder, word.slice(1)) : word
}

const url = 'https://shop.example.com/'
const helpHint = '(istio-alb COMMAND --help lists the options)'
const manifestHint = 'name a file or folder with Kubernetes manifests, or - for standard input'
const yamlHint = 'mend the YAML'
const awsHint = 'docs/aws.md has an example'
const chartHint = '--chart takes the folder that holds Chart.yaml'

/** The words, what the message has, and the hint. */
type Row = readonly [words: readonly string[], message: string, hint: string]

/** Refused by the options themselves, whose hint may stand in the message. */
const options: Row[] = [
  [['chek', '@ok.yaml'], "unknown command 'chek'", 'Did you mean check?'],
  [[''], "unknown command ''", helpHint],
  [['check', '--valeus', '@values.yaml'], "unknown option '--valeus'", 'Did you mean --values?'],
  [['check', '--set'], "'--set <key=value>' argument missing", helpHint],
  [['check', '--set', '=1'], "argument '=1' is invalid", 'write it as KEY=VALUE, such as ingress.scheme=internal'],
  [['check', '--set', 'ingress'], "argument 'ingress' is invalid", 'write it as KEY=VALUE'],
  [['check', '--set-string', 'ingress'], "argument 'ingress' is invalid", 'write it as KEY=VALUE'],
  [['check', '--set-file', 'ingress'], "argument 'ingress' is invalid", 'write it as KEY=VALUE'],
  [
    ['check', '-o', 'yaml', '@ok.yaml'],
    "argument 'yaml' is invalid",
    'Allowed choices are text, json, junit, sarif, github'
  ],
  [
    ['check', '--fail-on', 'fatal', '@ok.yaml'],
    "'fatal' is invalid",
    'Allowed choices are error, warning, info, never'
  ],
  [['check', '-n', 'Bad_Name', '@ok.yaml'], "'Bad_Name' is invalid", 'expected lower-case letters, digits and hyphens'],
  [['check', '--region', '', '@ok.yaml'], "'--region <name>' argument '' is invalid", 'leave the option out'],
  [['check', '--cluster-name', ' ', '@ok.yaml'], "'--cluster-name <name>' argument ' '", 'leave the option out'],
  ...['--aws', '--config', '--chart', '--values', '--kube-version', '--api-versions', '--set-json', '--context'].map(
    (option): Row => [['check', option, ''], `${option}`, 'leave the option out']
  ),
  [
    ['diff', '--live', '@ok.yaml', '--endpoint', ''],
    "'--endpoint <url>' argument '' is invalid",
    'leave the option out'
  ],
  [['apply', '@ok.yaml', '--endpoint', ' '], "'--endpoint <url>' argument ' ' is invalid", 'leave the option out'],
  [['plan', '-o', 'table', '@ok.yaml'], "'table' is invalid", 'Allowed choices are text, json'],
  [['plan', '--output'], "'-o, --output <format>' argument missing", helpHint],
  [['diff', '@ok.yaml'], 'one side was named, and there is no other', 'name what it shall become too'],
  [['diff', '--as', 'plans', '@ok.yaml', '@ok.yaml'], "'plans' is invalid", 'manifests, values, plan'],
  [['diff', 'a', 'b', 'c'], 'Expected 2 arguments but got 3: a, b, c', helpHint],
  [['trace'], "missing required argument 'method'", helpHint],
  [['trace', 'GET'], "missing required argument 'url'", helpHint],
  [['trace', 'GET', url, '@ok.yaml', '-H', 'bad'], "argument 'bad' is invalid", "write it as 'Name: value'"],
  [['explain', 'A', 'B'], 'Expected 1 argument but got 2: A, B', helpHint],
  [['explain', '-o', 'yaml'], "'yaml' is invalid", 'Allowed choices are text, json'],
  [['render', '@ok.yaml'], 'Expected 0 arguments but got 1', helpHint],
  [['render', '-s'], "'-s, --show-only <template>' argument missing", helpHint],
  [['simulate', '--port-offset', 'x', '@ok.yaml'], "argument 'x' is invalid", 'expected an integer from 0 to 65534'],
  [['simulate', '--port-offset', '70000'], "'70000' is invalid", 'expected an integer from 0 to 65534'],
  [['simulate', '--time-scale', '0', '@ok.yaml'], "argument '0' is invalid", 'expected a number above 0'],
  [['simulate', '--nodes', 'localhost'], "argument 'localhost' is invalid", 'is no IP address'],
  [
    ['simulate', '--page', '65536', '@ok.yaml'],
    "argument '65536' is invalid",
    'expected a port from 0 to 65535, or off'
  ],
  [['simulate', '--drain', '-1', '@ok.yaml'], "argument '-1' is invalid", 'expected an integer from 0 to 3600'],
  [['simulate', '--host'], "'--host <name>' argument missing", helpHint],
  [['up', '--nodes', '0'], "argument '0' is invalid", 'expected an integer from 1 to 20'],
  [['up', '--name', 'Bad_Name'], "'Bad_Name' is invalid", 'expected lower-case letters'],
  [['up', '--gateway', 'envoy'], "'envoy' is invalid", 'istio-operator, injected, gateway-api, existing'],
  [['up', '--ports', '5'], "argument '5' is invalid", 'the first and the last port: 32080-32099'],
  [['up', 'manifests.yaml'], 'Expected 0 arguments but got 1: manifests.yaml', helpHint],
  [['down', '--name', 'Bad/Name'], "'Bad/Name' is invalid", 'expected lower-case letters'],
  [['down', 'staging'], 'Expected 0 arguments but got 1: staging', helpHint],
  [['status', '--name', 'Bad_Name'], "'Bad_Name' is invalid", 'expected lower-case letters'],
  [['controller', '--leader-election', 'x'], "argument 'x' is invalid", 'expected NAMESPACE/NAME'],
  [['controller', '--webhook', 'x'], "argument 'x' is invalid", 'expected NAMESPACE/NAME'],
  [['controller', '--bind', 'localhost'], "argument 'localhost' is invalid", 'is no IP address'],
  [['controller', '--ports', '99-1'], "argument '99-1' is invalid", '32080-32099'],
  [['controller', '--operations-port', 'http'], "'http' is invalid", 'expected an integer from 0 to 65535'],
  [['aws', '--port', 'http'], "argument 'http' is invalid", 'expected an integer from 0 to 65535'],
  [['aws', '--port', '70000'], "argument '70000' is invalid", 'expected an integer from 0 to 65535'],
  [['aws', '--bind', 'x'], "argument 'x' is invalid", 'is no IP address'],
  [['aws', '--provisioning', '-1'], "argument '-1' is invalid", 'expected a number of seconds'],
  [['aws', 'elbv2'], 'Expected 0 arguments but got 1: elbv2', helpHint],
  [['init', '--host', 'UPPER'], "'UPPER' is no host name", 'write it as shop.example.com'],
  [['init', '--certificate', 'x'], "'x' is no ARN of a certificate", 'aws acm list-certificates'],
  [['init', '--scheme', 'public'], "'public' is invalid", 'Allowed choices are internal, internet-facing'],
  [['init', '--ci', 'jenkins'], "'jenkins' is invalid", 'Allowed choices are github, gitlab, none'],
  [['completion'], "missing required argument 'shell'", helpHint],
  [['completion', 'tcsh'], "'tcsh' is invalid", 'Allowed choices are bash, zsh, fish']
]

/** Refused by what reads, renders and follows. */
const inputs: Row[] = [
  [['check', '@nowhere.yaml'], 'cannot read @nowhere.yaml: no such file or folder', manifestHint],
  [['check', '@ok.yaml', '@nowhere.yaml'], 'cannot read @nowhere.yaml', manifestHint],
  [['check', '@ok.yaml/below'], 'cannot read @ok.yaml/below', manifestHint],
  [['check', '@nothing'], '@nothing holds no .yaml, .yml or .json file', 'name a folder with manifests'],
  [['check', '@empty.yaml'], '@empty.yaml is empty', 'did the command that writes the manifests fail?'],
  [['check', '@broken.yaml'], '@broken.yaml:2', yamlHint],
  [['check', '@binary.yaml'], '@binary.yaml is no text', 'text in UTF-8'],
  [['check', '@ok.yaml.gz'], '@ok.yaml.gz is compressed (gzip)', 'unpack it first: gunzip --stdout FILE'],
  [['check', '@utf16.yaml'], '@utf16.yaml is text in UTF-16', 'iconv -f UTF-16 -t UTF-8 FILE'],
  [['check', '-f', '@utf16.yaml'], '@utf16.yaml is text in UTF-16', 'save it in UTF-8'],
  [['check', '--aws', '@ok.yaml.gz', '@ok.yaml'], '@ok.yaml.gz is compressed (gzip)', 'unpack it first'],
  [['check', '@loop.yaml'], 'cannot read @loop.yaml: its links lead in a circle', manifestHint],
  [['check', '@text.txt'], 'it is "hello"', 'write a mapping'],
  [['check', '@list.yaml'], 'it is a list', 'write a mapping'],
  [['check', '@values.yaml'], '@values.yaml:1', "values of this project's chart are given with --values"],
  [['check', '@plan.json'], '@plan.json:1', 'are given with --values'],
  [['check', '--values', '@nowhere.yaml'], 'cannot read @nowhere.yaml', 'name a values file'],
  [['check', '--values', '@nothing'], 'cannot read @nothing: it is a folder', 'name a values file'],
  [['check', '--values', '@ok.yaml'], '@ok.yaml holds manifests', 'name manifests without -f'],
  [['check', '--values', '@broken.yaml'], '@broken.yaml:2', yamlHint],
  [['check', '--values', '@text.txt'], '@text.txt:1', yamlHint],
  [
    ['check', '@ok.yaml', '--values', '@values.yaml'],
    'manifests were named and values too',
    'name manifests, or values'
  ],
  [['check', '@ok.yaml', '--set', 'a=1'], 'manifests were named and values too', 'name manifests, or values'],
  [
    ['check', '--set', 'ingress.schem=internal'],
    'ingress.schem: is no value of this chart',
    'did you mean ingress.scheme?'
  ],
  [
    ['check', '--set', 'ingress.healthCheck.seconds=5'],
    'ingress.healthCheck.seconds: is no value of this chart',
    'set one of grpc, healthyThresholdCount, intervalSeconds, path, port, successCodes, timeoutSeconds, unhealthyThresholdCount'
  ],
  [
    ['check', '--set', 'ingress.webACL=arn'],
    'ingress.webACL: is no value of this chart',
    "set one of wafv2AclArn, wafv2AclName, or one of the 34 that the chart's README lists below ingress"
  ],
  [
    ['check', '--set', 'ingress.logs.bucket=logs'],
    'ingress.logs: is no value of this chart',
    "set accessLogs, or one of the 34 that the chart's README lists below ingress"
  ],
  [
    ['check', '--set', 'nonsense.deep=1'],
    'nonsense: is no value of this chart',
    "set one of the 18 that the chart's README lists"
  ],
  [['check', '--set-json', 'ingress={'], 'failed parsing --set-json data ingress={', 'write it as KEY=JSON'],
  [['check', '--set-file', 'a=nowhere'], 'open nowhere', 'a file that is there'],
  [['check', '--chart', '@nowhere'], 'there is no chart at @nowhere', 'name the folder that holds Chart.yaml'],
  [['check', '--chart', '@ok.yaml'], '@ok.yaml', chartHint],
  [['check', '--chart', '@nothing'], '@nothing', chartHint],
  [['check', '--release-name', 'Bad_Name'], "'Bad_Name' cannot be the name of a release", 'edge or edge-2'],
  [['check', '--kube-version', '1.20.0'], 'chart requires kubeVersion', 'one that the chart takes'],
  [['check', '--chart', '@text.txt'], 'text.txt', chartHint],
  [['check', '--kube-version', 'x'], "invalid kube version 'x'", 'write it as 1.33.0'],
  [['check', '--aws', '@nowhere.yaml', '@ok.yaml'], 'cannot read @nowhere.yaml', awsHint],
  [['check', '--aws', '@ok.yaml', '@ok.yaml'], 'it holds several documents', awsHint],
  [['check', '--aws', '@broken.yaml', '@ok.yaml'], '@broken.yaml:2', awsHint],
  [['check', '--aws', '@nothing', '@ok.yaml'], 'cannot read @nothing: it is a folder', awsHint],
  [['check', '--config', '@nowhere.yaml', '@ok.yaml'], 'cannot read @nowhere.yaml', 'docs/check.md has an example'],
  [['check', '--config', '@values.yaml', '@ok.yaml'], 'the key ingress is not known', 'write ignore'],
  [
    ['check', '--context', 'a', '@ok.yaml'],
    'a cluster was named, and manifests',
    'name a cluster, or manifests, or values'
  ],
  [['check', '--watch', '-'], 'standard input ends once', 'save the manifests in a file'],
  [['plan', '@nowhere.yaml'], 'cannot read @nowhere.yaml', manifestHint],
  [['diff', '@ok.yaml', '@nowhere.yaml'], 'cannot read @nowhere.yaml', 'a plan saved with plan -o json'],
  [['diff', '-', '-'], 'both sides are -', 'name a file for one of them'],
  [
    ['diff', '--as', 'plan', '@ok.yaml', '@ok.yaml'],
    '@ok.yaml is not JSON',
    'save a plan with: istio-alb plan -o json'
  ],
  [
    ['trace', 'GET', 'shop.example.com', '@ok.yaml'],
    'shop.example.com is no URL',
    'write it as https://shop.example.com/orders'
  ],
  [['trace', 'GET', 'ftp://a.example.com', '@ok.yaml'], 'ftp://a.example.com is no URL', 'write it as https://'],
  [['trace', 'GET', 'https://', '@ok.yaml'], 'https:// is no URL', 'write it as https://'],
  [['trace', 'G ET', url, '@ok.yaml'], 'G ET is no method', 'write the method first'],
  [['trace', url, 'GET', '@ok.yaml'], 'cannot read GET', manifestHint],
  [['trace', 'GET', url, '@ok.yaml', '--client', '300.1.1.1'], '300.1.1.1 is no IP address', 'such as 203.0.113.10'],
  [['trace', 'GET', url, '@ok.yaml', '--group', 'nope'], 'no load balancer of a group nope', 'name one of the groups'],
  [['explain', 'NOPE'], 'no finding of check has the code NOPE', '`istio-alb explain` lists them all'],
  [['render', '-s', 'nope.yaml'], 'could not find template nope.yaml', 'name a template'],
  [['simulate', '@nowhere.yaml'], 'cannot read @nowhere.yaml', manifestHint],
  [['simulate', '@ok.yaml', '--'], 'nothing stands behind --', 'name a command to run'],
  [['simulate', '@ok.yaml', '--watch', '--', 'true'], '--watch would go on', 'leave one of them out'],
  [['controller', '--kubeconfig', '@nowhere'], 'kubeconfig @nowhere: no such file', 'name a kubeconfig'],
  [['aws', '--aws', '@nowhere.yaml'], 'cannot read @nowhere.yaml', awsHint],
  [['aws', '--state', '@nowhere/state.json'], 'cannot write @nowhere/state.json', 'a folder that you may write to'],
  [
    ['aws', '--state', '@nothing'],
    '@nothing cannot be read as the state of an account: it is a folder',
    'name another file'
  ],
  [['aws', '--kubeconfig', '@nowhere'], 'kubeconfig @nowhere: no such file', 'name a kubeconfig']
]

test.each([...options, ...inputs])('%j', async (words, message, hint) => {
  const { exitCode, stderr } = await runHere(...words.map(typed))
  expect({ exitCode, stderr }).toEqual({
    exitCode: 2,
    stderr: expect.stringContaining(message.replace(/@/g, `${commands.folder}/`))
  })
  expect(stderr).toContain(hint)
  // One message, and no stack of this program.
  expect(stderr.match(/^error/gm)).toHaveLength(1)
  expect(stderr).not.toMatch(/^ {4}at /m)
})

const istioALB = fileURLToPath(new URL('../../../bin/istio-alb.js', import.meta.url))

/** What depends on the process around: standard input, variables, tools. */
test.each<[string, readonly string[], { input?: string; env?: Record<string, string> }, number, string, string]>([
  [
    'empty standard input',
    ['check', '-'],
    { input: '' },
    2,
    '<stdin> is empty',
    'did the command that writes the manifests fail?'
  ],
  [
    'no values at standard input',
    ['check', '-f', '-'],
    { input: '' },
    2,
    '<stdin> is empty',
    'did the command that writes the values fail?'
  ],
  ['values at standard input', ['check', '-'], { input: 'a: 1\n' }, 2, '<stdin>:1', 'are given with --values'],
  [
    'an empty diff from standard input',
    ['diff', '-', '@ok.yaml'],
    { input: '' },
    2,
    '<stdin> is empty',
    'did the command that writes it fail?'
  ],
  [
    'no temporary folder',
    ['simulate', '@ok.yaml', '--port-offset', '23000'],
    { env: { TMPDIR: '@absent' } },
    3,
    '@absent',
    'TMPDIR'
  ],
  ['a folder below a file', ['init', '@ok.yaml'], {}, 2, '@ok.yaml', 'name a folder that you may write to'],
  [
    'another helm that is none',
    ['render'],
    { env: { ISTIO_ALB_HELM: '/nowhere/helm' } },
    3,
    '/nowhere/helm is no helm',
    'mend ISTIO_ALB_HELM'
  ],
  [
    'no helm, no network and no npm',
    ['render'],
    {
      env: {
        PATH: '/nowhere',
        XDG_CACHE_HOME: '@cache',
        NODE_USE_ENV_PROXY: '1',
        HTTPS_PROXY: 'http://127.0.0.1:9'
      }
    },
    3,
    'npm is not on PATH',
    'install helm'
  ],
  [
    'no kubectl',
    ['check', '--context', 'a'],
    { env: { PATH: '/nowhere' } },
    3,
    'kubectl is not on PATH',
    'install kubectl'
  ],
  ['no tools', ['down'], { env: { PATH: '/nowhere' } }, 3, 'docker is not on PATH', 'install Docker'],
  [
    'no command',
    ['simulate', '@ok.yaml', '--port-offset', '23100', '--', '/nowhere/test'],
    {},
    3,
    '/nowhere/test is no command',
    'name a command on PATH'
  ],
  [
    'no kubeconfig',
    ['controller'],
    { env: { KUBECONFIG: '@absent', HOME: '@nothing' } },
    2,
    '@absent',
    'name a kubeconfig'
  ]
])('%s', async (_name, words, { input, env }, status, message, hint) => {
  const { exitCode, stderr } = await execa(process.execPath, [istioALB, ...words.map(typed)], {
    reject: false,
    env: { NO_COLOR: '1', ...Object.fromEntries(Object.entries(env ?? {}).map(([key, value]) => [key, typed(value)])) },
    ...(input === undefined ? ({ stdin: 'ignore' } as const) : { input })
  })
  expect({ exitCode, stderr }).toEqual({
    exitCode: status,
    stderr: expect.stringContaining(message.replace(/@/g, `${commands.folder}/`))
  })
  expect(stderr).toContain(hint)
  expect(stderr).not.toMatch(/^ {4}at /m)
})
