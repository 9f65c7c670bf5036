/**
 * Variables that something was to replace before a file is applied: `${NAME}`, as envsubst and Flux's post-build substitution take it.
 *
 * @module
 */
import type { KubernetesObject, Path } from '../../resources/index.ts'

/** `${NAME}`, with a default: `${NAME:-text}`. */
const variable = /\$\{[A-Za-z_][A-Za-z0-9_]{0,99}(?::?[-=?+][^{}]{0,199})?\}/g

/** Notes of tools, which are texts of their own: kubectl's copy of what was applied, snippets of other controllers. */
const controllers = /^(alb\.ingress|service\.beta|ingressclass|external-dns\.alpha)?\.?kubernetes\.io\//

/** What of an object is read to make a load balancer of it. */
function readPart({ metadata, spec }: KubernetesObject): unknown {
  const { name, namespace, labels, annotations = {} } = metadata
  const read = Object.entries(annotations).filter(([key]) => controllers.test(key))
  return { metadata: { name, namespace, labels, annotations: Object.fromEntries(read) }, spec }
}

function* textsOf(value: unknown, path: Path): Generator<{ text: string; path: Path }> {
  if (typeof value === 'string') {
    yield { text: value, path }
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      yield* textsOf(item, [...path, index])
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      yield* textsOf(item, [...path, key])
    }
  }
}

/** The variables in what is read of an object, with the place of each. */
export function variablesOf(object: KubernetesObject): { names: string[]; path: Path }[] {
  return [...textsOf(readPart(object), [])].flatMap(({ text, path }) => {
    const found = text.includes('${') ? (text.match(variable) ?? []) : []
    const names = found.map(one => one.replace(/[^A-Za-z0-9_${].*/, '}'))
    return names.length > 0 ? [{ names, path }] : []
  })
}

function startsWith(path: Path, start: Path): boolean {
  return start.every((step, index) => path[index] === step)
}

/** Whether what stands at a place of an object has a variable in it, so that nobody knows what it will be. */
export function isOfVariable(object: KubernetesObject, path: Path): boolean {
  return variablesOf(object).some(one => startsWith(one.path, path) || startsWith(path, one.path))
}
