/**
 * How long a person waits: from `simulate` to the first answer, from nothing to the first answer in kind, and from a change of
 * the Ingress to its effect. The last two need a container engine.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { missingTools } from '../../src/cluster/index.ts'
import { Api } from '../../src/controller/index.ts'
import { timeSimulate } from './edge/simulate.ts'
import { command, runUp, sendToEdge } from './edge/up.ts'
import { printTimes } from './figures.ts'

/** From the API server's answer to a changed annotation to the first response that shows it, each 20 times. */
async function timeChanges(kubeconfig: string): Promise<number[]> {
  const api = await Api.of({ file: kubeconfig })
  const path = '/apis/networking.k8s.io/v1/namespaces/istio-system/ingresses/common-external-ingress'
  const name = 'alb.ingress.kubernetes.io/listener-attributes.HTTP-80'
  const times: number[] = []
  for (let run = 0; run < 20; run++) {
    const shown = run % 2 === 1
    await api.patch(path, {
      metadata: { annotations: { [name]: `routing.http.response.server.enabled=${shown}` } }
    })
    const start = performance.now()
    while (((await sendToEdge('http')).headers.server !== undefined) !== shown) {}
    times.push(performance.now() - start)
  }
  return times
}

/** From nothing to the first answer in kind, split by step, then the changes. */
function timeKind(): Promise<void> {
  return runUp(async ({ kubeconfig, authorityFile, start, steps }) => {
    const { status } = await sendToEdge('https', readFileSync(authorityFile, 'utf8'))
    if (status !== 200) {
      throw new Error(`the first answer was ${status}`)
    }
    for (const { name, milliseconds } of steps) {
      printTimes(`  ${name}`, [milliseconds])
    }
    printTimes('up, from nothing to the first answer in kind', [performance.now() - start], '90 s')
    printTimes('from a change of the Ingress to its effect', await timeChanges(kubeconfig), '100 ms')
  })
}

const runs: number[] = []
for (let run = 0; run < 5; run++) {
  runs.push(await timeSimulate(command))
}
printTimes('simulate, from its start to the first answer', runs, '2 s')

const missing = await missingTools(['docker', 'kind', 'kubectl', 'istioctl'])
if (missing.length === 0) {
  await timeKind()
} else {
  for (const { message, hint } of missing) {
    console.log(`no figures in kind: ${message}: ${hint}`)
  }
}
