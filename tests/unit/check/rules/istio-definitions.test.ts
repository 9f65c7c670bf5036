import { describe, expect, test } from '@jest/globals'
import { checkResources } from '../../../../src/check/index.ts'
import { Failure, type Finding } from '../../../../src/failure.ts'
import { defaultEnvironment } from '../../../../src/model/index.ts'
import { applyEdits, parseManifests } from '../../../../src/resources/index.ts'
import { envoyFilter, mistakes, route, server } from './istio-definitions.cases.ts'

const refusals = new Set(['API_SERVER_REFUSES', 'ISTIO_OBJECT_REFUSED', 'MANIFEST_WRONG_TYPE'])

/** What keeps an object out of the cluster, whether it was read or not. */
function refusalsOf(text: string): Finding[] {
  try {
    const findings = checkResources(parseManifests([{ text, file: 'mesh.yaml' }]), defaultEnvironment)
    return findings.filter(({ code }) => refusals.has(code))
  } catch (error) {
    if (error instanceof Failure) {
      return error.findings
    }
    throw error
  }
}

const groups: Record<string, string> = {
  AuthorizationPolicy: 'security.istio.io/v1',
  EnvoyFilter: 'networking.istio.io/v1alpha3',
  PeerAuthentication: 'security.istio.io/v1',
  ProxyConfig: 'networking.istio.io/v1beta1',
  RequestAuthentication: 'security.istio.io/v1',
  Telemetry: 'telemetry.istio.io/v1',
  TrafficExtension: 'extensions.istio.io/v1alpha1',
  WasmPlugin: 'extensions.istio.io/v1alpha1'
}

