import { annotationName, type Resources } from '../resources/index.ts'

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

/**
 * The Secrets that Ingresses and Services take OIDC clients from, as `namespace/name`: the only ones that are read
 * (LBC: BuildSecretRefIndexes).
 */
export function referencedSecrets(resources: Resources): Set<string> {
  const owners = [...resources.list('Ingress'), ...resources.list('Service')]
  return new Set(
    owners.flatMap(({ metadata }) => {
      const name = secretNameOf(metadata.annotations?.[annotation])
      return name ? [`${metadata.namespace}/${name}`] : []
    })
  )
}
