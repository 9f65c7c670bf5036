import { annotationName, type ListenerRuleConfiguration, type Resources } from '../resources/index.ts'

const annotation = annotationName('auth-idp-oidc')

/** The `secretName` of an annotation's JSON, whose keys Go reads in any case; what is wrong with it, the model says. */
function secretNameOf(value: string | undefined): string | undefined {
  if (value === undefined) {
    return undefined
  }
  try {
    const [, name] = Object.entries(JSON.parse(value) as object).find(([key]) => /^secretname$/i.test(key)) ?? []
    return typeof name === 'string' && name !== '' ? name : undefined
  } catch {
    return undefined
  }
}

/** The Secrets that the rules of a Gateway's routes take their OIDC clients from. */
function secretsOfRules(resources: Resources): string[] {
  const configurations = resources.list('ListenerRuleConfiguration') as ListenerRuleConfiguration[]
  return configurations.flatMap(({ metadata, spec }) =>
    (spec?.actions ?? []).flatMap(({ authenticateOIDCConfig }) => {
      const name = authenticateOIDCConfig?.secret?.name
      return name ? [`${metadata.namespace}/${name}`] : []
    })
  )
}

/**
 * The Secrets that Ingresses, Services and rules of Gateways take OIDC clients from, as `namespace/name`: the only ones that are read
 * (LBC: BuildSecretRefIndexes).
 */
export function referencedSecrets(resources: Resources): Set<string> {
  const owners = [...resources.list('Ingress'), ...resources.list('Service')]
  const annotated = owners.flatMap(({ metadata }) => {
    const name = secretNameOf(metadata.annotations?.[annotation])
    return name ? [`${metadata.namespace}/${name}`] : []
  })
  return new Set([...annotated, ...secretsOfRules(resources)])
}
