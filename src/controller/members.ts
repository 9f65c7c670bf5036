import type { Stack } from '../model/index.ts'
import { type Ingress, objectKey } from '../resources/index.ts'
import { ApiError } from './api.ts'
import { withFinalizer, withoutFinalizer } from './finalizers.ts'
import { type IngressStatusEntry, showsStatus } from './status.ts'

/** What is written to members, and read of them. */
export interface MemberEffects {
  /** Patches an Ingress; `subresource` is `/status` or nothing. Rejects with an ApiError. */
  patch(ingress: Ingress, subresource: '' | '/status', body: object): Promise<void>
  read(ingress: Ingress): Promise<Ingress>
  /** The text for the first member's annotation `dry-run-plan`; undefined where it is not asked for. */
  planText(stack: Stack): string | undefined
}

/** The plan as JSON, on the first member alone (LBC: gate IngressPlanAnnotation). */
export const planAnnotation = 'alb.ingress.kubernetes.io/dry-run-plan'

/** Tries of a patch that others overtook (client-go: retry.DefaultBackoff). */
const conflictTries = 5

/** What a group writes on its members: finalizers, the status, the plan's annotation; nothing that stands there already. */
export class Members {
  readonly #effects: MemberEffects

  constructor(effects: MemberEffects) {
    this.#effects = effects
  }

  addFinalizer(ingress: Ingress, finalizer: string): Promise<void> {
    return this.#patchFinalizers(ingress, finalizer, withFinalizer)
  }

  removeFinalizer(ingress: Ingress, finalizer: string): Promise<void> {
    return this.#patchFinalizers(ingress, finalizer, withoutFinalizer)
  }

  async updateStatus(ingress: Ingress, entry: IngressStatusEntry): Promise<void> {
    if (showsStatus(ingress, entry)) {
      return
    }
    try {
      await this.#effects.patch(ingress, '/status', { status: { loadBalancer: { ingress: [entry] } } })
    } catch (error) {
      const { status, message } = error as ApiError
      throw new ApiError(status, `failed to update ingress status: ${objectKey(ingress)}: ${message}`, { cause: error })
    }
  }

  /** The plan stands on the first member and on no other. */
  async annotatePlan(members: readonly Ingress[], stack: Stack | undefined): Promise<void> {
    const text = stack && this.#effects.planText(stack)
    for (const [index, member] of members.entries()) {
      const wanted = index === 0 ? text : undefined
      if (member.metadata.annotations?.[planAnnotation] === wanted) {
        continue
      }
      await this.#effects.patch(member, '', { metadata: { annotations: { [planAnnotation]: wanted ?? null } } })
    }
  }

  /** Patches under the object's version, so that nobody else's finalizer is lost; reads anew where somebody was faster. */
  async #patchFinalizers(ingress: Ingress, finalizer: string, decide: typeof withFinalizer): Promise<void> {
    for (let current = ingress, tries = 1; ; tries++) {
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
        current = await this.#effects.read(ingress)
      }
    }
  }
}
