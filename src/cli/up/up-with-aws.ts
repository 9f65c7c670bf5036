import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AWSEndpoint, type AWSEvent, nodesOf } from '../../aws/index.ts'
import {
  addressForPods,
  contextOf,
  installAWSController,
  providerIDOf,
  requireInstances,
  runSteps,
  type Step,
  type StepEvent
} from '../../cluster/index.ts'
import { Api } from '../../controller/index.ts'
import type { LoadBalancerDescription } from '../../elbv2/index.ts'
import { usageFailure } from '../../failure.ts'
import type { Environment } from '../../model/index.ts'
import { describeLoadBalancers } from '../../report/index.ts'
import { type Node, writeWhole } from '../../resources/index.ts'
import { sendFirstRequest } from '../first-request.ts'
import { aborted, Interrupted, onInterrupt } from '../interrupt.ts'
import { loadEnvironment } from '../load-options.ts'
import { print } from '../print.ts'
import { keepRequestsYoung } from '../young-requests.ts'
import { edgeStepsOf } from './edge-steps.ts'
import { jsonLine, seconds, stepLine } from './step-line.ts'
import { waitForHealth } from './target-health.ts'
import type { UpOptions } from './up-options.ts'

/** What the controller's webhook takes for a VPC (LBC: vpcIDPatternRegex), where the environment names none. */
const vpcPattern = /^vpc-(?:[0-9a-f]{8}|[0-9a-f]{17}|[0-9a-f]{32})$/
const anyVPC = 'vpc-0123456789abcdef0'

/** @throws Failure exit 2 for an option that means nothing here. */
function requireOwnOptions({ inCluster, page, faithfulGaps, dryRunPlan, podsReachable }: UpOptions): void {
  const given: [option: string, isGiven: boolean | undefined][] = [
    ['--in-cluster', inCluster],
    ['--page', typeof page === 'number'],
    ['--faithful-gaps', faithfulGaps],
    ['--dry-run-plan', dryRunPlan],
    ['--pods-reachable', podsReachable]
  ]
  const refused = given.find(([, isGiven]) => isGiven)?.[0]
  if (refused !== undefined) {
    throw usageFailure({
      code: 'OPTION_NOT_WITH_AWS',
      message: `${refused} is for the mocked controller; --controller aws runs the AWS Load Balancer Controller itself`,
      path: refused,
      hint: `leave ${refused} out, or --controller aws`
    })
  }
}

function environmentOf(options: UpOptions): Environment {
  const environment = loadEnvironment(options)
  return vpcPattern.test(environment.vpcID) ? environment : { ...environment, vpcID: anyVPC }
}

/** What the controller has made, once it is whole: it makes a load balancer first, then its listeners with their target groups. */
function describeWhole(endpoint: AWSEndpoint): LoadBalancerDescription[] {
  const all = endpoint.look().describe()
  return all.every(({ listeners, targetGroups }) => listeners.length > 0 && targetGroups.length > 0) ? all : []
}

/**
 * Brings a cluster up with the AWS Load Balancer Controller itself, against AWS's APIs that are answered here, and serves what it
 * makes until interrupted.
 */
export async function upWithAWS(options: UpOptions): Promise<void> {
  keepRequestsYoung()
  requireOwnOptions(options)
  const signal = onInterrupt()
  const { name, output, retain, portOffset, timeScale, host } = options
  const json = output === 'json'
  const start = performance.now()
  const environment = environmentOf(options)
  const changes = new EventTarget()
  let ready = false
  function tell(event: AWSEvent | StepEvent): void {
    if (event.type === 'step') {
      print(stepLine(event, output))
    } else if (json && ready) {
      print(jsonLine(event))
    }
  }
  let endpoint: AWSEndpoint | undefined
  const steps: Step[] = [
    {
      name: 'answer the AWS APIs',
      run: async signal => {
        const api = await Api.of({ context: contextOf(name) })
        const { items } = await api.get<{ items: Node[] }>('/api/v1/nodes')
        requireInstances(name, items)
        endpoint = await AWSEndpoint.start({
          environment: { ...environment, instances: nodesOf(items) },
          host: await addressForPods({ signal }),
          listenerHost: '127.0.0.1',
          timeScale,
          ...(portOffset !== undefined && { portOffset }),
          onEvent: event => {
            tell(event)
            changes.dispatchEvent(new Event('change'))
          }
        })
        return endpoint.url
      }
    },
    {
      name: 'install the AWS Load Balancer Controller',
      run: async signal => {
        const { clusterName, region, vpcID } = environment
        const { controllerImage: image, controllerChart: chart } = options
        const release = { cluster: name, endpoint: endpoint!.url, clusterName, region, vpcID }
        await installAWSController({ ...release, ...(image && { image }), ...(chart && { chart }) }, { signal })
        return undefined
      }
    },
    {
      name: 'wait for healthy targets',
      run: signal => waitForHealth(() => describeWhole(endpoint!), changes, signal)
    }
  ]
  const folder = mkdtempSync(join(tmpdir(), 'istio-alb-up-'))
  try {
    const zones = [...new Set(environment.subnets.map(({ zone }) => zone))]
    const edge = edgeStepsOf(options, { providerID: place => providerIDOf(name, place, zones) })
    const undo = await runSteps([...edge, ...steps], { signal, retain, onEvent: tell })
    try {
      const running = { describe: () => endpoint!.look().describe(), authority: endpoint!.authority }
      const authorityFile = join(folder, 'ca.pem')
      writeWhole(authorityFile, endpoint!.authority.certificate)
      const loadBalancers = running.describe()
      const answer = await sendFirstRequest(running, host[0])
      const milliseconds = performance.now() - start
      if (json) {
        const { url } = endpoint!
        print(jsonLine({ type: 'ready', milliseconds, authorityFile, loadBalancers, endpoint: url }))
      } else {
        print(`\n${describeLoadBalancers(loadBalancers, { authorityFile })}${answer}`)
        print(`\nfrom nothing to this answer: ${seconds(milliseconds)}\n`)
        print(`AWS's APIs: export AWS_ENDPOINT_URL=${endpoint!.url}\n`)
        print(`\nserving until Ctrl-C${retain ? '' : ', which removes the cluster'}\n`)
      }
      ready = true
      await aborted(signal)
    } finally {
      await undo()
    }
  } catch (error) {
    if (!(error instanceof Interrupted)) {
      throw error
    }
    process.exitCode = error.exitCode
  } finally {
    await endpoint?.close(options.drain * 1000)
    rmSync(folder, { recursive: true, force: true })
  }
}
