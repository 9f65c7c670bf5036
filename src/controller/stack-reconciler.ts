import type { LoadBalancerDescription } from '../elbv2/index.ts'
import type { Gateway, Ingress, Service } from '../resources/index.ts'
import { reconcileGateway } from './gateway/reconcile-gateway.ts'
import type { Owner } from './owners.ts'
import { reconcileCloudProvider } from './reconcile-cloud-provider.ts'
import { reconcileIngresses } from './reconcile-ingresses.ts'
import { reconcileService } from './reconcile-service.ts'
import { Reconciliation } from './reconciliation.ts'
import { StackDeployer } from './stack-deployer.ts'
import type { StackEffects } from './stack-effects.ts'
import { newsOf, type StackWork, type Task, type WorkPlan } from './stack-work.ts'
import { WorkQueue } from './work-queue.ts'

/** One stack: its load balancer, and the work on the objects that ask for it, one at a time, the newest first. */
export class StackReconciler {
  /** What its load balancer is called among all that run. */
  readonly name: string
  readonly #effects: StackEffects
  readonly #deployer: StackDeployer
  readonly #queue: WorkQueue<Task>
  #offered: StackWork | undefined
  #planNumber = 0
  #configurationNumber = 0

  constructor(name: string, effects: StackEffects) {
    this.name = name
    this.#effects = effects
    this.#deployer = new StackDeployer(name, effects)
    this.#queue = new WorkQueue(task => this.#reconcile(task), effects)
  }

  /** What its load balancer is like; undefined where it has none. */
  get loadBalancer(): LoadBalancerDescription | undefined {
    return this.#deployer.loadBalancer
  }

  /** Whether nothing is left of the stack: no load balancer, no work. */
  get isGone(): boolean {
    return this.#deployer.isGone && this.#queue.isIdle
  }

  /** Takes on what a snapshot says, unless it says nothing new. */
  offer(work: StackWork): void {
    const news = newsOf(this.#offered, work)
    // The newest of equals, so that the next offer finds the same objects.
    this.#offered = work
    if (news === 'nothing') {
      return
    }
    if (news === 'plan') {
      this.#planNumber++
    }
    if (news !== 'objects') {
      this.#configurationNumber++
    }
    this.#queue.add({ ...work, planNumber: this.#planNumber, configurationNumber: this.#configurationNumber })
  }

  /** Ends the load balancer without touching the owners; requests in flight get so many milliseconds. */
  async close(graceMilliseconds = 0): Promise<void> {
    await this.#queue.close()
    await this.#deployer.end(graceMilliseconds)
  }

  async #reconcile(task: Task): Promise<void> {
    const { plan } = task
    if (!plan) {
      return this.#deployer.remove(task.bindings)
    }
    switch (plan.kind) {
      case 'Ingress':
        return reconcileIngresses(this.#run<typeof plan, Ingress>(plan, task))
      case 'Service':
        return (plan.by === 'controller' ? reconcileService : reconcileCloudProvider)(
          this.#run<typeof plan, Service>(plan, task)
        )
      case 'Gateway':
        return reconcileGateway(this.#run<typeof plan, Gateway>(plan, task))
    }
  }

  #run<Planned extends WorkPlan, Own extends Owner>(plan: Planned, task: Task): Reconciliation<Planned, Own> {
    return new Reconciliation(plan, task, this.#deployer, this.#effects, this.#queue)
  }
}
