/** `istio-alb up --controller aws`: the AWS Load Balancer Controller itself makes the load balancer that answers. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, expect, test } from '@jest/globals'
import { execa } from 'execa'
import { contextOf, deleteCluster } from '../../src/cluster/index.ts'
import type { LoadBalancerDescription } from '../../src/elbv2/index.ts'
import { sendTo } from '../cases/edge-client.ts'
import { istioALB } from './command.ts'
import { describeUnless } from './tools.ts'

const minute = 60_000

/** Its image and chart come from public places, which a machine without them cannot reach. */
const { AWS_LBC_IMAGE: image, AWS_LBC_CHART: chart } = process.env
const reasons =
  image && chart ? [] : ["set AWS_LBC_IMAGE and AWS_LBC_CHART to the AWS Load Balancer Controller's image and chart"]

interface Line {
  type: string
  loadBalancers?: LoadBalancerDescription[]
  endpoint?: string
}

describeUnless(
  reasons,
  'istio-alb up --controller aws',
  () => {
    const cluster = `istio-alb-e2e-aws-${process.env.ISTIO_ALB_E2E_RUN ?? process.pid}`
    const folder = mkdtempSync(join(tmpdir(), `${cluster}-`))
    const env = { KUBECONFIG: join(folder, 'kubeconfig') }
    afterAll(async () => {
      await deleteCluster(cluster, { environment: env })
      rmSync(folder, { recursive: true, force: true })
    }, 2 * minute)

    test(
      'from nothing to an answer of real Istio, with the controller’s own status and event',
      async () => {
        const flags = ['--controller-image', image!, '--controller-chart', chart!, '--time-scale', '10']
        const offset = ['--port-offset', String(20_000 + (process.pid % 10_000))]
        const up = execa(
          process.execPath,
          [
            istioALB,
            'up',
            '--name',
            cluster,
            '--gateway',
            'injected',
            '--controller',
            'aws',
            ...flags,
            ...offset
          ].concat(['--output', 'json']),
          { env, reject: false, buffer: { stdout: false } }
        )
        let ready: Line | undefined
        for await (const text of createInterface({ input: up.stdout! })) {
          const line = JSON.parse(text) as Line
          if (line.type === 'ready') {
            ready = line
            break
          }
        }
        const [{ listeners, dnsName } = { listeners: [], dnsName: '' }] = ready?.loadBalancers ?? []
        const { status } = await sendTo(listeners[0]!.address, 'shop.example.com', { scheme: 'http', path: '/' })
        expect(status).toBe(200)
        const words = ['--context', contextOf(cluster), '--namespace', 'istio-system', 'get']
        async function kubectl(...more: string[]): Promise<string> {
          return (await execa('kubectl', [...words, ...more], { env })).stdout
        }
        expect(
          await kubectl('ingress', '--output', 'jsonpath={.items[0].status.loadBalancer.ingress[0].hostname}')
        ).toBe(dnsName)
        const told = await kubectl('events', '--output', 'jsonpath={.items[*].reason}')
        expect(told).toContain('SuccessfullyReconciled')
        up.kill('SIGINT')
        expect((await up).exitCode).toBe(0)
      },
      12 * minute
    )
  },
  false
)
