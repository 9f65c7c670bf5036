import type { Stack } from '../model/index.ts'
import { type Gateway, type Ingress, objectKey, type Service } from '../resources/index.ts'
import { ApiError } from './api.ts'
import { withFinalizer, withoutFinalizer } from './finalizers.ts'
import { type ShownEntry, showsStatus } from './status.ts'

/** An object that asks for a load balancer. */
export type Owner = Ingress | Service | Gateway

/** What is written to owners, and read of them. */
export interface OwnerEffects {
  /** Patches an owner; `subresource` is `/status` or nothing. Rejects with an ApiError. */
  patch(owner: Owner, subresource: '' | '/status', body: object): Promise<void>
  read(owner: Owner): Promise<Owner>
  /** The text for the first member's annotation `dry-run-plan`; undefined where it is not asked for. */
  planText(stack: Stack): string | undefined
}

/** The plan as JSON, on the first member of a group alone (LBC: gate IngressPlanAnnotation). */
export const planAnnotation = 'alb.ingress.kubernetes.io/dry-run-plan'

/** How errors call what has a status. */
const statusWords: Record<Owner['kind'], string> = { Ingress: 'ingress', Service: 'service', Gateway: 'gw' }

/** Tries of a patch that others overtook (client-go: retry.DefaultBackoff). */
const conflictTries = 5

/** What is written on owners: finalizers, the status, the plan's annotation; nothing that stands there already. */
export class Owners {
  readonly #effects: OwnerEffects

  constructor(effects: OwnerEffects) {
    this.#effects = effects
  }

  addFinalizer(owner: Owner, finalizer: string): Promise<void> {
    return this.#patchFinalizers(owner, finalizer, withFinalizer)
  }

  removeFinalizer(owner: Owner, finalizer: string): Promise<void> {
    return this.#patchFinalizers(owner, finalizer, withoutFinalizer)
  }

  /** Shows these entries of a load balancer, and no others. */
  async showLoadBalancer(owner: Ingress | Service, entries: readonly ShownEntry[]): Promise<void> {
    if (!showsStatus(owner, entries)) {
      await this.updateStatus(owner, { loadBalancer: { ingress: entries } })
    }
  }

  /** Writes what a status does not say yet. */
  updateStatus(owner: Owner, status: object): Promise<void> {
    return this.#patchStatus(owner, status, 'update')
  }

  /** Shows no load balancer (LBC: cleanupServiceStatus). */
  async clearStatus(owner: Service): Promise<void> {
    if (owner.status?.loadBalancer?.ingress) {
      await this.#patchStatus(owner, { loadBalancer: { ingress: null } }, 'cleanup')
    }
  }

  /** Writes annotations that say something else yet; `null` takes one away. */
  async annotate(owner: Owner, wanted: Record<string, string | null>): Promise<void> {
    const { annotations: known = {} } = owner.metadata
    const changed = Object.entries(wanted).filter(([name, value]) => (known[name] ?? null) !== value)
    if (changed.length > 0) {
      await this.#effects.patch(owner, '', { metadata: { annotations: Object.fromEntries(changed) } })
    }
  }

  /** The plan stands on the first member and on no other. */
  async annotatePlan(members: readonly Owner[], stack: Stack | undefined): Promise<void> {
    const text = stack && this.#effects.planText(stack)
    for (const [index, member] of members.entries()) {
      await this.annotate(member, { [planAnnotation]: (index === 0 ? text : undefined) ?? null })
    }
  }

  async #patchStatus(owner: Owner, status: object, verb: 'update' | 'cleanup'): Promise<void> {
    try {
      await this.#effects.patch(owner, '/status', { status })
    } catch (error) {
      const { status: code, message } = error as ApiError
      const text = `failed to ${verb} ${statusWords[owner.kind]} status: ${objectKey(owner)}: ${message}`
      throw new ApiError(code, text, { cause: error })
    }
  }

  /** Patches under the object's version, so that nobody else's finalizer is lost; reads anew where somebody was faster. */
  async #patchFinalizers(owner: Owner, finalizer: string, decide: typeof withFinalizer): Promise<void> {
    for (let current = owner, tries = 1; ; tries++) {
      const finalizers = decide(current.metadata, finalizer)
      if (!finalizers) {
        return
      }
      const { resourceVersion } = current.metadata
      try {
        return await this.#effects.patch(current, '', { metadata: { resourceVersion, finalizers } })
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 409) || tries === conflictTries) {
          throw error
        }
        current = await this.#effects.read(owner)
      }
    }
  }
}