function textOf(kind: string, spec: string, apiVersion = groups[kind] ?? 'networking.istio.io/v1'): string {
  const lines = spec.split('\n').map(line => `  ${line}\n`)
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a, namespace: shop}\nspec:\n${lines.join('')}`
}

describe('a mistake is found once, where it stands, and its edit mends it', () => {
  test.each(mistakes)('$kind $line', ({ kind, above, line, words, mended }) => {
    const text = textOf(kind, `${above}\n${line}`)
    const [finding, ...more] = refusalsOf(text)
    expect(finding).toMatchObject({ file: 'mesh.yaml', line: text.split('\n').length - 1, severity: 'error' })
    expect(finding!.message).toContain(words)
    expect(more).toEqual([])
    expect(finding!.edit === undefined).toBe(mended === undefined)
    const edited = finding!.edit ? applyEdits(text, [finding!.edit]) : text
    expect(edited.split('\n').slice(4).join('\n').trimEnd()).toBe(
      textOf(kind, `${above}\n${mended ?? line}`)
        .split('\n')
        .slice(4)
        .join('\n')
        .trimEnd()
    )
    expect(finding!.edit ? refusalsOf(edited) : []).toEqual([])
  })
})

describe('metadata is held to the rules of all objects', () => {
  test.each([
    ['{name: My_VS}', 'metadata.name: Invalid value: "My_VS": a lowercase RFC 1123 subdomain'],
    ['{name: a, labels: {team: a b}}', 'metadata.labels.team: Invalid value: "a b": a valid label'],
    ['{name: a, annotations: {a/b/c: x}}', 'metadata.annotations.a/b/c: Invalid value: "a/b/c"'],
    ['{name: a.b, labels: {team: ""}}', undefined]
  ])('%s', (metadata, words) => {
    const text = `apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: ${metadata}\nspec: {host: web}\n`
    const told = refusalsOf(text).map(({ code, message }) => `${code} ${message}`)
    expect(told).toEqual(words === undefined ? [] : [expect.stringMatching(/^API_SERVER_REFUSES/)])
    expect(told.join()).toContain(words ?? '')
  })
})

describe('what a dropped key leaves is told', () => {
  test.each([
    ['VirtualService', route, '  match: [{uri: {prefx: /api}}]', 'the match takes any uri'],
    ['VirtualService', route, '  match: [{uir: {prefix: /api}}]', 'the match takes every request'],
    ['VirtualService', route, '  match: [{headers: {x-a: {exct: b}}}]', 'the match asks only whether x-a is there'],
    [
      'VirtualService',
      route,
      '  match: [{withoutHeaders: {x-a: {exct: b}}}]',
      'the match asks only that x-a is not there'
    ],
    ['DestinationRule', 'host: web', 'trafficPolicy: {tls: {mod: SIMPLE}}', 'the mode is DISABLE, which is plain text'],
    ['DestinationRule', 'host: web', 'trafficPolicy: {tls: {mod: SIMPLE, sni: a.test}}', undefined],
    ['PeerAuthentication', '', 'mtls: {mod: STRICT}', 'the mode of the namespace or the mesh counts'],
    ['AuthorizationPolicy', 'action: ALLOW', 'rules: [{form: []}]', 'the rule is for every request'],
    ['AuthorizationPolicy', 'rules: [{}]', 'selector: {matchLabel: {app: web}}', 'it is for all pods of the namespace'],
    ['AuthorizationPolicy', '', 'rules: [{from: [{sorce: {namespaces: [a]}}]}]', "istiod's webhook refuses the rule"]
  ])('%s %s %s', (kind, above, line, left) => {
    const [finding] = refusalsOf(textOf(kind, `${above}\n${line}`))
    const [, ...told] = finding!.message.split('without strict decoding the server drops what it says')
    expect(told).toEqual([left === undefined ? '' : `, and ${left}`])
  })
})

test.each([
  ['EnvoyFilter', envoyFilter, 'networking.istio.io/v1', 'networking.istio.io/v1alpha3'],
  ['AuthorizationPolicy', 'rules: [{}]', 'security.istio.io/v1alpha3', 'security.istio.io/v1'],
  ['Telemetry', 'tracing: [{disableSpanReporting: true}]', 'telemetry.istio.io/v1beta1', 'telemetry.istio.io/v1']
])('%s of a version that is not served', (kind, spec, apiVersion, served) => {
  const text = textOf(kind, spec, apiVersion)
  const [finding, ...more] = refusalsOf(text)
  expect(finding).toMatchObject({ code: 'API_SERVER_REFUSES', line: 1, hint: `write ${served}` })
  expect(finding!.message).toContain(`no matches for kind "${kind}" in version "${apiVersion}"`)
  expect(more).toEqual([])
  expect(refusalsOf(applyEdits(text, [finding!.edit!]))).toEqual([])
})

test.each([
  ['VirtualSerivce', route, 'VirtualService'],
  ['WasmPlugins', 'url: a.test/a', undefined]
])('%s, which is no kind of the group', (kind, spec, meant) => {
  const text = textOf(kind, spec)
  const [finding, ...more] = refusalsOf(text)
  expect(finding).toMatchObject({ code: 'API_SERVER_REFUSES', line: 2, actual: kind })
  expect(finding!.hint).toMatch(meant ? `did you mean ${meant}?` : /^write one of /)
  expect(more).toEqual([])
  expect(meant && refusalsOf(applyEdits(text, [finding!.edit!]))).toEqual(meant && [])
})

describe('what Istio takes is not refused', () => {
  test.each([
    ['EnvoyFilter', `${envoyFilter}\n  patch: {operation: MERGE, value: {typed_config: {"@type": a, any_Thing: 1}}}`],
    ['WasmPlugin', 'url: a.test/a\npluginConfig: {any_thing: [1, {a: b}]}\nvmConfig: {env: [{name: A, value: b}]}'],
    ['TrafficExtension', 'wasm: {url: "oci://a.test/a", pluginConfig: {a: 1}}'],
    ['VirtualService', `${route}\n  timeout: 1h2m3.5s\n  mirror: {host: web}\n  mirror_percent: 5`],
    ['VirtualService', `${route}\n  match: [{headers: {anything-goes: {exact: b}}}]`],
    ['DestinationRule', 'host: web\ntrafficPolicy: {outlierDetection: {consecutiveErrors: 5, interval: 500ms}}'],
    ['RequestAuthentication', 'jwtRules: [{issuer: a, jwks_uri: "https://a.test/k"}]'],
    ['ProxyConfig', 'environmentVariables: {ANY_NAME: a}\nconcurrency: 0'],
    ['ServiceEntry', 'hosts: [a.test]\nlocation: MESH_EXTERNAL\nports: [{number: 443, name: tls, protocol: TLS}]'],
    ['Sidecar', 'egress: [{hosts: ["./*"]}]\noutboundTrafficPolicy: {mode: REGISTRY_ONLY}']
  ])('%s %s', (kind, spec) => expect(refusalsOf(textOf(kind, spec))).toEqual([]))

  test.each(['v1', 'v1beta1', 'v1alpha3'])('in version %s', version =>
    expect(
      refusalsOf(
        textOf('Gateway', `${server}\n  tls: {mode: SIMPLE, credentialName: a}`, `networking.istio.io/${version}`)
      )
    ).toEqual([])
  )
})
