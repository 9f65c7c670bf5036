/** `istio-alb up` with gateways that istioctl does not run and another load balancer, one after the other in one cluster, and `down`. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { execa } from 'execa'
import { clusterExists, deleteCluster } from '../../src/cluster/index.ts'
import { type Ended, run } from './command.ts'
import { missingDefinitions } from './definitions.ts'
import { describeWithTools, testUnless } from './tools.ts'

const minute = 60_000
/** An Ingress' targets are found dead as soon as AWS allows. */
const checkedOften = ['intervalSeconds=5', 'timeoutSeconds=2'].map(each => `ingress.healthCheck.${each}`)

await describeWithTools('istio-alb up --gateway', () => {
  const runName = process.env.ISTIO_ALB_E2E_RUN ?? process.pid
  const cluster = `istio-alb-e2e-up-${runName}`
  const image = `istio-alb-controller:up-${runName}`
  const folder = mkdtempSync(join(tmpdir(), `${cluster}-`))
  const environment = { KUBECONFIG: join(folder, 'kubeconfig') }
  async function kubectl(...words: string[]): Promise<string> {
    return (await execa('kubectl', ['--namespace', 'istio-system', ...words], { env: environment })).stdout
  }

  /** With the controller in the cluster: the command ends with the first answer, and the cluster stays. */
  function up(provider: string, ...values: string[]): Promise<Ended> {
    const first = 32_500 + (process.pid % 10) * 20
    const controller = ['--in-cluster', '--image', image, '--ports', `${first}-${first + 19}`, '--time-scale', '10']
    const set = values.flatMap(assignment => ['--set', assignment])
    return run(['up', '--name', cluster, '--gateway', provider, ...controller, ...set], { environment })
  }

  afterAll(async () => {
    await deleteCluster(cluster, { environment })
    await execa('docker', ['image', 'rm', '--force', image], { reject: false })
    rmSync(folder, { recursive: true, force: true })
  }, 2 * minute)

  test(
    'injected: from nothing to the first answer, by a gateway that the chart makes',
    async () => {
      const { exitCode, stdout, stderr } = await up('injected', ...checkedOften)
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
      expect(stdout).toContain('✓ wait for the gateway (deployment/istio-ingressgateway)')
      expect(stdout).toContain('< 200 OK')
      expect(stdout).toContain('"service":"istio-alb-sample"')
      const owner = 'jsonpath={.metadata.labels.app\\.kubernetes\\.io/managed-by}'
      expect(await kubectl('get', 'service', 'istio-ingressgateway', '--output', owner)).toBe('Helm')
    },
    10 * minute
  )

  testUnless(
    missingDefinitions('gatewayAPI'),
    'gateway-api: in the same cluster, in the place of that gateway',
    async () => {
      const { exitCode, stdout, stderr } = await up('gateway-api', ...checkedOften)
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
      expect(stdout).toContain('(it is there already)')
      expect(stdout).toContain('removed Deployment istio-system/istio-ingressgateway')
      expect(stdout).toContain('< 200 OK')
      const owner = 'jsonpath={.metadata.ownerReferences[*].kind}'
      expect(await kubectl('get', 'service', 'istio-ingressgateway', '--output', owner)).toBe('Gateway')
    },
    10 * minute
  )

  test(
    'a Classic Load Balancer in the place of the Ingress, by the controller as the cloud provider',
    async () => {
      const { exitCode, stdout, stderr } = await up('injected', 'loadBalancer.type=classic')
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
      expect(stdout).toContain('removed Gateway istio-system/istio-ingressgateway')
      expect(stdout).toContain('classic load balancer ')
      expect(stdout).toContain('< 200 OK')
      const hostname = 'jsonpath={.status.loadBalancer.ingress[0].hostname}'
      expect(await kubectl('get', 'service', 'istio-ingressgateway', '--output', hostname)).toMatch(/elb\.localhost$/)
    },
    10 * minute
  )

  test(
    '`down` leaves nothing',
    async () => {
      const down = await run(['down', '--name', cluster], { environment })
      expect(down).toEqual({ exitCode: 0, stdout: `removed the cluster ${cluster}`, stderr: '' })
      expect(await clusterExists(cluster)).toBe(false)
      const nodes = ['--all', '--quiet', '--filter', `label=io.x-k8s.kind.cluster=${cluster}`]
      expect((await execa('docker', ['ps', ...nodes])).stdout).toBe('')
      const contexts = await execa('kubectl', ['config', 'get-contexts', '--output=name'], { env: environment })
      expect(contexts.stdout).toBe('')
      expect((await run(['status', '--name', cluster], { environment })).exitCode).toBe(3)
    },
    2 * minute
  )
})
