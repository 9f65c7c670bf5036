/**
 * AuthorizationPolicies that ask somebody else: action CUSTOM (Istio: pilot/pkg/security/authz/builder/extauthz.go).
 *
 * @module
 */

import { istioOperators, type KubernetesObject, objectName, type Resources } from '../../resources/index.ts'
import { type ExtensionProvider, meshConfigMapOf, meshConfigOf } from '../topology.ts'
import type { AuthorizationPolicySpec } from './authorization-policy.ts'
import { type PolicyTarget, policiesFor } from './selection.ts'

interface AuthorizationPolicy extends KubernetesObject {
  spec?: AuthorizationPolicySpec
}

/** A policy that asks a provider, which the mesh's configuration has to define. */
export interface CustomPolicy {
  policy: AuthorizationPolicy
  provider: string
  /** What of the mesh's configuration is among the objects: it defines the provider, defines it not, or nothing is. */
  definition: 'there' | 'missing' | 'unknown'
  /** The providers that can be asked, where they are known. */
  providers: string[]
  /** What it does, as the end of a sentence. */
  does: string
}

/** What a policy of istiod's is only logged for. */
export function isDryRun({ metadata }: KubernetesObject): boolean {
  return metadata.annotations?.['istio.io/dry-run'] === 'true'
}

/** The providers that answer whether a request may pass; undefined where the objects do not tell. */
function authorizersOf(resources: Resources): string[] | undefined {
  const { extensionProviders } = meshConfigOf(resources)
  const isKnown = Array.isArray(extensionProviders) || meshConfigMapOf(resources) !== undefined
  const all: ExtensionProvider[] = Array.isArray(extensionProviders) ? extensionProviders : []
  return isKnown
    ? all.filter(one => one.envoyExtAuthzHttp ?? one.envoyExtAuthzGrpc).flatMap(({ name }) => name ?? [])
    : undefined
}

/** The policies for pods that ask a provider, by age. */
export function customPolicies(target: PolicyTarget, resources: Resources): CustomPolicy[] {
  const providers = authorizersOf(resources)
  return policiesFor<AuthorizationPolicy>('AuthorizationPolicy', target, resources)
    .filter(policy => policy.spec?.action === 'CUSTOM' && !isDryRun(policy))
    .map(policy => {
      const provider = policy.spec?.provider?.name ?? ''
      const definition = providers === undefined ? 'unknown' : providers.includes(provider) ? 'there' : 'missing'
      return {
        policy,
        provider,
        definition,
        providers: providers ?? [],
        does: describe(provider, definition, resources)
      }
    })
}

function describe(provider: string, definition: CustomPolicy['definition'], resources: Resources): string {
  switch (definition) {
    case 'there':
      return `asks ${provider} (action CUSTOM)`
    case 'missing': {
      const owner = [meshConfigMapOf(resources), ...istioOperators(resources).map(({ operator }) => operator)]
      const [first] = owner.filter(one => one !== undefined)
      return `asks ${provider} (action CUSTOM), which extensionProviders of ${first ? objectName(first) : "the mesh's configuration"} does not define`
    }
    case 'unknown':
      return `asks ${provider} (action CUSTOM), which the mesh's configuration has to define (extensionProviders) and which is not among the objects`
  }
}
