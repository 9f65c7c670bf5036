/**
 * What the API server refuses of the metadata of any object (Kubernetes: ValidateObjectMeta, ValidateLabels).
 *
 * @module
 */

import type { KubernetesObject, Path } from '../resources/index.ts'
import { type FieldError, invalid, invalidFor } from './field-error.ts'
import { labelProblems, labelValueProblems, qualifiedNameProblems } from './names.ts'

const mostAnnotationBytes = 256 * 1024

export function* validateLabels(labels: Record<string, string> | undefined, path: Path): Generator<FieldError> {
  for (const [key, value] of Object.entries(labels ?? {})) {
    yield* invalidFor([...path, key], key, qualifiedNameProblems(key), { hint: 'rename the label' })
    yield* invalidFor([...path, key], value, labelValueProblems(value), { hint: 'change the value of the label' })
  }
}

/** @param nameProblems what is wrong with a name of the kind. */
export function* validateObjectMeta(
  { metadata }: KubernetesObject,
  nameProblems: (name: string) => string[]
): Generator<FieldError> {
  const { name, namespace, labels, annotations = {} } = metadata
  yield* invalidFor(['metadata', 'name'], name, nameProblems(name), { hint: 'rename the object' })
  if (namespace) {
    yield* invalidFor(['metadata', 'namespace'], namespace, labelProblems(namespace), {
      hint: 'name a namespace that exists'
    })
  }
  yield* validateLabels(labels, ['metadata', 'labels'])
  let bytes = 0
  for (const [key, value] of Object.entries(annotations)) {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value)
    // The server compares keys in lower case here.
    yield* invalidFor(['metadata', 'annotations', key], key, qualifiedNameProblems(key.toLowerCase()), {
      hint: 'rename the annotation'
    })
  }
  if (bytes > mostAnnotationBytes) {
    yield invalid(['metadata', 'annotations'], '', `may not be more than ${mostAnnotationBytes} bytes`, {
      hint: 'take out the largest annotations'
    })
  }
}
