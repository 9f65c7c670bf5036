import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { execa } from 'execa'
import { parse } from 'yaml'
import { findHelm, ownChart, renderChart } from '../../../src/render/index.ts'
import { type Values, ValuesFiles } from '../../../src/values/index.ts'
import { checkValues, readSchema } from '../../chart/consistency.ts'

const defaults = ValuesFiles.read([join(ownChart, 'values.yaml')]).merged()
const templates = (readdirSync(join(ownChart, 'templates'), { recursive: true }) as string[])
  .filter(file => /\.(yaml|tpl|txt)$/.test(file))
  .map(file => readFileSync(join(ownChart, 'templates', file), 'utf8'))
  .join('\n')

interface Shape {
  $ref?: string
  properties?: Record<string, Shape>
}

const { $defs = {}, ...root } = readSchema('values.schema.json') as Shape & { $defs?: Record<string, Shape> }

/** Keys that a mapping of the schema has, down to what holds no named keys. */
function keysOf(shape: Shape, prefix = ''): string[] {
  const { properties } = shape.$ref ? $defs[shape.$ref.replace('#/$defs/', '')]! : shape
  return properties
    ? Object.entries(properties).flatMap(([key, child]) => keysOf(child, prefix === '' ? key : `${prefix}.${key}`))
    : [prefix]
}

function at(values: Values, key: string): unknown {
  return key.split('.').reduce<unknown>((value, step) => (value as Values | undefined)?.[step], values)
}

describe('values.yaml, its schema and the templates know the same keys', () => {
  test('the defaults fulfil the schema', () => {
    expect(checkValues(defaults)).toEqual([])
  })

  test('every key of the schema has a default', () => {
    // `enabled` is a parent chart's condition.
    const missing = keysOf(root).filter(key => key !== 'enabled' && at(defaults, key) === undefined)
    expect(missing).toEqual([])
  })

  test('every key is read by a template', () => {
    const unread = keysOf(root).filter(key => {
      // Handed on whole, as the controller's JSON.
      if (key.startsWith('ingress.authentication.oidc.')) {
        return false
      }
      const name = key.split('.').at(-1)!
      return !['global', 'enabled'].includes(key) && !new RegExp(`[."]${name}\\b`).test(templates)
    })
    expect(unread).toEqual([])
  })
})

describe('as Argo CD renders', () => {
  const apiVersions = ['v1', 'v1/Service', 'networking.k8s.io/v1', 'networking.k8s.io/v1/Ingress']

  test.each(['article', 'injected', 'gateway-api', 'two-edges'])('%s is the same every time', async scenario => {
    const { command } = await findHelm()
    async function render() {
      return (
        await execa(
          command,
          [
            ...['template', '.', '--name-template', 'edge', '--namespace', 'istio-system', '--kube-version', 'v1.34.4'],
            ...apiVersions.flatMap(version => ['--api-versions', version]),
            ...['--values', join('ci', `${scenario}-values.yaml`), '--include-crds']
          ],
          { cwd: ownChart }
        )
      ).stdout
    }
    const first = await render()
    expect(await render()).toBe(first)
    expect(first).not.toContain('kind: IstioOperator\nmetadata:\n  name')
  })

  test('nothing that a cluster would answer, and nothing random, is in a template', () => {
    expect(templates).not.toMatch(
      /\{\{[^}]*\b(lookup|now|rand\w+|uuidv4|gen(CA|SignedCert|PrivateKey)\w*|Release\.(IsUpgrade|Revision))\b/
    )
  })
})

test('EKS’s versions of Kubernetes are admitted, older ones are not', async () => {
  await expect(renderChart({ kubeVersion: 'v1.34.4-eks-ab12cd3' })).resolves.toContain('kind: Ingress')
  await expect(renderChart({ kubeVersion: 'v1.28.9' })).rejects.toThrow(/kubeVersion/)
  const { kubeVersion } = parse(readFileSync(join(ownChart, 'Chart.yaml'), 'utf8')) as { kubeVersion: string }
  // Without the suffix an install on EKS is refused, though a template is not.
  expect(kubeVersion).toMatch(/^>=\d+\.\d+\.\d+-0$/)
})

test('NOTES print values for Istio’s gateway chart that make the gateway this chart expects', async () => {
  const { command } = await findHelm()
  const { stdout } = await execa(command, [
    ...['install', 'edge', ownChart, '--dry-run=client', '--set', 'gateway.provider=existing'],
    ...['--set', 'gateway.ports.http2.nodePort=31999']
  ])
  const text = /these values make it so:\n\n([\s\S]*?)\n\n/.exec(stdout)![1]!
  expect(parse(text)).toMatchObject({
    name: 'istio-ingressgateway',
    terminationGracePeriodSeconds: 55,
    service: {
      type: 'NodePort',
      ports: [{ name: 'status-port' }, { name: 'http2', nodePort: 31_999, targetPort: 8080 }, { name: 'https' }],
      annotations: { 'alb.ingress.kubernetes.io/healthcheck-port': 'status-port' }
    }
  })
})
