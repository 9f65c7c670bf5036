import { contextOf, runSteps, type Step, type StepEvent } from '../../cluster/index.ts'
import type { ControllerEvent } from '../../controller/index.ts'
import type { LoadBalancerDescription } from '../../elbv2/index.ts'
import { usageFailure } from '../../failure.ts'
import { describeLoadBalancers } from '../../report/index.ts'
import { eventLine } from '../event-line.ts'
import { sendFirstRequest } from '../first-request.ts'
import { aborted, Interrupted, onInterrupt } from '../interrupt.ts'
import { describePage } from '../page.ts'
import { print } from '../print.ts'
import { type RunningController, startController } from '../start-controller.ts'
import { edgeStepsOf } from './edge-steps.ts'
import { jsonLine, seconds, stepLine } from './step-line.ts'
import { waitForHealth } from './target-health.ts'
import { upInCluster } from './up-in-cluster.ts'
import type { UpOptions } from './up-options.ts'

/** @throws Failure exit 2 for an option that counts beside another one alone, which is not there. */
function requireCounting({ controller, controllerImage, controllerChart, inCluster, ports, ...options }: UpOptions) {
  const needed: [flag: string, given: boolean, beside: string, is: boolean][] = [
    ['--controller-image', controllerImage !== undefined, '--controller aws', controller === 'aws'],
    ['--controller-chart', controllerChart !== undefined, '--controller aws', controller === 'aws'],
    ['--ports', ports !== undefined, '--in-cluster', inCluster === true],
    ['--service-mutator-webhook', options.serviceMutatorWebhook === true, '--in-cluster', inCluster === true]
  ]
  const [flag, , beside] = needed.find(([, given, , is]) => given && !is) ?? []
  if (flag !== undefined) {
    throw usageFailure({
      code: 'OPTION_COUNTS_BESIDE',
      message: `${flag} counts with ${beside} alone`,
      path: flag,
      hint: `add ${beside}, or leave ${flag} out`
    })
  }
}

/** Brings a cluster up and runs the controller in front of it until interrupted. */
export async function up(options: UpOptions): Promise<void> {
  requireCounting(options)
  if (options.controller === 'aws') {
    return (await import('./up-with-aws.ts')).upWithAWS(options)
  }
  if (options.inCluster) {
    return upInCluster(options)
  }
  const signal = onInterrupt()
  const json = options.output === 'json'
  const start = performance.now()
  let ready = false
  function tell(event: ControllerEvent | StepEvent | Ready): void {
    if (event.type === 'step') {
      print(stepLine(event, options.output))
    } else if (event.type === 'ready') {
      print(json ? jsonLine(event) : '')
    } else if (json || (ready && event.type !== 'load-balancer')) {
      print(eventLine(event, options.output))
    }
  }

  let running: RunningController | undefined
  const changes = new EventTarget()
  const controllerSteps: Step[] = [
    {
      name: 'start the controller',
      run: async () => {
        function changed(event: ControllerEvent): void {
          tell(event)
          changes.dispatchEvent(new Event('change'))
        }
        running = await startController(
          { ...options, context: contextOf(options.name), cloudProvider: true },
          changed,
          { signal }
        )
        return undefined
      },
      undo: async () => running?.close()
    },
    {
      name: 'wait for healthy targets',
      run: signal => waitForHealth(() => running!.controller.describe(), changes, signal)
    }
  ]
  try {
    const undo = await runSteps([...edgeStepsOf(options), ...controllerSteps], {
      signal,
      retain: options.retain,
      onEvent: tell
    })
    try {
      const { controller, authority, page } = running!
      const loadBalancers = controller.describe()
      if (!json) {
        print(`\n${describeLoadBalancers(loadBalancers, { authorityFile: authority.file })}${describePage(page)}`)
      }
      const answer = await sendFirstRequest({ describe: () => controller.describe(), authority }, options.host[0])
      ready = true
      tell({
        type: 'ready',
        milliseconds: performance.now() - start,
        authorityFile: authority.file,
        loadBalancers,
        ...(page && { page: page.url })
      })
      if (!json) {
        print(`${answer}\nfrom nothing to this answer: ${seconds(performance.now() - start)}\n`)
      }
      if (!json) {
        print(`\nserving until Ctrl-C${options.retain ? '' : ', which removes the cluster'}\n`)
      }
      await aborted(signal)
    } finally {
      await undo()
      if (options.retain) {
        await running?.close()
      }
    }
  } catch (error) {
    if (options.retain) {
      await running?.close()
    }
    if (!(error instanceof Interrupted)) {
      throw error
    }
    process.exitCode = error.exitCode
  }
}

export interface Ready {
  type: 'ready'
  /** Since the command began. */
  milliseconds: number
  authorityFile: string
  loadBalancers: LoadBalancerDescription[]
  /** Where a page of it is served. */
  page?: string
}
